import type { ClusterConfig, ModelConfig } from '../project/config';
import type { TrainingBase } from './spec';

export function trainingBase(
  model: ModelConfig,
  gguf: string | null,
  kind: ClusterConfig['type'],
): TrainingBase {
  if (model.hf !== undefined) {
    if (model.hf.startsWith('/')) return { path: model.hf };
    const [id = '', revision] = model.hf.split('@');
    return { hf: id, revision: revision ?? null };
  }
  // On this machine the trainer reads the very file; on a cluster it lies in the run folder.
  return { gguf: kind === 'local' && gguf !== null ? gguf : 'base.gguf' };
}
