import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { askHostApi, askViewApi } from '../../protocol/ask';
import type { AskAnswerer, AskCommand, AskState, AskTurn } from '../../protocol/ask';
import { Channel } from '../../protocol/channel';
import type { HandlerContext, Transport } from '../../protocol/channel';
import { UserError, messageOf } from '../../protocol/errors';
import type { ModelAnswer, PreviewNews } from '../../protocol/preview';
import { longestAnswer } from '../chat/chatSettings';
import type { NamedAnswerer } from '../preview/previewService';
import { tunedToo } from '../preview/tunedToo';
import { mountWebview, openWebview } from '../webviewPanel';
import { ASK_VIEW } from './askFeature';
import type { AskOptions } from './askFeature';

const REMEDIES = {
  showModels: 'afina.models.focus',
  showRuns: 'afina.runs.focus',
} as const;

/** Questions to the models of one project. */
export class AskPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof askHostApi, typeof askViewApi>;
  private readonly following: vscode.Disposable;
  /** Waits for the page to be loaded. */
  private question = '';
  private loaded = false;
  running = false;

  constructor(
    private readonly root: string,
    private readonly options: AskOptions,
    private readonly onDidChange: () => void,
    /** The panel of a window that was reloaded. */
    restored?: vscode.WebviewPanel,
  ) {
    const { panel, transport } = openAsk(this.project, options.extensionUri, restored);
    this.panel = panel;
    this.channel = new Channel(
      askHostApi,
      askViewApi,
      {
        'ask/load': () => this.load(),
        'ask/answer': ({ answerer, messages }, context) => this.answer(answerer, messages, context),
        'ask/save': ({ answerer, messages }) => this.save(answerer, messages),
        'ask/copy': async ({ text }) => {
          await vscode.env.clipboard.writeText(text);
          return null;
        },
        'ask/download': async ({ model }) => {
          await options.preview.download(this.project.file, model);
          return null;
        },
        'ask/remedy': async ({ remedy }) => {
          if (remedy === 'openLog') options.output.show();
          else if (remedy === 'openProject')
            await vscode.window.showTextDocument(vscode.Uri.file(this.project.file));
          else await vscode.commands.executeCommand(REMEDIES[remedy]);
          return null;
        },
      },
      transport,
    );
    this.channel.on('ask/running', ({ running }) => {
      this.running = running;
      this.onDidChange();
    });
    const tell = (): void => void this.tell();
    this.following = vscode.Disposable.from(
      options.preview.onDidChange(tell),
      panel.onDidChangeViewState(() => this.onDidChange()),
    );
    panel.onDidDispose(() => {
      this.following.dispose();
      this.channel.dispose();
    });
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  get active(): boolean {
    return this.panel.active;
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** Brings the panel to the front, with `question` where one is written; empty leaves that as it is. */
  show(question: string): void {
    this.panel.reveal();
    this.question = question;
    if (this.loaded) this.write();
  }

  run(command: AskCommand): void {
    this.channel.emit('ask/run', { command });
  }

  private get project(): Project {
    const project = this.options.projects.projects.find(({ root }) => root === this.root);
    if (project !== undefined) return project;
    throw new UserError('project/missing', t('The project {0} is no longer open.', this.root));
  }

  private async load(): Promise<AskState> {
    const state = await this.state();
    this.loaded = true;
    setTimeout(() => this.write());
    return state;
  }

  private write(): void {
    this.channel.emit('ask/write', { text: this.question });
    this.question = '';
  }

  private async tell(): Promise<void> {
    if (!this.loaded) return;
    try {
      this.channel.emit('ask/state', await this.state());
    } catch (error) {
      // A project that was closed: the next question says so.
      this.options.output.warn(messageOf(error));
    }
  }

  private async state(): Promise<AskState> {
    const { project } = this;
    const { preview, systemPromptOf } = this.options;
    const { base = null, tuned = null } = tunedToo(preview, project);
    const answerers = await Promise.all(
      preview.answerers(project).map(async ({ model, run, title }) => ({
        ...{ model, run, title },
        here: await this.isHere(project, model),
      })),
    );
    return {
      root: project.root,
      project: project.config.title ?? project.root,
      system: (await systemPromptOf(project)).trim(),
      answerers,
      base: base === null ? null : idOf(base),
      tuned: tuned === null ? null : idOf(tuned),
    };
  }

  private async isHere(project: Project, model: string): Promise<boolean> {
    try {
      await this.options.preview.resolve(project, { model, run: null });
      return true;
    } catch (error) {
      // A model that is broken says why when it is asked.
      return error instanceof UserError && error.code !== 'model/not-here';
    }
  }

  private async answer(
    answerer: AskAnswerer,
    messages: readonly AskTurn[],
    { signal, progress }: HandlerContext<PreviewNews>,
  ): Promise<ModelAnswer> {
    const { text, tokens, tokensPerSecond, stop } = await this.options.preview.ask(
      this.project,
      answerer,
      messages,
      {
        signal,
        sampling: { maxTokens: longestAnswer() },
        progress: (news) => progress(news.phase === 'reading' ? { phase: 'reading' } : news),
      },
    );
    return { text, tokens, tokensPerSecond, stop };
  }

  private async save(answeredBy: AskAnswerer, messages: readonly AskTurn[]): Promise<boolean> {
    const drafts = await this.options.drafts();
    const saved = await drafts.save(this.project, { messages, answeredBy });
    if (saved === undefined) return false;
    void drafts.tell(saved);
    return true;
  }
}

function openAsk(
  { root, config }: Project,
  extensionUri: vscode.Uri,
  restored: vscode.WebviewPanel | undefined,
): { panel: vscode.WebviewPanel; transport: Transport } {
  const look = { title: t('Ask: {0}', config.title ?? root), entry: 'ask', extensionUri };
  if (restored !== undefined) return { panel: restored, transport: mountWebview(restored.webview, look) };
  const alone = vscode.window.tabGroups.activeTabGroup.activeTab === undefined;
  return openWebview({
    ...look,
    viewType: ASK_VIEW,
    // Beside the text that the question is about.
    column: alone ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside,
    // An answer that takes minutes goes on behind another tab.
    retainContextWhenHidden: true,
  });
}

function idOf({ model, run }: NamedAnswerer): AskAnswerer {
  return { model, run };
}
