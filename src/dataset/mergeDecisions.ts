import { readFile, rm } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { writeFileAtomic } from './atomicWrite';
import { DatasetDocument } from './document';
import type { Change, RowKey } from './document';
import { conflictsFile } from './mergeFiles';
import type { RecordConflict } from './mergeFiles';
import { takeField } from './mergeRecord';
import { isObject } from './record';
import { afterEdit } from './reviewText';

export type ConflictSide = 'mine' | 'theirs';

/** The conflicts that a merge of `dataset` left, none when there are none. Throws UserError `merge/unreadable`. */
export async function readConflicts(dataset: string): Promise<RecordConflict[]> {
  const file = conflictsFile(dataset);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, at) => {
      const conflict = parsed(line);
      if (isConflict(conflict)) return conflict;
      throw new UserError(
        'merge/unreadable',
        t('{0} is not what a merge wrote. Remove it, and merge again.', file),
        { place: { file, line: at + 1 } },
      );
    });
}

export async function writeConflicts(dataset: string, conflicts: readonly RecordConflict[]): Promise<void> {
  const file = conflictsFile(dataset);
  if (conflicts.length === 0) await rm(file, { force: true });
  else await writeFileAtomic(file, conflicts.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

/**
 * Writes decisions into the dataset and keeps the conflicts that are not decided in all their fields. A record that is
 * gone meanwhile needs no decision.
 */
export async function decideConflicts(
  dataset: string,
  choices: readonly (readonly (ConflictSide | null)[])[],
): Promise<readonly RecordConflict[]> {
  const conflicts = await readConflicts(dataset);
  const decided = (at: number): boolean => {
    const fields = Math.max(1, conflicts[at]?.fields.length ?? 1);
    const chosen = choices[at] ?? [];
    return chosen.length === fields && chosen.every((side) => side !== null);
  };
  const left = conflicts.filter((_, at) => !decided(at));
  const document = await DatasetDocument.open(dataset);
  try {
    const rows = await rowsOf(document, conflicts);
    const changes = conflicts.flatMap((conflict, at): Change[] => {
      const row = rows.get(conflict);
      return row === undefined || !decided(at) ? [] : changesOf(conflict, choices[at] ?? [], row);
    });
    if (changes.length > 0) {
      document.apply({ label: t('Decide conflicts'), changes });
      await document.save();
    }
  } finally {
    await document.dispose();
  }
  await writeConflicts(dataset, left);
  return left;
}

interface Found {
  readonly key: RowKey;
  readonly text: string;
}

function changesOf(
  conflict: RecordConflict,
  choices: readonly (ConflictSide | null)[],
  { key, text }: Found,
): Change[] {
  const { kind, fields, theirs } = conflict;
  if (kind !== 'changed') {
    const gone = choices[0] === (kind === 'deletedByOurs' ? 'mine' : 'theirs');
    return gone ? [{ kind: 'delete', keys: [key] }] : [];
  }
  let result = text;
  for (const [at, { path }] of fields.entries()) {
    if (choices[at] === 'theirs' && theirs !== null) result = takeField(result, theirs, path);
  }
  const checked = afterEdit(text, result, '', new Date().toISOString());
  return checked === text ? [] : [{ kind: 'replace', key, text: checked }];
}

/** Records by their id; those without one by their line. */
async function rowsOf(
  document: DatasetDocument,
  conflicts: readonly RecordConflict[],
): Promise<ReadonlyMap<RecordConflict, Found>> {
  const byId = new Map(conflicts.filter(({ id }) => id !== '').map((each) => [each.id, each]));
  const found = new Map<RecordConflict, Found>();
  const PAGE = 1000;
  for (let from = 0; from < document.count && byId.size > 0; from += PAGE) {
    for (const { key, text } of await document.read(from, PAGE)) {
      if (text === null) continue;
      const raw = text.includes('"id"') ? parsed(text) : undefined;
      const conflict = isObject(raw) && typeof raw.id === 'string' ? byId.get(raw.id) : undefined;
      if (conflict !== undefined && !found.has(conflict)) found.set(conflict, { key, text });
    }
  }
  for (const conflict of conflicts) {
    const key = conflict.id === '' ? document.keyOfLine(conflict.line) : undefined;
    const row = key === undefined ? undefined : (await document.read(document.indexOf(key), 1))[0];
    if (row?.text !== undefined && row.text !== null) found.set(conflict, { key: row.key, text: row.text });
  }
  return found;
}

function isConflict(value: unknown): value is RecordConflict {
  if (!isObject(value)) return false;
  const { id, line, kind, fields, ours, theirs } = value;
  const text = (side: unknown): boolean => side === null || typeof side === 'string';
  return (
    typeof id === 'string' &&
    typeof line === 'number' &&
    (kind === 'changed' || kind === 'deletedByOurs' || kind === 'deletedByTheirs') &&
    Array.isArray(fields) &&
    fields.every((field) => isObject(field) && Array.isArray(field.path)) &&
    text(ours) &&
    text(theirs)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
