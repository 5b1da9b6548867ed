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

/** The same words as in the trainer's afina_chat.py: a model is asked with the prompt that it was trained on. */
function systemInUser(system: string, user: string): string {
  return `### System message\n\n${system}\n\n----\n\n${user}`;
}

/**
 * A model's own chat template, rendered as transformers' `apply_chat_template` renders it (trim_blocks and
 * lstrip_blocks on, `tools` and `documents` None), so that a preview sends the tokens that training used.
 */
export class ChatTemplate {
  private readonly template: Template;
  private mergesSystem: boolean | undefined;

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

  /**
   * Throws UserError `runtime/chatTemplate` where the template refuses the messages, for instance their order. A
   * system message that the template has no place for goes into the question after it, as in training.
   */
  render(messages: readonly Turn[], addGenerationPrompt: boolean): string {
    return this.renderAsIs(this.fitSystem(messages), addGenerationPrompt);
  }

  private fitSystem(messages: readonly Turn[]): readonly Turn[] {
    const [system, user, ...rest] = messages;
    if (system?.role !== 'system' || user?.role !== 'user' || system.content.trim() === '') return messages;
    this.mergesSystem ??= !this.takesSystem();
    if (!this.mergesSystem) return messages;
    return [{ role: 'user', content: systemInUser(system.content, user.content) }, ...rest];
  }

  private takesSystem(): boolean {
    try {
      const probe: Turn[] = [
        { role: 'system', content: 'zqsystemqz' },
        { role: 'user', content: 'zquserqz' },
      ];
      return this.renderAsIs(probe, true).includes('zqsystemqz');
    } catch {
      return false;
    }
  }

  private renderAsIs(messages: readonly Turn[], addGenerationPrompt: boolean): string {
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
