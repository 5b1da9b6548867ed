import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { preparable, prepareLocalPython } from '../../jobs/trainingPrompt';
import { Channel } from '../../protocol/channel';
import { CancelledError, UserError, isCancelled, messageOf } from '../../protocol/errors';
import { promptHostApi, promptViewApi } from '../../protocol/promptView';
import type { PromptState } from '../../protocol/promptView';
import { showError } from '../showError';
import { openWebview } from '../webviewPanel';
import { emptyPrompt, readPrompt } from './promptSubject';
import type { PromptSources, PromptSubject } from './promptSubject';

export interface PromptPanelOptions extends PromptSources {
  readonly extensionUri: vscode.Uri;
  readonly output: vscode.LogOutputChannel;
}

/** The page that shows the tokens of one record; another record takes its place. */
export class PromptPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof promptHostApi, typeof promptViewApi>;
  private state: PromptState = emptyPrompt('', 'loading', null);
  private subject: (() => Promise<PromptSubject>) | undefined;
  private working: AbortController | undefined;

  constructor(private readonly options: PromptPanelOptions) {
    const { panel, transport } = openWebview({
      viewType: 'afina.prompt',
      title: t('Prompt'),
      entry: 'prompt-view',
      extensionUri: options.extensionUri,
    });
    this.panel = panel;
    this.channel = new Channel(
      promptHostApi,
      promptViewApi,
      {
        'prompt/load': () => this.state,
        'prompt/again': async () => {
          await this.read();
          return null;
        },
        'prompt/prepare': async () => {
          await this.prepare();
          return null;
        },
        'prompt/openProject': async () => {
          await vscode.commands.executeCommand('afina.openProjectFile');
          return null;
        },
      },
      transport,
    );
    panel.onDidDispose(() => {
      this.working?.abort(new CancelledError());
      this.channel.dispose();
    });
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  /** `subject` is read anew whenever the prompt is. */
  async show(subject: () => Promise<PromptSubject>): Promise<void> {
    this.subject = subject;
    this.panel.reveal();
    await this.read();
  }

  private async read(): Promise<void> {
    const { subject } = this;
    if (subject === undefined) return;
    this.working?.abort(new CancelledError());
    const controller = new AbortController();
    this.working = controller;
    try {
      this.set(emptyPrompt(this.state.record, 'loading', null));
      const found = await subject();
      this.panel.title = t('Prompt: {0}', found.id);
      this.set(emptyPrompt(found.id, 'loading', null));
      const state = await readPrompt(found, this.options, controller.signal);
      if (this.working === controller) this.set(state);
    } catch (error) {
      if (this.working !== controller || isCancelled(error)) return;
      if (!(error instanceof UserError)) this.options.output.error(messageOf(error));
      this.set(emptyPrompt(this.state.record, 'failed', messageOf(error)));
    }
  }

  private set(state: PromptState): void {
    this.state = state;
    this.channel.emit('prompt/state', state);
  }

  /** Gigabytes from a package index: only after asking, and it can be stopped. */
  private async prepare(): Promise<void> {
    const { output, parity } = this.options;
    const { payload } = parity.tools;
    try {
      const subject = await this.subject?.();
      const folder = subject === undefined ? undefined : await preparable(subject.project, payload);
      if (subject === undefined || folder === undefined) return;
      const yes = t('Prepare');
      const picked = await vscode.window.showInformationMessage(
        t('Prepare the Python environment of training on this machine?'),
        {
          modal: true,
          detail: t(
            'The training packages are downloaded from the package index that pip uses, about 2 GB, into {0}. Runs on this machine need the same environment.',
            folder,
          ),
        },
        yes,
      );
      if (picked !== yes) return;
      await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t('Preparing the Python environment'),
          cancellable: true,
        },
        async (progress, token) => {
          const controller = new AbortController();
          token.onCancellationRequested(() => controller.abort(new CancelledError()));
          await prepareLocalPython(subject.project, payload, {
            signal: controller.signal,
            onProgress: ({ message, done, total }) =>
              progress.report({ message: total === 0 ? message : `${message} (${done}/${total})` }),
          });
        },
      );
      await this.read();
    } catch (error) {
      await showError(error, { output, retry: () => this.prepare() });
    }
  }
}
