import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import { UserError } from '../../protocol/errors';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';
import type { EditorDocument } from '../datasetEditor/editorDocument';
import type { ProjectService } from '../project/projectService';
import { RECORD_SCHEME, recordAddress } from '../recordText/recordUri';
import { showError } from '../showError';
import { asUri } from '../uri';
import type { PromptPanel, PromptPanelOptions } from './promptPanel';
import type { PromptSubject } from './promptSubject';

export interface ShowPromptOptions extends PromptPanelOptions {
  readonly projects: ProjectService;
  readonly editors: DatasetEditorProvider;
}

/** The command *Show Prompt*: of the record in the dataset editor in front, or of the record that is open as text. */
export class ShowPrompt {
  private panel: PromptPanel | undefined;

  constructor(private readonly options: ShowPromptOptions) {}

  register(): vscode.Disposable {
    return vscode.commands.registerCommand('afina.showPrompt', async (target?: unknown) => {
      const uri = asUri(target) ?? vscode.window.activeTextEditor?.document.uri;
      if (uri?.scheme === RECORD_SCHEME) await this.ofText(uri);
      else this.options.editors.runInFront('showPrompt');
    });
  }

  /** Of a record of an open dataset, unsaved edits included. */
  async ofRecord(document: EditorDocument, key: RowKey): Promise<void> {
    await this.open(async () => {
      const text = (await document.row(key))?.text;
      if (typeof text !== 'string')
        throw new UserError('record/gone', t('This record is no longer in the dataset.'));
      return this.subjectOf(document.uri.fsPath, text);
    });
  }

  private async ofText(uri: vscode.Uri): Promise<void> {
    await this.open(async () => {
      const address = recordAddress(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      const { readRecordDocument } = await import('../../dataset/recordDocument');
      const { turns } = readRecordDocument(document.getText());
      return {
        project: this.projectOf(address?.file ?? uri.fsPath),
        id: address?.id ?? '',
        messages: turns.map(({ role, content }) => ({ role, content })),
      };
    });
  }

  private async subjectOf(file: string, text: string): Promise<PromptSubject> {
    const [{ parseRecordText }, { conversationOf }] = await Promise.all([
      import('../../dataset/recordText'),
      import('../../dataset/shapes/read'),
    ]);
    const { record, error } = parseRecordText(text);
    if (record === undefined) throw new UserError('record/broken', error?.message ?? '');
    return {
      project: this.projectOf(file),
      id: record.id,
      messages: record.shaped === undefined ? record.messages : conversationOf(record.shaped.turns),
    };
  }

  private projectOf(file: string): PromptSubject['project'] {
    const project = this.options.projects.projectOf(file);
    if (project === undefined)
      throw new UserError('project/missing', t('The preview needs a project: a folder with an afina.yaml.'));
    return project;
  }

  private async open(subject: () => Promise<PromptSubject>): Promise<void> {
    try {
      if (this.panel === undefined) {
        const { PromptPanel: Loaded } = await import('./promptPanel');
        const panel = new Loaded(this.options);
        panel.onDidDispose(() => (this.panel = undefined));
        this.panel = panel;
      }
      await this.panel.show(subject);
    } catch (error) {
      void showError(error, { output: this.options.output });
    }
  }
}
