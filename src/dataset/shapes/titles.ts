import type { RecordShape } from './shape';

/** How people know them; names are not translated. */
export const SHAPE_TITLES: Readonly<Record<RecordShape, string>> = {
  messages: 'messages',
  sharegpt: 'ShareGPT (conversations)',
  alpaca: 'Alpaca (instruction, input, output)',
  'prompt-completion': 'prompt/completion',
  preference: 'DPO (prompt, chosen, rejected)',
};
