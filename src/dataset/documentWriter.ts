import { replaceFile } from './atomicWrite';
import type { ByteSink } from './atomicWrite';
import type { BaseFile, Stretch } from './baseFile';
import type { Content } from './content';
import type { RowKey } from './documentTypes';
import type { LineVault } from './lineVault';
import type { RowOrder } from './rowOrder';

const LF = 10;
const COPY = 1024 * 1024;

/** A document's state at one moment. */
export interface Snapshot {
  readonly base: BaseFile;
  readonly order: RowOrder;
  readonly overlay: ReadonlyMap<RowKey, Content>;
  readonly vault: LineVault;
}

/** The state of some rows only: copying a hundred thousand edits for each page takes longer than reading it. */
export function snapshotOf(
  base: BaseFile,
  { order, overlay }: { readonly order: RowOrder; readonly overlay: ReadonlyMap<RowKey, Content> },
  vault: LineVault,
  from: number,
  count: number,
): Snapshot {
  const some = new Map<RowKey, Content>();
  for (const run of order.slice(from, count)) {
    for (let key = run.key; key < run.key + run.count; key++) {
      const content = overlay.get(key);
      if (content !== undefined) some.set(key, content);
    }
  }
  return { base, order, overlay: some, vault };
}

/** Puts the document in `file`'s place; `check` sees it under its temporary name before that. */
export async function writeSnapshot(
  snapshot: Snapshot,
  file: string,
  signal: AbortSignal | undefined,
  check: (temporary: string) => Promise<void>,
): Promise<void> {
  await snapshot.base.verify(signal);
  await replaceFile(file, (sink) => writeRows(snapshot, sink), {
    signal,
    beforeRename: async (temporary) => {
      // Once more: what was copied may have been rewritten meanwhile.
      await snapshot.base.verify(signal);
      await check(temporary);
    },
  });
}

/**
 * Writes the document: untouched records as the bytes they are, in as few copies as there are gaps between edits;
 * edited ones with their own line's end; new ones with the file's. Line ends are only ever added where a line
 * without one gets a successor. A file without a final line end gets none unless its last record was moved.
 */
async function writeRows(snapshot: Snapshot, sink: ByteSink): Promise<void> {
  const { base, order, overlay, vault } = snapshot;
  const eol = Buffer.from(base.index.eol);
  const buffer = Buffer.allocUnsafe(COPY);
  const overlaid = [...overlay.keys()].sort((a, b) => a - b);
  const headLength = base.index.bom ? 3 : 0;

  const endLine = async (): Promise<void> => {
    if (sink.length > headLength && sink.lastByte !== LF) await sink.write(eol);
  };
  const copy = async (stretch: Stretch): Promise<void> => {
    for await (const piece of base.pieces(stretch, buffer)) await sink.write(piece);
  };
  const writeOne = async (key: RowKey, content: Content): Promise<void> => {
    const record = base.recordOf(key);
    if (content.kind === 'text') {
      await sink.write(Buffer.from(content.text, 'utf8'));
      if (record >= 0) await copy({ start: base.content(record).end, end: base.piece(record).end });
      return;
    }
    const bytes = await vault.read(content);
    if (record < 0) {
      await sink.write(bytes);
      return;
    }
    await sink.write(bytes.subarray(0, content.contentLength));
    await copy({ start: base.content(record).end, end: base.piece(record).end });
  };

  await copy(base.head());
  for (const run of order.runs) {
    const end = run.key + run.count;
    for (let key = run.key; key < end;) {
      await endLine();
      const content = overlay.get(key);
      if (content !== undefined) {
        await writeOne(key, content);
        key++;
        continue;
      }
      const record = base.recordOf(key);
      if (record < 0) throw new Error(`row ${key} has no content`);
      const nextOverlaid = overlaid[firstAbove(overlaid, key)] ?? Infinity;
      const count = Math.min(end - key, base.order.extent(key), nextOverlaid - key);
      await copy({ start: base.piece(record).start, end: base.piece(record + count - 1).end });
      key += count;
    }
  }
  if (base.index.endsWithNewline) await endLine();
}

/** Position of the first value above `limit` in ascending `values`. */
function firstAbove(values: readonly number[], limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
