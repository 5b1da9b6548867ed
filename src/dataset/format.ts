import { isObject } from './record';

/** Record formats of other tools that Afina knows by sight. */
export type ForeignFormat =
  'sharegpt' | 'alpaca' | 'prompt-completion' | 'preference' | 'label-studio' | 'text';

/** How people know them; names are not translated. */
export const FORMAT_TITLES: Readonly<Record<ForeignFormat, string>> = {
  sharegpt: 'ShareGPT (conversations)',
  alpaca: 'Alpaca (instruction, input, output)',
  'prompt-completion': 'prompt/completion',
  preference: 'DPO (prompt, chosen, rejected)',
  'label-studio': 'Label Studio (data, annotations)',
  text: 'plain text (text)',
};

/** The format that a parsed record without `messages` looks like. */
export function foreignFormat(value: unknown): ForeignFormat | undefined {
  if (!isObject(value)) return undefined;
  const has = (key: string): boolean => Object.hasOwn(value, key);
  if (Array.isArray(value.conversations) || Array.isArray(value.conversation)) return 'sharegpt';
  if (has('data') && (has('annotations') || has('predictions') || has('completions'))) return 'label-studio';
  if (has('chosen') && has('rejected')) return 'preference';
  if (has('instruction') && (has('output') || has('response'))) return 'alpaca';
  if (has('prompt') && (has('completion') || has('response'))) return 'prompt-completion';
  if (typeof value.text === 'string') return 'text';
  return undefined;
}
