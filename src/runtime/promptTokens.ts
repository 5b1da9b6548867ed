import type { LlamaModel, Token } from 'node-llama-cpp';
import type { PromptToken } from './protocol';

/** Earlier tokens that the detokenizer looks at to place spaces. */
const LOOK_BACK = 4;

/** Each token with what it stands for, special tokens as they are written. */
export function tokensOf(model: LlamaModel, tokens: readonly Token[]): PromptToken[] {
  return tokens.map((token, index) => ({
    id: token,
    text: model.detokenize([token], true, tokens.slice(Math.max(0, index - LOOK_BACK), index)),
    special: model.isSpecialToken(token),
    ends: model.isEogToken(token),
  }));
}
