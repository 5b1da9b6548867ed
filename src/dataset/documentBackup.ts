import { readFile } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { CancelledError, UserError } from '../protocol/errors';
import type { BaseFile } from './baseFile';
import type { Content } from './content';
import type { Snapshot } from './documentWriter';
import type { EditHistory } from './documentEdits';
import type { ConflictKind, RowKey } from './documentTypes';
import { idOfLine } from './lineId';
import type { LineVault } from './lineVault';
import { lineHash, linesOf } from './originals';
import type { Original } from './originals';
import { rebase } from './rebase';
import type { EditState } from './rebase';
import { RowOrder } from './rowOrder';
import type { Run } from './rowOrder';

const count = z.int().check(z.nonnegative());
/** Text, or bytes in base64 where they are no text. */
const contentSchema = z.union([
  z.object({ text: z.string() }),
  z.object({ bytes: z.string(), length: count }),
]);
/** What finds a record again when the file has changed. `was`: sha256 of its line; `size`: bytes of it. */
const lineSchema = { record: count, was: z.string(), id: z.optional(z.string()), size: z.optional(count) };
const backupSchema = z.object({
  version: z.literal(1),
  base: z.object({ size: count, mtimeMs: z.number(), records: count }),
  /** The rows in order: `[first record, how many]` of the file, or a row that is not in it. */
  rows: z.array(z.union([z.tuple([count, count]), contentSchema])),
  /** Records with another text. */
  edited: z.array(z.object({ ...lineSchema, content: contentSchema })),
  /** Other records that the edits depend on: those deleted, moved, or with new rows behind them. */
  touched: z.optional(z.array(z.object(lineSchema))),
  moved: z.optional(z.array(count)),
  /** By the row's place in the list. */
  conflicts: z.optional(
    z.array(z.object({ row: count, kind: z.enum(['bothChanged', 'removedThere', 'removedHere']) })),
  ),
});
type Backup = z.infer<typeof backupSchema>;
type SavedContent = z.infer<typeof contentSchema>;

export interface BackupParts {
  readonly snapshot: Snapshot;
  readonly originals: ReadonlyMap<RowKey, Original>;
  readonly moved: ReadonlySet<RowKey>;
  readonly conflicts: ReadonlyMap<RowKey, ConflictKind>;
}

/** The edits as JSON, with what tells whether they still fit the file and what finds their records if not. */
export async function backupText(parts: BackupParts, signal?: AbortSignal): Promise<string> {
  const { snapshot, originals } = parts;
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
  const line = (key: RowKey, record: number): z.infer<z.ZodMiniObject<typeof lineSchema>> => {
    const original = originals.get(key);
    return {
      record,
      was: original?.hash ?? '',
      ...(original?.id === undefined ? {} : { id: original.id }),
      ...(original?.length === undefined ? {} : { size: original.length }),
    };
  };
  const edited: Backup['edited'] = [];
  for (const [key, content] of overlay) {
    if (signal?.aborted === true) throw new CancelledError();
    const record = base.recordOf(key);
    if (record < 0 || order.indexOf(key) < 0) continue;
    edited.push({ ...line(key, record), content: await pack(snapshot, content) });
  }
  const touched = [];
  for (const key of originals.keys()) {
    const record = base.recordOf(key);
    if (record < 0 || (overlay.has(key) && order.indexOf(key) >= 0)) continue;
    touched.push(line(key, record));
  }
  const moved = [...parts.moved].map((key) => base.recordOf(key)).filter((record) => record >= 0);
  const conflicts = [...parts.conflicts].map(([key, kind]) => ({ row: order.indexOf(key), kind }));
  const { size, mtimeMs, recordCount: records } = base.index;
  return JSON.stringify({
    version: 1,
    base: { size, mtimeMs, records },
    rows,
    edited,
    touched,
    moved,
    conflicts: conflicts.filter(({ row }) => row >= 0),
  } satisfies Backup);
}

export interface RestoreTarget {
  readonly base: BaseFile;
  readonly edits: EditHistory;
  readonly vault: LineVault;
  readonly signal?: AbortSignal | undefined;
}

export interface Restored {
  /** The file has changed since: each edit was made on its record, wherever that is now, or on none. */
  readonly onChangedFile: boolean;
  readonly conflicts: ReadonlyMap<RowKey, ConflictKind>;
}

/** Makes the edits of a backup again. Throws UserError `backup-unusable`. */
export async function restoreBackup(backupFile: string, target: RestoreTarget): Promise<Restored> {
  const { base, edits, vault, signal } = target;
  const backup = await readBackup(backupFile);
  const { size, mtimeMs, recordCount } = base.index;
  const state = stateOf(backup);
  const touched = [...state.originals.keys()];
  const same =
    backup.base.size === size && backup.base.mtimeMs === mtimeMs && backup.base.records === recordCount;
  if (same && fits(backup, recordCount) && (await editedLinesMatch(backup, base))) {
    edits.restored({ ...state, fileOrder: base.order, touched });
    return { onChangedFile: false, conflicts: state.conflicts };
  }
  const result = await rebase(state, base, vault, signal);
  base.rekey(result.fileOrder);
  edits.restored({ ...state, touched });
  edits.rebased(result);
  return { onChangedFile: true, conflicts: result.conflicts };
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

/** The document as it was: its keys are the record numbers. */
function stateOf(backup: Backup): EditState {
  const { records } = backup.base;
  const overlay = new Map<RowKey, Content>();
  const originals = new Map<RowKey, Original>();
  const runs: Run[] = [];
  let nextKey = records;
  for (const row of backup.rows) {
    if (Array.isArray(row)) {
      runs.push({ key: row[0], count: row[1] });
    } else {
      const key: RowKey = nextKey++;
      overlay.set(key, unpack(row));
      runs.push({ key, count: 1 });
    }
  }
  for (const { record, was, id, size } of [...backup.edited, ...(backup.touched ?? [])]) {
    originals.set(record, { hash: was, id, length: size, content: undefined });
  }
  for (const { record, content } of backup.edited) {
    const unpacked = unpack(content);
    overlay.set(record, unpacked);
    // Its line is not known: what was edited has most likely the id that it had.
    const original = originals.get(record);
    const unknown = backup.touched === undefined || original?.hash === '';
    if (original !== undefined && unknown && unpacked.kind === 'text') {
      originals.set(record, { ...original, id: idOfLine(Buffer.from(unpacked.text)) });
    }
  }
  const order = RowOrder.of(runs);
  const conflicts = new Map<RowKey, ConflictKind>();
  for (const { row, kind } of backup.conflicts ?? []) {
    if (row < order.length) conflicts.set(order.keyAt(row), kind);
  }
  return {
    fileOrder: RowOrder.of([{ key: 0, count: records }]),
    order,
    overlay,
    moved: new Set(backup.moved),
    vanished: new Set(),
    originals,
    conflicts,
    nextKey,
  };
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
  const edited = [...backup.edited].sort((a, b) => a.record - b.record);
  let at = 0;
  for await (const lines of linesOf(
    base,
    edited.map(({ record }) => record),
  )) {
    for (const { piece, contentLength } of lines) {
      if (lineHash(piece.subarray(0, contentLength)) !== edited[at++]?.was) return false;
    }
  }
  return true;
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
