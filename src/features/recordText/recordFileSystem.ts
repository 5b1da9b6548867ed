import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { messageOf } from '../../protocol/errors';
import type { RecordSource } from './recordSource';
import { recordAddress } from './recordUri';

const SHOWN_MS = 6000;

/** The records of datasets as documents that VS Code and every other extension can open, edit and save. */
export class RecordFileSystem implements vscode.FileSystemProvider {
  readonly onDidChangeFile: vscode.Event<vscode.FileChangeEvent[]>;

  constructor(private readonly source: RecordSource) {
    this.onDidChangeFile = source.onDidChange;
  }

  watch(): vscode.Disposable {
    // VS Code asks for visible documents only; all that are open are followed anyhow.
    return new vscode.Disposable(() => undefined);
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return told(async () => {
      // What VS Code takes for the folder around a record.
      if (recordAddress(uri) === undefined)
        return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const { text, mtime } = await this.source.read(uri);
      return { type: vscode.FileType.File, ctime: 0, mtime, size: Buffer.byteLength(text) };
    });
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return told(async () => Buffer.from(await this.source.deliver(uri)));
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    return told(async () => {
      const { unsaved, file } = await this.source.write(uri, Buffer.from(content).toString());
      if (!unsaved) return;
      void vscode.window.setStatusBarMessage(
        t('Taken over into {0}, which is not saved yet.', path.basename(file)),
        SHOWN_MS,
      );
    });
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(): never {
    throw refused();
  }

  delete(): never {
    throw refused();
  }

  rename(): never {
    throw refused();
  }
}

function refused(): vscode.FileSystemError {
  return vscode.FileSystemError.NoPermissions(
    t('Records are added, deleted and renamed in the dataset editor, not as files.'),
  );
}

/** Only a FileSystemError keeps its text on the way to whoever sees it. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof vscode.FileSystemError) throw error;
    throw vscode.FileSystemError.Unavailable(messageOf(error));
  }
}
