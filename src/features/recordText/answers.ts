import * as vscode from 'vscode';
import { showError } from '../showError';
import type { AnswerThreads, AnswerThreadsOptions } from './answerThreads';
import type { GhostText } from './ghostText';
import { RECORD_SCHEME } from './recordUri';
import { TurnLens } from './turnLens';

const SELECTOR: vscode.DocumentSelector = { scheme: RECORD_SCHEME };

/** The models' answers in records' texts. What they need is loaded when somebody asks first. */
export class Answers {
  private loading: Promise<AnswerThreads> | undefined;
  private suggesting: Promise<GhostText> | undefined;

  constructor(private readonly options: AnswerThreadsOptions) {}

  register(): vscode.Disposable {
    const register = (
      command: string,
      act: (threads: AnswerThreads, ...args: readonly unknown[]) => unknown,
    ): vscode.Disposable =>
      vscode.commands.registerCommand(command, async (...args: unknown[]) => {
        try {
          return await act(await this.threads(), ...args);
        } catch (error) {
          void showError(error, { output: this.options.output });
          return undefined;
        }
      });
    return vscode.Disposable.from(
      register('afina.previewTurn', (threads, uri, turn) => threads.preview(uri, turn)),
      register('afina.stopTurnPreview', (threads, target) => threads.stop(target)),
      register('afina.regenerateTurnAnswer', (threads, target) => threads.regenerate(target)),
      register('afina.dismissTurnAnswer', (threads, target) => threads.close(target)),
      register('afina.useTurnAnswer', (threads, target) => threads.use(target)),
      register('afina.rejectTurnAnswer', (threads, target) => threads.reject(target)),
      register('afina.toggleGhostText', async () => (await import('./ghostText')).GhostText.toggle()),
      vscode.languages.registerCodeLensProvider(SELECTOR, new TurnLens()),
      vscode.languages.registerInlineCompletionItemProvider(SELECTOR, {
        provideInlineCompletionItems: async (document, position, _context, token) =>
          vscode.workspace.getConfiguration('afina.preview', document).get<boolean>('ghostText', false)
            ? (await this.ghost()).suggest(document, position, token)
            : [],
      }),
      { dispose: () => void this.loading?.then((threads) => threads.dispose()) },
    );
  }

  private threads(): Promise<AnswerThreads> {
    this.loading ??= import('./answerThreads').then((loaded) => new loaded.AnswerThreads(this.options));
    return this.loading;
  }

  private ghost(): Promise<GhostText> {
    this.suggesting ??= import('./ghostText').then((loaded) => new loaded.GhostText(this.options));
    return this.suggesting;
  }
}
