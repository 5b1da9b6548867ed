import { Template } from '@huggingface/jinja';
import { t } from '@vscode/l10n';
import { UserError, messageOf } from '../protocol/errors';
import type { Turn } from './protocol';

/** The special tokens' texts, under the names that templates know them by. */
export interface SpecialTokens {
  readonly bos_token: string;
  readonly eos_token: string;
  readonly unk_token: string;
  readonly pad_token: string;
}

/**
 * A model's own chat template, rendered as transformers' `apply_chat_template` renders it (trim_blocks and
 * lstrip_blocks on, `tools` and `documents` None), so that a preview sends the tokens that training used.
 */
export class ChatTemplate {
  private readonly template: Template;

  constructor(
    source: string,
    private readonly special: SpecialTokens,
  ) {
    try {
      this.template = new Template(source);
    } catch (error) {
      throw new UserError(
        'runtime/chatTemplate',
        t("The model's chat template cannot be used: {0}", messageOf(error)),
        {},
        { cause: error },
      );
    }
  }

  /** Throws UserError `runtime/chatTemplate` where the template refuses the messages, for instance their order. */
  render(messages: readonly Turn[], addGenerationPrompt: boolean): string {
    try {
      return this.template.render({
        messages: messages.map(({ role, content }) => ({ role, content })),
        tools: null,
        documents: null,
        add_generation_prompt: addGenerationPrompt,
        ...this.special,
      });
    } catch (error) {
      throw new UserError(
        'runtime/chatTemplate',
        t("The model's chat template refuses these messages: {0}", messageOf(error)),
        {},
        { cause: error },
      );
    }
  }
}
