import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { comparisonResults } from '../../evaluation/comparisonResults';
import { ComparisonSession } from '../../evaluation/comparisonSession';
import type { Comparison } from '../../evaluation/comparisonStore';
import type { Project } from '../../project/project';
import { Channel } from '../../protocol/channel';
import { compareHostApi, compareViewApi } from '../../protocol/compareView';
import type { CompareCommand, CompareResultsView } from '../../protocol/compareView';
import { messageOf } from '../../protocol/errors';
import { showError } from '../showError';
import { openWebview } from '../webviewPanel';
import type { CompareBlindOptions } from './compareBlind';
import { compareStateOf } from './compareState';
import { checkFiles } from './comparedFiles';
import { exportVotes } from './exportVotes';

/** One judge's page of one comparison. */
export class ComparePanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof compareHostApi, typeof compareViewApi>;
  private readonly session: ComparisonSession;
  private closed = false;
  /** A reason is being written: digits are text then. */
  private asking = false;
  private checked: Promise<unknown> | undefined;

  constructor(
    private readonly options: CompareBlindOptions,
    private readonly project: Project,
    private readonly comparison: Comparison,
    private readonly judge: string,
  ) {
    const { preview, extensionUri } = options;
    const { spec } = comparison;
    this.session = new ComparisonSession({
      comparison,
      judge,
      ask: async (by, messages, signal) => {
        this.checked ??= Promise.all(
          [spec.answerers.a, spec.answerers.b].map((each) => checkFiles(preview, project, each)),
        );
        await this.checked;
        const { text, stop } = await preview.ask(project, spec.answerers[by], messages, {
          signal,
          sampling: spec.sampling,
          priority: 'background',
        });
        return { text, stop };
      },
      changed: () => this.show(),
    });
    const { panel, transport } = openWebview({
      viewType: 'afina.compare',
      title: t('Blind comparison: {0}', path.posix.basename(spec.dataset)),
      entry: 'compare',
      extensionUri,
    });
    this.panel = panel;
    this.channel = new Channel(
      compareHostApi,
      compareViewApi,
      {
        'compare/load': () => this.state,
        'compare/vote': async ({ key, side, reason }) => {
          await this.guard(() => this.session.vote(key, side, reason));
          return null;
        },
        'compare/undo': async () => {
          await this.guard(() => this.session.undo());
          return null;
        },
        'compare/asking': async ({ on }) => {
          this.asking = on;
          await this.setContext();
          return null;
        },
        'compare/results': () => this.results(),
        'compare/export': async () => {
          await this.guard(() => exportVotes(this.project, this.comparison, this.session.allVotes));
          return null;
        },
        'compare/retry': () => {
          this.start();
          return null;
        },
      },
      transport,
    );
    panel.onDidChangeViewState(() => void this.setContext());
    panel.onDidDispose(() => {
      this.closed = true;
      this.channel.dispose();
      void this.setContext();
      // What is being answered is not waited for; votes that are being written are.
      void this.session.stop();
    });
    void this.setContext();
    this.start();
  }

  get active(): boolean {
    return !this.closed && this.panel.active;
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** A command of the palette or of a key, carried out by the page: it knows what is in sight. */
  run(command: CompareCommand): void {
    if (!this.closed) this.channel.emit('compare/run', { command });
  }

  private get state(): ReturnType<typeof compareStateOf> {
    return compareStateOf(this.session, this.comparison.spec, this.judge);
  }

  private start(): void {
    this.checked = undefined;
    this.session.start();
    this.show();
  }

  private show(): void {
    if (!this.closed) this.channel.emit('compare/state', this.state);
  }

  /** Errors are told once, here; what is shown follows what is kept. */
  private async guard(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      void showError(error, { output: this.options.output });
    }
    this.show();
  }

  /** Before the end they are shown only when the judge says so: who knows who leads is not blind any more. */
  private async results(): Promise<CompareResultsView | null> {
    if (!this.session.finished) {
      const show = t('Show results');
      const answer = await vscode.window.showWarningMessage(
        t('Show the results before you have judged all records?'),
        {
          modal: true,
          detail: t(
            'They tell who answered and who leads, and that may change your next verdicts. Those will be marked.',
          ),
        },
        show,
      );
      if (answer !== show) return null;
      this.session.showedResults();
    }
    const { a, b } = this.comparison.spec.answerers;
    const { session } = this;
    return {
      a: a.title,
      b: b.title,
      results: comparisonResults(session.allVotes, session.records.length, session.same),
    };
  }

  private async setContext(): Promise<void> {
    const set = (key: string, on: boolean): Thenable<unknown> =>
      vscode.commands.executeCommand('setContext', `afina.compare.${key}`, on);
    try {
      await set('active', this.active);
      await set('judging', this.active && !this.asking);
    } catch (error) {
      this.options.output.warn(messageOf(error));
    }
  }
}
