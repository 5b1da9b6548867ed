import * as vscode from 'vscode';
import type { AskCommand } from '../../protocol/ask';
import type { ChatOptions } from '../chat/chatFeature';
import type { DraftRecords } from '../chat/draftRecords';
import { showError } from '../showError';
import type { AskPanel } from './askPanel';

export const ASK_VIEW = 'afina.ask';

export interface AskOptions extends ChatOptions {
  readonly drafts: () => Promise<DraftRecords>;
}

/** *Ask…*: a question to base and tuned together, beside what is being written. One panel for each project. */
export class AskFeature {
  private readonly panels = new Map<string, AskPanel>();

  constructor(private readonly options: AskOptions) {}

  register(): vscode.Disposable {
    const register = vscode.commands.registerCommand;
    const run = (command: AskCommand) => (): void => this.active?.run(command);
    return vscode.Disposable.from(
      register('afina.ask', (text?: unknown) =>
        this.open(typeof text === 'string' ? text : undefined).catch((error: unknown) =>
          showError(error, { output: this.options.output }),
        ),
      ),
      vscode.window.registerWebviewPanelSerializer(ASK_VIEW, {
        deserializeWebviewPanel: (panel, kept: unknown) => this.restore(panel, kept),
      }),
      register('afina.askSend', run('send')),
      register('afina.askStop', run('stop')),
      register('afina.askEdit', run('edit')),
      register('afina.askNew', run('new')),
      register('afina.askNextAnswer', run('nextAnswer')),
      register('afina.askPreviousAnswer', run('previousAnswer')),
      register('afina.askCopy', run('copy')),
      register('afina.askSave', run('save')),
      {
        dispose: () => {
          for (const panel of this.panels.values()) panel.dispose();
        },
      },
    );
  }

  private get active(): AskPanel | undefined {
    return [...this.panels.values()].find(({ active }) => active);
  }

  /** What is selected in the text in front is asked about, unless a text is given. */
  private async open(given: string | undefined): Promise<void> {
    const { projectToAsk } = await import('./projectToAsk');
    const project = await projectToAsk(this.options.projects);
    if (project === undefined) return;
    const editor = vscode.window.activeTextEditor;
    const question = given ?? editor?.document.getText(editor.selection) ?? '';
    const panel = this.panels.get(project.root) ?? (await this.add(project.root));
    panel.show(question);
    this.updateContext();
  }

  private async add(root: string, restored?: vscode.WebviewPanel): Promise<AskPanel> {
    const { AskPanel: Loaded } = await import('./askPanel');
    const panel = new Loaded(root, this.options, () => this.updateContext(), restored);
    this.panels.set(root, panel);
    panel.onDidDispose(() => {
      this.panels.delete(root);
      this.updateContext();
    });
    return panel;
  }

  /** Brings back the panel of a window that was reloaded; the page has kept its conversation. */
  private async restore(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    const { askKept } = await import('../../protocol/ask');
    const { data } = askKept.safeParse(kept);
    // Panels come back before the projects are read.
    await this.options.projects.reload();
    const known = this.options.projects.projects.some(({ root }) => root === data?.root);
    if (data === undefined || !known || this.panels.has(data.root)) panel.dispose();
    else await this.add(data.root, panel);
    this.updateContext();
  }

  private updateContext(): void {
    const { active } = this;
    const set = (key: string, value: boolean): void =>
      void vscode.commands.executeCommand('setContext', `afina.ask.${key}`, value);
    set('focused', active !== undefined);
    set('running', active?.running === true);
  }
}
