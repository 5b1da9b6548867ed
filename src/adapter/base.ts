import { readFile } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';
import { describeModel, ggufCount, readGguf } from '../runtime/gguf';
import type { Target } from './names';

/** What the converter must know of the base model. */
export interface Base {
  readonly heads: number;
  readonly kvHeads: number;
  /** [out, in] of a weight, or undefined when the base has none of that name. */
  readonly shape: (target: Target) => readonly [number, number] | undefined;
}

export type BaseSource = { readonly gguf: string } | { readonly config: string };

function unsupported(file: string, architecture: string): UserError {
  return new UserError(
    'adapter/architecture',
    t(
      'Adapters of the architecture {0} are not supported yet: only Llama’s, which AMALIA, EuroLLM and Mistral share.',
      printable(architecture),
    ),
    { place: { file } },
  );
}

/** Reads the base from its GGUF, or from the config.json of its Hugging Face folder. */
export function readBase(source: BaseSource): Promise<Base> {
  return 'gguf' in source ? fromGguf(source.gguf) : fromConfig(source.config);
}

async function fromGguf(file: string): Promise<Base> {
  const gguf = await readGguf(file);
  const { architecture } = describeModel(gguf);
  const heads = ggufCount(gguf, 'llama.attention.head_count');
  if (architecture !== 'llama' || heads === undefined || (ggufCount(gguf, 'llama.expert_count') ?? 0) > 0) {
    throw unsupported(file, architecture);
  }
  const weights = new Map(gguf.tensors.map((tensor) => [tensor.name, tensor.dims]));
  return {
    heads,
    kvHeads: ggufCount(gguf, 'llama.attention.head_count_kv') ?? heads,
    shape: ({ weight }) => {
      const [columns, rows] = weights.get(weight) ?? [];
      return columns === undefined || rows === undefined ? undefined : [rows, columns];
    },
  };
}

const positive = z.int().check(z.positive());
const configSchema = z.object({
  model_type: z.string(),
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: z.nullish(positive),
  head_dim: z.nullish(positive),
  vocab_size: positive,
  tie_word_embeddings: z.nullish(z.boolean()),
});

async function fromConfig(file: string): Promise<Base> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw unreadable(file);
  }
  const kind = z.object({ model_type: z.string() }).safeParse(raw);
  if (!kind.success) throw unreadable(file);
  if (kind.data.model_type !== 'llama' && kind.data.model_type !== 'mistral') {
    throw unsupported(file, kind.data.model_type);
  }
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) throw unreadable(file);
  const config = parsed.data;
  const heads = config.num_attention_heads;
  const kvHeads = config.num_key_value_heads ?? heads;
  const headDim = config.head_dim ?? Math.floor(config.hidden_size / heads);
  const hidden = config.hidden_size;
  const ffn = config.intermediate_size;
  const shapes: Readonly<Record<Target['part'], readonly [number, number] | undefined>> = {
    attn_q: [heads * headDim, hidden],
    attn_k: [kvHeads * headDim, hidden],
    attn_v: [kvHeads * headDim, hidden],
    attn_output: [hidden, heads * headDim],
    ffn_gate: [ffn, hidden],
    ffn_up: [ffn, hidden],
    ffn_down: [hidden, ffn],
    // Tied, the output has no weight of its own in the GGUF.
    output: config.tie_word_embeddings === true ? undefined : [config.vocab_size, hidden],
  };
  return {
    heads,
    kvHeads,
    shape: ({ part, layer }) => ((layer ?? 0) < config.num_hidden_layers ? shapes[part] : undefined),
  };
}

function unreadable(file: string): UserError {
  return new UserError(
    'adapter/baseConfig',
    t('{0} is not the config.json of a Llama model. Give the base as a GGUF, or its own config.json.', file),
    { place: { file } },
  );
}
