import { t } from '@vscode/l10n';
import { UserError, messageOf } from '../protocol/errors';

const MAX_LINES = 200;

/** What llama.cpp said lately. */
export class LlamaLog {
  private readonly lines: { readonly level: string; readonly text: string }[] = [];
  /** Lines ever logged, those that are kept no longer too. */
  count = 0;

  keep(level: string, text: string): void {
    this.lines.push({ level, text });
    this.count++;
    if (this.lines.length > MAX_LINES) this.lines.splice(0, this.lines.length - MAX_LINES);
  }

  /** Why something was refused is only in llama.cpp's log. */
  failure(code: string, message: (reason: string) => string, error: unknown, before: number): UserError {
    if (error instanceof Error && error.constructor.name === 'InsufficientMemoryError') {
      return new UserError(
        'runtime/memory',
        t(
          'There is not enough free memory for this model. Close other programs, lower “context” in afina.yaml, or choose a smaller quantisation.',
        ),
        { remedies: ['chooseModel'] },
        { cause: error },
      );
    }
    const lines = this.lines.slice(Math.max(0, this.lines.length - (this.count - before)));
    const reason = lines.find(({ level }) => level === 'error' || level === 'fatal')?.text.trim();
    return new UserError(
      code,
      message(reason ?? messageOf(error)),
      {
        log: [...lines.slice(-40).map(({ text }) => text.trim()), messageOf(error)].join('\n'),
        remedies: ['openLog'],
      },
      { cause: error },
    );
  }
}
