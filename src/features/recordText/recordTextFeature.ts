import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import type { Domain } from '../../project/domain';
import { UserError } from '../../protocol/errors';
import { DATASET_EDITOR } from '../datasetEditor/datasetEditorProvider';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';
import type { EditorDocument } from '../datasetEditor/editorDocument';
import type { FindingsService } from '../findings/findingsService';
import type { PreviewService } from '../preview/previewService';
import { showError } from '../showError';
import { asUri } from '../uri';
import { Answers } from './answers';
import { CitationHovers } from './citationHovers';
import type { RecordCompletion } from './recordCompletion';
import { RecordDiagnostics } from './recordDiagnostics';
import { RecordFileSystem } from './recordFileSystem';
import { RecordOutline } from './recordOutline';
import { RecordQuickFixes } from './recordQuickFixes';
import { RecordSource } from './recordSource';
import { RECORD_LANGUAGE, RECORD_SCHEME, recordAddress } from './recordUri';

const COMPLETION_TRIGGERS = [':', ' ', '-', '#', '\n'];

export interface RecordTextOptions {
  readonly editors: DatasetEditorProvider;
  readonly findings: FindingsService;
  readonly domainOf: (file: string) => Promise<Domain | undefined>;
  readonly authorOf: (file: string) => Promise<string | undefined>;
  readonly preview: PreviewService;
  readonly output: vscode.LogOutputChannel;
}

/** A record as a text of its own, in an ordinary editor of VS Code, and back. */
export class RecordTextFeature {
  private readonly source: RecordSource;

  constructor(private readonly options: RecordTextOptions) {
    this.source = new RecordSource(options.editors, options.authorOf);
  }

  register(): vscode.Disposable {
    const { editors, domainOf, findings, preview, output } = this.options;
    const selector: vscode.DocumentSelector = { scheme: RECORD_SCHEME };
    const outline = new RecordOutline();
    let loading: Promise<RecordCompletion> | undefined;
    const completion = (): Promise<RecordCompletion> =>
      (loading ??= import('./recordCompletion').then(
        (loaded) => new loaded.RecordCompletion({ domainOf, editors }),
      ));
    return vscode.Disposable.from(
      this.source,
      vscode.workspace.registerFileSystemProvider(RECORD_SCHEME, new RecordFileSystem(this.source), {
        isCaseSensitive: true,
      }),
      new RecordDiagnostics(this.source, findings, output).register(),
      new RecordQuickFixes(this.source, findings).register(),
      new CitationHovers().register(),
      new Answers({ source: this.source, preview, output }).register(),
      vscode.languages.registerDocumentSymbolProvider(selector, outline, { label: 'Afina' }),
      vscode.languages.registerFoldingRangeProvider(selector, outline),
      vscode.languages.registerCompletionItemProvider(
        selector,
        { provideCompletionItems: async (...args) => (await completion()).provideCompletionItems(...args) },
        ...COMPLETION_TRIGGERS,
      ),
      vscode.workspace.onDidOpenTextDocument(setLanguage),
      vscode.commands.registerCommand(
        'afina.ignoreRuleInRecord',
        async (target?: unknown, rule?: unknown) => {
          const uri = asUri(target);
          if (uri?.scheme !== RECORD_SCHEME || typeof rule !== 'string') return;
          try {
            const { ignoreRule } = await import('../../checks/applyFix');
            await this.source.changeLine(uri, (line) => ignoreRule(line, rule), t('Ignore {0}', rule));
          } catch (error) {
            await showError(error, { output });
          }
        },
      ),
      vscode.commands.registerCommand('afina.openRecordInDataset', async (target?: unknown) => {
        const uri = asUri(target) ?? vscode.window.activeTextEditor?.document.uri;
        try {
          if (uri?.scheme === RECORD_SCHEME) await this.openInDataset(uri);
        } catch (error) {
          await showError(error, { output });
        }
      }),
    );
  }

  /** Opens a record of an open dataset. Throws UserError where it cannot be shown as text. */
  async open(document: EditorDocument, key: RowKey): Promise<void> {
    if (document.readOnly) {
      throw new UserError(
        'read-only',
        t('This version of the dataset can be read but not edited. Open the file itself to edit it.'),
      );
    }
    const row = await document.row(key);
    if (row === undefined) return;
    if (row.text === null) throw new UserError('record/no-text', row.problem ?? '');
    const [{ writeRecordDocument }, { idOfLine }] = await Promise.all([
      import('../../dataset/recordDocument'),
      import('../../dataset/findRow'),
    ]);
    writeRecordDocument(row.text);
    const uri = this.source.bind(document, row, idOfLine(row.text));
    await vscode.window.showTextDocument(uri, { preview: false });
  }

  private async openInDataset(uri: vscode.Uri): Promise<void> {
    const file = recordAddress(uri)?.file;
    if (file === undefined) return;
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), DATASET_EDITOR);
    const key = await this.source.keyOf(uri);
    if (key !== undefined) this.options.editors.showRecord(file, key);
  }
}

/** The manifest knows the language by the `.jsonl` in the path; a dataset may be called otherwise. */
async function setLanguage(document: vscode.TextDocument): Promise<void> {
  if (document.uri.scheme !== RECORD_SCHEME || document.languageId !== 'plaintext') return;
  await vscode.languages.setTextDocumentLanguage(document, RECORD_LANGUAGE);
}
