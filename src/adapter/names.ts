/** A matrix of the Llama architecture that LoRA may have changed, under both of its names. */
export interface Target {
  /** As PEFT knows the module, for instance `model.layers.0.self_attn.q_proj`: rank and alpha patterns match this. */
  readonly module: string;
  /** As llama.cpp knows the weight, for instance `blk.0.attn_q.weight`. */
  readonly weight: string;
  readonly part: LlamaPart;
  readonly layer: number | null;
}

const PARTS = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
} as const;
export type LlamaPart = (typeof PARTS)[keyof typeof PARTS] | 'output';

const PREFIX = 'base_model.model.';

/** Splits a PEFT tensor's name into its module and which half it is; undefined for any other tensor. */
export function splitPeftName(
  name: string,
): { readonly module: string; readonly half: 'a' | 'b' } | undefined {
  const match = /^(.+)\.lora_([AB])\.weight$/.exec(name);
  if (!match?.[1]?.startsWith(PREFIX)) return undefined;
  return { module: match[1].slice(PREFIX.length), half: match[2] === 'A' ? 'a' : 'b' };
}

/** The weight of llama.cpp that a PEFT module is, or undefined when the Llama architecture has no such module. */
export function llamaTarget(module: string): Target | undefined {
  if (module === 'lm_head') return { module, weight: 'output.weight', part: 'output', layer: null };
  const match = /^(?:model\.)?layers\.(0|[1-9]\d{0,4})\.((?:self_attn|mlp)\.[a-z]+_proj)$/.exec(module);
  const suffix = match?.[2];
  if (match?.[1] === undefined || suffix === undefined || !Object.hasOwn(PARTS, suffix)) return undefined;
  const part = PARTS[suffix as keyof typeof PARTS];
  return { module, weight: `blk.${match[1]}.${part}.weight`, part, layer: Number(match[1]) };
}
