import { t } from '@vscode/l10n';
import type { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';
import type { Base } from './base';
import { llamaTarget, splitPeftName } from './names';
import type { Target } from './names';
import { moduleScales, refused } from './peftConfig';
import type { PeftConfig } from './peftConfig';
import type { SafeTensor } from './safetensors';

/** One tensor to write. Rows are permuted inside groups of `headRows` rows; null: as they are. */
export interface PlannedTensor {
  readonly source: SafeTensor;
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly factor: number;
  readonly headRows: number | null;
}

export interface Plan {
  /** In the order of their data in the source. */
  readonly tensors: readonly PlannedTensor[];
  /** Highest rank of any module. */
  readonly rank: number;
  /** `adapter.lora.alpha`, a 32-bit float other than 0: llama.cpp takes 0 for "no scale". */
  readonly alpha: number;
}

/** A factor nearer to 1 than this changes no 32-bit float by more than its last bit: the bytes are kept. */
const NEGLIGIBLE = 1e-7;

interface Pair {
  a?: SafeTensor;
  b?: SafeTensor;
}

/** The reason for which a tensor that is no half of a linear LoRA pair cannot be converted. */
function foreignTensor(file: string, name: string): UserError {
  if (name.includes('lora_magnitude_vector')) {
    return refused('adapter/dora', file, t('it uses DoRA (use_dora)'));
  }
  if (/lora_embedding_[AB]/.test(name)) {
    return refused(
      'adapter/embedding',
      file,
      t('it changes the embeddings with LoRA ({0})', printable(name)),
    );
  }
  if (name.includes('trainable_tokens')) {
    return refused(
      'adapter/trainableTokens',
      file,
      t('it changes single tokens of the vocabulary (trainable_token_indices)'),
    );
  }
  if (name.includes('modules_to_save')) {
    return refused(
      'adapter/modulesToSave',
      file,
      t('it carries whole modules of the model (modules_to_save)'),
    );
  }
  if (/(^|\.)(embed_tokens|lm_head)\.(base_layer\.)?weight$/.test(name)) {
    return refused(
      'adapter/fullEmbeddings',
      file,
      t(
        'it carries the whole matrix {0}. Train it without new tokens and without embeddings',
        printable(name),
      ),
    );
  }
  if (name.endsWith('.bias')) return refused('adapter/bias', file, t('it has biases ({0})', printable(name)));
  return refused('adapter/tensor', file, t('its tensor {0} is not known', printable(name)));
}

/**
 * With LoRA on lm_head PEFT saves the frozen matrix too (`save_embedding_layers`). It is the base's own, unless
 * the vocabulary was resized: then its shape tells.
 */
function isCopyOfBase(tensor: SafeTensor, base: Base): boolean {
  if (tensor.name !== 'base_model.model.lm_head.base_layer.weight') return false;
  const target = llamaTarget('lm_head');
  const shape = target === undefined ? undefined : base.shape(target);
  return shape !== undefined && tensor.shape[0] === shape[0] && tensor.shape[1] === shape[1];
}

function pairUp(file: string, tensors: readonly SafeTensor[], base: Base): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  // PEFT saves the frozen embeddings beside their LoRA: the LoRA is the reason to name.
  const embedding = tensors.find(({ name }) => name.includes('lora_embedding_'));
  if (embedding !== undefined) throw foreignTensor(file, embedding.name);
  for (const tensor of tensors) {
    if (isCopyOfBase(tensor, base)) continue;
    const split = splitPeftName(tensor.name);
    if (split === undefined) throw foreignTensor(file, tensor.name);
    const pair = pairs.get(split.module) ?? {};
    pair[split.half] = tensor;
    pairs.set(split.module, pair);
  }
  return pairs;
}

function matrix(file: string, tensor: SafeTensor): readonly [number, number] {
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2 || rows === undefined || columns === undefined || tensor.bytes === 0) {
    throw refused('adapter/shape', file, t('its tensor {0} is no matrix', printable(tensor.name)));
  }
  return [rows, columns];
}

/** The scaling that most modules share is written as alpha, so that their B stays as it is to the last bit. */
function commonAlpha(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = 1;
  let most = 0;
  for (const [value, count] of counts) {
    if (count > most) [best, most] = [value, count];
  }
  return Math.fround(best);
}

function isFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value)) && (value === 0 || Math.fround(value) !== 0);
}

function headRowsOf(target: Target, base: Base, rows: number, file: string): number | null {
  if (target.part !== 'attn_q' && target.part !== 'attn_k') return null;
  const headRows = rows / (target.part === 'attn_q' ? base.heads : base.kvHeads);
  if (!Number.isInteger(headRows) || headRows % 2 !== 0) {
    throw refused('adapter/shape', file, t('{0} does not divide into the heads of the base', target.module));
  }
  return headRows;
}

/**
 * Decides what is written for each tensor of an adapter, and refuses what llama.cpp could not reproduce.
 * llama.cpp applies `alpha / rank` with the rank of each B; PEFT's true scale s goes into B as `s·rank / alpha`.
 */
export function planConversion(
  file: string,
  config: PeftConfig,
  configFile: string,
  tensors: readonly SafeTensor[],
  base: Base,
): Plan {
  const modules = [...pairUp(file, tensors, base)].map(([module, { a, b }]) => {
    if (a === undefined || b === undefined) {
      throw refused('adapter/pair', file, t('{0} has only one of its two matrices', printable(module)));
    }
    const target = llamaTarget(module);
    if (target === undefined) {
      throw refused(
        'adapter/module',
        file,
        t('the module {0} is not one of the Llama architecture', printable(module)),
      );
    }
    return { module, target, a, b };
  });
  if (modules.length === 0) throw refused('adapter/empty', file, t('it has no tensors'));
  const scales = moduleScales(
    config,
    modules.map(({ module }) => module),
    configFile,
  );
  const effective = scales.map(({ rank, scale }) => scale * rank);
  const alpha = commonAlpha(effective);
  // Beyond float32 llama.cpp would read another scale, or none.
  const beyond = effective.find(
    (value) => !Number.isFinite(alpha) || alpha === 0 || !isFloat32(value / alpha),
  );
  if (beyond !== undefined) {
    throw refused('adapter/scale', file, t('its scaling of {0} cannot be expressed', beyond));
  }
  const weights = new Set<string>();

  const planned = modules.flatMap(({ module, target, a, b }, index): PlannedTensor[] => {
    const [rank, inputs] = matrix(file, a);
    const [outputs, rankB] = matrix(file, b);
    const declared = scales[index]?.rank;
    if (rank !== rankB || rank !== declared) {
      throw refused(
        'adapter/rank',
        file,
        t('{0} has the ranks {1} and {2}, its configuration says {3}', module, rank, rankB, declared ?? '?'),
      );
    }
    if (weights.has(target.weight)) {
      throw refused('adapter/module', file, t('the module {0} is there twice', module));
    }
    weights.add(target.weight);
    const shape = base.shape(target);
    if (shape === undefined) {
      const reason =
        target.part === 'output'
          ? t('it changes lm_head, which the base shares with its embeddings')
          : t('the base has no {0}', target.weight);
      throw refused('adapter/base', file, reason);
    }
    if (shape[0] !== outputs || shape[1] !== inputs) {
      throw refused(
        'adapter/base',
        file,
        t(
          'it was trained on another base: {0} is {1}×{2} there and {3}×{4} here',
          module,
          outputs,
          inputs,
          shape[0],
          shape[1],
        ),
      );
    }
    const exact = (effective[index] ?? alpha) / alpha;
    const factor = Math.abs(exact - 1) < NEGLIGIBLE ? 1 : exact;
    return [
      { source: a, name: `${target.weight}.lora_a`, rows: rank, columns: inputs, factor: 1, headRows: null },
      {
        source: b,
        name: `${target.weight}.lora_b`,
        rows: outputs,
        columns: rank,
        factor,
        headRows: headRowsOf(target, base, outputs, file),
      },
    ];
  });
  return {
    tensors: planned.sort((x, y) => x.source.offset - y.source.offset),
    rank: scales.reduce((most, { rank }) => Math.max(most, rank), 0),
    alpha,
  };
}
