import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { UserError, messageOf } from '../protocol/errors';
import { clusterSchema, modelSchema } from './config';
import type { ClusterConfig, ModelConfig } from './config';
import { LOCAL_FILE } from './files';
import { parseYamlFile } from './yamlFile';
import type { YamlProblem } from './yamlFile';

const localSchema = z.strictObject({
  /** Any of a model's fields, by its key; a further model needs its `gguf`. */
  models: z._default(z.record(z.string().check(z.regex(/^[A-Za-z0-9_.-]+$/)), z.partial(modelSchema)), {}),
  /** Whole clusters, by their names. */
  clusters: z._default(z.record(z.string().check(z.regex(/^[A-Za-z0-9_.-]+$/)), clusterSchema), {}),
});

export interface LocalOverrides {
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly problems: readonly YamlProblem[];
}

/**
 * `models` and `clusters` as they are on this machine. Without the file they are what they were. Problems with
 * severity `error` mean that the file was not applied.
 */
export async function applyLocalFile(
  folder: string,
  models: Readonly<Record<string, ModelConfig>>,
  clusters: Readonly<Record<string, ClusterConfig>>,
): Promise<LocalOverrides> {
  const file = path.join(folder, LOCAL_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { models, clusters, problems: [] };
    throw new UserError(
      'project/unreadable',
      t('{0} cannot be read: {1}', file, messageOf(error)),
      { place: { file } },
      { cause: error },
    );
  }
  return mergeLocal(text, file, models, clusters);
}

export function mergeLocal(
  text: string,
  file: string,
  models: Readonly<Record<string, ModelConfig>>,
  clusters: Readonly<Record<string, ClusterConfig>>,
): LocalOverrides {
  // A file that is all comments is one that is not used yet.
  if (text.split('\n').every((line) => /^\s*(#|$)/.test(line))) return { models, clusters, problems: [] };
  const { value, problems, at } = parseYamlFile(text, localSchema, file);
  if (value === undefined) return { models, clusters, problems };
  const merged: Record<string, ModelConfig> = { ...models };
  const found = [...problems];
  for (const [key, local] of Object.entries(value.models)) {
    const base = models[key];
    const gguf = local.gguf ?? base?.gguf;
    if (gguf === undefined) {
      found.push(
        at(['models', key], t('The model {0} is not in afina.yaml, so it needs its gguf here.', key), {
          key: true,
        }),
      );
      continue;
    }
    const { sha256: declared, ...rest } = { ...base, ...local, gguf };
    // The checksum in afina.yaml is that of the file in afina.yaml, not of the one that stands in for it here.
    const sha256 = local.gguf === undefined ? declared : local.sha256;
    merged[key] = sha256 === undefined ? rest : { ...rest, sha256 };
  }
  return { models: merged, clusters: { ...clusters, ...value.clusters }, problems: found };
}
