import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { RowKey } from '../../dataset/document';
import type { EditorDocument } from './editorDocument';

const SCHEME = 'afina-line';

interface OpenLine {
  readonly document: EditorDocument;
  readonly key: RowKey;
  /** When its text was seen to change last, in milliseconds. */
  mtime: number;
  size: number;
}

/**
 * Single lines of datasets as files of VS Code's text editor, which takes lines of ten megabytes without freezing. What
 * is no UTF-8 is shown with replacement characters. The line stays as it is, byte for byte, until its text is saved;
 * that is an edit of the dataset, which can be undone.
 */
export class LineFiles implements vscode.FileSystemProvider {
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly lines = new Map<string, OpenLine>();
  private readonly numbers = new Map<EditorDocument, number>();
  readonly onDidChangeFile = this.changes.event;

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      this.changes,
      vscode.workspace.registerFileSystemProvider(SCHEME, this, { isCaseSensitive: true }),
    );
  }

  /** Lines of a document follow its edits, and are gone with it. */
  follow(document: EditorDocument): vscode.Disposable {
    this.numbers.set(document, this.numbers.size + 1);
    const changed = (type: vscode.FileChangeType, keys?: ReadonlySet<RowKey>): void => {
      const events: vscode.FileChangeEvent[] = [];
      for (const [place, line] of this.lines) {
        if (line.document !== document || keys?.has(line.key) === false) continue;
        line.mtime = Date.now();
        events.push({ type, uri: vscode.Uri.parse(place, true) });
        if (type === vscode.FileChangeType.Deleted) this.lines.delete(place);
      }
      if (events.length > 0) this.changes.fire(events);
    };
    return vscode.Disposable.from(
      document.onDidChange(({ all, keys }) =>
        changed(vscode.FileChangeType.Changed, all ? undefined : new Set(keys)),
      ),
      {
        dispose: () => {
          changed(vscode.FileChangeType.Deleted);
          this.numbers.delete(document);
        },
      },
    );
  }

  /** Opens a row's line beside the dataset. */
  async open(document: EditorDocument, key: RowKey): Promise<void> {
    const index = document.data.indexOf(key);
    const bytes = await document.data.readBytes(key);
    if (index < 0 || bytes === undefined) return;
    const name = `${path.basename(document.uri.path, '.jsonl')} ${(document.data.lineOf(key) ?? index + 1).toString()}.txt`;
    const folder = `/${(this.numbers.get(document) ?? 0).toString()}.${key.toString()}`;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `${folder}/${name}` });
    this.lines.set(uri.toString(), { document, key, mtime: Date.now(), size: bytes.length });
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): vscode.FileStat {
    const { document, mtime, size } = this.line(uri);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime,
      size,
      ...(document.readOnly ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const line = this.line(uri);
    const bytes = await line.document.data.readBytes(line.key);
    if (bytes === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    // Decoded here, so that VS Code neither guesses another encoding nor takes it for binary.
    const text = Buffer.from(bytes.toString('utf8').replaceAll('\0', '\u2400'), 'utf8');
    line.size = text.length;
    return text;
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const line = this.line(uri);
    const text = Buffer.from(content).toString('utf8').trim();
    if (text === '') {
      throw vscode.FileSystemError.NoPermissions(
        t('A record cannot be blank. Delete it in the dataset editor instead.'),
      );
    }
    if (!(await line.document.replaceLine(line.key, text))) throw vscode.FileSystemError.FileNotFound(uri);
    line.size = content.length;
    line.mtime = Date.now();
  }

  readDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  private line(uri: vscode.Uri): OpenLine {
    const line = this.lines.get(uri.toString());
    if (line === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return line;
  }
}
