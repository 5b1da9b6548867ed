import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { CancelledError, UserError } from '../protocol/errors';
import type { BaseFile } from './baseFile';
import type { Content } from './content';
import type { Snapshot } from './documentWriter';
import type { EditHistory } from './documentEdits';
import type { RowKey } from './documentTypes';
import { RowOrder } from './rowOrder';
import type { Run } from './rowOrder';

const count = z.int().check(z.nonnegative());
/** Text, or bytes in base64 where they are no text. */
const contentSchema = z.union([
  z.object({ text: z.string() }),
  z.object({ bytes: z.string(), length: count }),
]);
const backupSchema = z.object({
  version: z.literal(1),
  base: z.object({ size: count, mtimeMs: z.number(), records: count }),
  /** The rows in order: `[first record, how many]` of the file, or a row that is not in it. */
  rows: z.array(z.union([z.tuple([count, count]), contentSchema])),
  /** Records with another text. `was`: sha256 of the line in the file. */
  edited: z.array(z.object({ record: count, was: z.string(), content: contentSchema })),
});
type Backup = z.infer<typeof backupSchema>;
type SavedContent = z.infer<typeof contentSchema>;

/** The edits of a snapshot as JSON, with what tells whether they still fit the file. */
export async function backupText(snapshot: Snapshot, signal?: AbortSignal): Promise<string> {
  const { base, order, overlay } = snapshot;
  const rows: Backup['rows'] = [];
  for (const run of order.runs) {
    const end = run.key + run.count;
    for (let key = run.key; key < end;) {
      const extent = Math.min(end - key, base.order.extent(key));
      if (extent > 0) rows.push([base.recordOf(key), extent]);
      else rows.push(await pack(snapshot, overlay.get(key)));
      key += Math.max(1, extent);
    }
  }
  const edited: Backup['edited'] = [];
  for (const [key, content] of overlay) {
    if (signal?.aborted === true) throw new CancelledError();
    const record = base.recordOf(key);
    if (record < 0 || order.indexOf(key) < 0) continue;
    edited.push({
      record,
      was: sha256(await base.read(base.content(record))),
      content: await pack(snapshot, content),
    });
  }
  const { size, mtimeMs, recordCount: records } = base.index;
  return JSON.stringify({ version: 1, base: { size, mtimeMs, records }, rows, edited } satisfies Backup);
}

/**
 * Makes the edits of a backup again. When the file has changed since, each edit is made on the line it was made on,
 * wherever that is now; one whose line is gone becomes a new record; deletions and moves are not repeated. Returns
 * whether that was so. Throws UserError `backup-unusable`.
 */
export async function restoreBackup(
  backupFile: string,
  base: BaseFile,
  edits: EditHistory,
  signal?: AbortSignal,
): Promise<boolean> {
  const backup = await readBackup(backupFile);
  const { size, mtimeMs, recordCount } = base.index;
  const same =
    backup.base.size === size && backup.base.mtimeMs === mtimeMs && backup.base.records === recordCount;
  if (same && fits(backup, recordCount) && (await editedLinesMatch(backup, base))) {
    restoreExactly(backup, edits);
    return false;
  }
  const found = await findLines(base, new Set(backup.edited.map(({ was }) => was)), signal);
  const orphans: { at: number; content: Content }[] = [];
  for (const { record, was, content } of backup.edited) {
    const places = found.get(was);
    const place = places?.includes(record) === true ? record : places?.[0];
    if (place === undefined) orphans.push({ at: record + 1, content: unpack(content) });
    else edits.overlay.set(place, unpack(content));
  }
  let at = 0;
  for (const row of backup.rows) {
    if (Array.isArray(row)) at = row[0] + row[1];
    else orphans.push({ at, content: unpack(row) });
  }
  // From the end on, so that what was put in does not move the places still to come.
  const sorted = orphans.map((orphan, order) => ({ ...orphan, order }));
  sorted.sort((a, b) => b.at - a.at || b.order - a.order);
  for (const orphan of sorted) edits.restoreRow(orphan.at, orphan.content);
  return true;
}

async function readBackup(file: string): Promise<Backup> {
  try {
    return backupSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new UserError(
      'backup-unusable',
      t('The unsaved edits in {0} cannot be read. Remove that file to open the dataset without them.', file),
      { place: { file } },
      { cause: error },
    );
  }
}

/** Whether every record is named once at most and exists. */
function fits(backup: Backup, records: number): boolean {
  const seen = RowOrder.of(recordRuns(backup)).without(RowOrder.of([{ key: 0, count: records }]));
  const named = backup.rows.reduce((sum, row) => sum + (Array.isArray(row) ? row[1] : 0), 0);
  const distinct = records - missing(backup, records);
  return seen.length === 0 && named === distinct && backup.edited.every(({ record }) => record < records);
}

function missing(backup: Backup, records: number): number {
  const gone = RowOrder.of([{ key: 0, count: records }]).without(RowOrder.of(recordRuns(backup)));
  return gone.reduce((sum, run) => sum + run.count, 0);
}

function recordRuns(backup: Backup): Run[] {
  return backup.rows.flatMap((row) => (Array.isArray(row) ? [{ key: row[0], count: row[1] }] : []));
}

async function editedLinesMatch(backup: Backup, base: BaseFile): Promise<boolean> {
  for (const { record, was } of backup.edited) {
    if (sha256(await base.read(base.content(record))) !== was) return false;
  }
  return true;
}

/** Keys of a document just opened are its record numbers. */
function restoreExactly(backup: Backup, edits: EditHistory): void {
  const runs: Run[] = [];
  for (const row of backup.rows) {
    if (Array.isArray(row)) {
      runs.push({ key: row[0], count: row[1] });
    } else {
      const key: RowKey = edits.nextKey++;
      edits.overlay.set(key, unpack(row));
      runs.push({ key, count: 1 });
    }
  }
  edits.order = RowOrder.of(runs);
  for (const { record, content } of backup.edited) edits.overlay.set(record, unpack(content));
}

/** Records whose line has one of the hashes. */
async function findLines(
  base: BaseFile,
  wanted: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  if (wanted.size === 0) return found;
  for (let record = 0; record < base.index.recordCount; record++) {
    if (signal?.aborted === true) throw new CancelledError();
    const hash = sha256(await base.read(base.content(record)));
    if (wanted.has(hash)) found.set(hash, [...(found.get(hash) ?? []), record]);
  }
  return found;
}

async function pack({ vault }: Snapshot, content: Content | undefined): Promise<SavedContent> {
  if (content === undefined) throw new Error('a row without content');
  if (content.kind === 'text') return { text: content.text };
  return { bytes: (await vault.read(content)).toString('base64'), length: content.contentLength };
}

function unpack(content: SavedContent): Content {
  if ('text' in content) return { kind: 'text', text: content.text };
  return { kind: 'kept', bytes: Buffer.from(content.bytes, 'base64'), contentLength: content.length };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
