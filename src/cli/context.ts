import path from 'node:path';
import { t } from '@vscode/l10n';
import { TransportPool } from '../cluster/clusters';
import { RunStore } from '../jobs/runStore';
import { environmentLanguage, languageBundle, loadLanguage } from '../project/language';
import { findProject, loadProject } from '../project/project';
import type { Project } from '../project/project';
import { CancelledError, UserError } from '../protocol/errors';
import { makeFormat } from '../protocol/format';
import { RuntimeClient } from '../runtime/client';

/** Exit codes, the same for every command. `check` also ends with `found` when a record has an error. */
export const EXIT = { ok: 0, found: 1, unusable: 2, cancelled: 130 } as const;

export interface Output {
  readonly json: boolean;
  /** The result for people; silent with --json. */
  line(text: string): void;
  /** The one JSON document of --json. */
  document(value: unknown): void;
  /** Progress, always on stderr; replaces itself on a terminal. */
  progress(text: string): void;
}

export function makeOutput(json: boolean): Output {
  const terminal = process.stderr.isTTY;
  let pending = false;
  let shown = '';
  return {
    json,
    line(text) {
      if (json) return;
      if (pending) process.stderr.write('\n');
      pending = false;
      process.stdout.write(`${text}\n`);
    },
    document(value) {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    progress(text) {
      // In a log, the same line again says nothing new.
      if (text === shown && !terminal) return;
      shown = text;
      process.stderr.write(terminal ? `\r\u001b[2K   ${text}` : `   ${text}\n`);
      pending = terminal;
    },
  };
}

/** This package's folder: the command runs from its dist/. */
const root = path.join(__dirname, '..');
const l10nFolder = path.join(root, 'media', 'l10n');
export const language = environmentLanguage();
export const strings = loadLanguage(l10nFolder, language);
export const format = makeFormat(language);
export const payload = path.join(__dirname, 'payload');
export const checkWorker = path.join(__dirname, 'checkWorker.js');
export const domainsFolder = path.join(root, 'media', 'domains');

const interrupt = new AbortController();
export const interrupted = interrupt.signal;
process.once('SIGINT', () => interrupt.abort(new CancelledError()));
process.once('SIGTERM', () => interrupt.abort(new CancelledError()));

/** What has to be closed before the process can end by itself. */
const closing: (() => Promise<void> | void)[] = [];

export function atEnd(close: () => Promise<void> | void): void {
  closing.push(close);
}

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export async function projectAt(start: string): Promise<Project> {
  const folder = await findProject(start);
  if (folder === undefined) {
    throw new UserError(
      'project/missing',
      t('There is no afina.yaml in {0} or above it. Run the command inside a project.', path.resolve(start)),
    );
  }
  return loadProject(folder);
}

export function runtime(): RuntimeClient {
  const client = new RuntimeClient({
    script: path.join(__dirname, 'runtimeProcess.mjs'),
    l10nBundle: languageBundle(l10nFolder, language),
  });
  atEnd(() => client.dispose());
  return client;
}

export function jobTools(project: Project): {
  runStore: RunStore;
  transportFor: TransportPool['transportFor'];
} {
  const pool = new TransportPool();
  atEnd(() => pool.close());
  return { runStore: new RunStore(project.root), transportFor: pool.transportFor };
}
