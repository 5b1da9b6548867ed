import type { LlamaModel, Token } from 'node-llama-cpp';
import { UserError } from '../protocol/errors';
import type { Encoder } from './answerTokens';
import type { PromptItem, PromptToken, PromptTokens } from './protocol';

/** Earlier tokens that the detokenizer looks at to place spaces. */
const LOOK_BACK = 4;

/** What a preview would send for each item, as it renders and tokenises it. */
export function promptTokens(
  model: LlamaModel,
  template: string | null,
  items: readonly PromptItem[],
  { render, tokenise }: Encoder<Token>,
): PromptTokens {
  return {
    template,
    bos: model.tokens.bosString ?? '',
    eos: model.tokens.eosString ?? '',
    items: items.map((item) => {
      try {
        const text = 'text' in item ? item.text : render(item.messages, item.ask);
        return { text, tokens: tokensOf(model, tokenise(text)) };
      } catch (error) {
        if (error instanceof UserError && error.code === 'runtime/chatTemplate')
          return { error: error.message };
        throw error;
      }
    }),
  };
}

/** Each token with what it stands for, special tokens as they are written. */
function tokensOf(model: LlamaModel, tokens: readonly Token[]): PromptToken[] {
  return tokens.map((token, index) => ({
    id: token,
    text: model.detokenize([token], true, tokens.slice(Math.max(0, index - LOOK_BACK), index)),
    special: model.isSpecialToken(token),
    ends: model.isEogToken(token),
  }));
}
