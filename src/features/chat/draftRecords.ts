import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { appendRecords, lastText } from '../../dataset/appendRecords';
import { draftRecordText } from '../../dataset/draftRecord';
import type { Draft } from '../../dataset/draftRecord';
import { parseRecordText } from '../../dataset/recordText';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { DATASET_EDITOR } from '../datasetEditor/datasetEditorProvider';
import type { DatasetEditorProvider } from '../datasetEditor/datasetEditorProvider';

export interface DraftRecordsOptions {
  readonly editors: DatasetEditorProvider;
  readonly datasetsOf: (project: Project) => Promise<string[]>;
  readonly memory: vscode.Memento;
}

/** Where a draft is. Plain data: a button in the chat carries it. */
const placeSchema = z.object({
  file: z.string().check(z.maxLength(4096)),
  id: z.string().check(z.maxLength(1000)),
  /** In the file, from 1. */
  line: z.optional(z.int().check(z.gte(1))),
  /** In the editor that has it. */
  key: z.optional(z.int()),
});
type DraftPlace = z.infer<typeof placeSchema>;

export interface SavedDraft {
  readonly place: DraftPlace;
  /** An editor has it as an edit that is yet to be saved, as it has the others that are made there. */
  readonly unsaved: boolean;
}

/** Conversations that become draft records at the end of a dataset. */
export class DraftRecords {
  constructor(private readonly options: DraftRecordsOptions) {}

  /** Asks for the dataset where there are several. Undefined when its user goes back. */
  async save(project: Project, draft: Omit<Draft, 'like'>): Promise<SavedDraft | undefined> {
    const file = await this.chooseDataset(project);
    if (file === undefined) return undefined;
    let id = '';
    const textLike = (like: string | undefined): string => {
      const text = draftRecordText({ ...draft, like });
      id = parseRecordText(text).record?.id ?? '';
      return text;
    };
    const { editors } = this.options;
    const open = editors.documentOf(file);
    if (open !== undefined) {
      const key = await open.exclusive(async (apply) => {
        const text = textLike(await lastText(open.data));
        const changes = [{ kind: 'insert', at: open.data.count, texts: [text] } as const];
        return apply({ label: t('Add record'), changes })[0];
      });
      return { place: { file, id, key }, unsaved: true };
    }
    const text = vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.fsPath === file);
    if (text !== undefined) {
      const line = await appendToText(text, textLike);
      return { place: { file, id, line }, unsaved: true };
    }
    const line = await appendRecords(file, (last) => [textLike(last)]);
    return { place: { file, id, line }, unsaved: false };
  }

  /** Where it went, in words. */
  describe({ place, unsaved }: SavedDraft): string {
    const name = vscode.workspace.asRelativePath(place.file);
    return unsaved
      ? t('Added to {0} as a draft. The file is saved when you save it in its editor.', name)
      : t('Saved as a draft in {0}.', name);
  }

  async tell(saved: SavedDraft): Promise<void> {
    const open = t('Show Record');
    const picked = await vscode.window.showInformationMessage(this.describe(saved), open);
    if (picked === open) await this.show(saved.place);
  }

  /** Shows a draft in the editor that has it. */
  async show(target: unknown): Promise<void> {
    const { data: place } = placeSchema.safeParse(target);
    if (place === undefined) return;
    const { file, id, line, key } = place;
    const { editors } = this.options;
    const uri = vscode.Uri.file(file);
    const text = vscode.workspace.textDocuments.find(
      ({ uri: { fsPath }, isDirty }) => isDirty && fsPath === file,
    );
    if (key !== undefined && editors.documentOf(file) !== undefined) {
      await vscode.commands.executeCommand('vscode.openWith', uri, DATASET_EDITOR);
      editors.showRecord(file, key);
    } else if (text !== undefined && line !== undefined) {
      const at = new vscode.Position(line - 1, 0);
      await vscode.window.showTextDocument(text, { selection: new vscode.Range(at, at) });
    } else {
      await editors.show(uri, line ?? 1, id);
    }
  }

  private async chooseDataset(project: Project): Promise<string | undefined> {
    const files = (await this.options.datasetsOf(project)).map((name) => path.join(project.root, name));
    if (files.length <= 1) return files[0] ?? (await newDataset(project));
    const memory = `draftDataset:${project.root}`;
    const last = this.options.memory.get<string>(memory);
    files.sort((a, b) => Number(b === last) - Number(a === last));
    const picked = await vscode.window.showQuickPick(
      files.map((file) => ({
        label: path.basename(file),
        description: path.relative(project.root, path.dirname(file)),
        file,
      })),
      { placeHolder: t('Dataset that gets the new record') },
    );
    if (picked !== undefined) await this.options.memory.update(memory, picked.file);
    return picked?.file;
  }
}

async function newDataset(project: Project): Promise<string | undefined> {
  const uri = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(project.root, 'datasets', 'dataset.jsonl')),
    filters: { JSONL: ['jsonl'] },
    title: t('Dataset that gets the new record'),
  });
  return uri?.fsPath;
}

/** Adds a line to a text with unsaved edits, as one more of them. Gives the line, from 1. */
async function appendToText(
  document: vscode.TextDocument,
  textLike: (like: string | undefined) => string,
): Promise<number> {
  const content = document.getText();
  const like = content.trimEnd().split('\n').at(-1)?.trim();
  const text = textLike(like === '' ? undefined : like);
  const end = document.positionAt(content.length);
  const before = end.character === 0 ? '' : '\n';
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, end, `${before}${text}\n`);
  if (!(await vscode.workspace.applyEdit(edit))) {
    throw new UserError(
      'draft/refused',
      t('{0} could not be changed. Save it and try again.', document.uri.fsPath),
    );
  }
  return end.line + (before === '' ? 1 : 2);
}
