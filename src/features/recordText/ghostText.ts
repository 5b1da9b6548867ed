import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { setTimeout as delay } from 'node:timers/promises';
import { begunTurn, continuation, restOf } from '../../dataset/turnPrompt';
import { isCancelled, messageOf } from '../../protocol/errors';
import { answerAsSet } from '../preview/answerAsSet';
import type { PreviewService } from '../preview/previewService';
import { recordAddress } from './recordUri';

/** Milliseconds without typing after which the model is asked. */
const PAUSE = 300;
/** Longest continuation: more than can be read at a glance is in the way. */
const MOST_TOKENS = 40;

interface Offered {
  readonly asked: string;
  readonly begun: string;
  readonly text: string;
}

export interface GhostTextOptions {
  readonly preview: PreviewService;
  readonly output: vscode.LogOutputChannel;
}

/** How the model would go on with the answer that is being written, as grey text that Tab takes over. */
export class GhostText {
  private offered: Offered | undefined;
  /** What failed, once: it would fail with every key. */
  private failure = '';

  constructor(private readonly options: GhostTextOptions) {}

  async suggest(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.InlineCompletionItem[]> {
    const file = recordAddress(document.uri)?.file;
    if (file === undefined) return [];
    const turn = begunTurn(document.getText(), document.offsetAt(position));
    if (turn === undefined) return [];
    const range = new vscode.Range(position, position);
    const asked = JSON.stringify(turn.messages);
    const rest =
      this.offered?.asked === asked
        ? restOf(this.offered.text, this.offered.begun, textBefore(document, position))
        : undefined;
    if (rest !== undefined) return [new vscode.InlineCompletionItem(rest, range)];
    const controller = new AbortController();
    const cancelling = token.onCancellationRequested(() => controller.abort());
    try {
      await delay(PAUSE, undefined, { signal: controller.signal });
      const { preview } = this.options;
      const project = preview.projectOf(file);
      const { base, tuned } = preview.inUse(project);
      const answerer = tuned ?? base;
      if (answerer === undefined) return [];
      const { text, stop } = await answerAsSet(preview, project, answerer, turn.messages, {
        signal: controller.signal,
        begun: turn.begun,
        // The likeliest: what is offered unasked is not to change with every look.
        sampling: { temperature: 0, maxTokens: MOST_TOKENS },
      });
      this.failure = '';
      const offered = continuation(text, turn, stop);
      if (offered === undefined) return [];
      this.offered = { asked, begun: textBefore(document, position), text: offered };
      return [new vscode.InlineCompletionItem(offered, range)];
    } catch (error) {
      if (!isCancelled(error)) this.report(error);
      return [];
    } finally {
      cancelling.dispose();
    }
  }

  /** Turns it on or off, for all workspaces. */
  static async toggle(): Promise<void> {
    const settings = vscode.workspace.getConfiguration('afina.preview');
    const on = !settings.get<boolean>('ghostText', false);
    await settings.update('ghostText', on, vscode.ConfigurationTarget.Global);
    void vscode.window.setStatusBarMessage(
      on
        ? t('While you write at the end of an answer, the model suggests how to go on. Tab accepts.')
        : t('The model suggests nothing any more while you write.'),
      6000,
    );
  }

  /** Nobody has asked for anything: it goes to the log, and to the status bar for a moment. */
  private report(error: unknown): void {
    const message = messageOf(error);
    if (message === this.failure) return;
    this.failure = message;
    this.options.output.warn(message);
    void vscode.window.setStatusBarMessage(`$(warning) ${message}`, 6000);
  }
}

function textBefore(document: vscode.TextDocument, position: vscode.Position): string {
  return document.getText(new vscode.Range(new vscode.Position(0, 0), position));
}
