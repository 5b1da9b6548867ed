import { t } from '@vscode/l10n';
import type { Stretch } from './baseFile';
import type { Content, LineText } from './content';
import { shownText, textOfBytes, tooLong } from './content';
import type { Row, RowKey, RowState } from './documentTypes';
import type { Snapshot } from './documentWriter';
import type { Original } from './originals';

/** Bytes that one read takes from the file at most, a single long line apart. */
const READ = 4 * 1024 * 1024;
const LF = 10;
const CR = 13;

interface Wanted {
  readonly key: RowKey;
  readonly index: number;
  readonly record: number;
}

/** Rows `from` … of the snapshot, neighbours in the file read together. */
export async function readRows(snapshot: Snapshot, from: number, count: number): Promise<Row[]> {
  const { base, order, overlay } = snapshot;
  const rows: Row[] = [];
  let group: Wanted[] = [];
  const flush = async (): Promise<void> => {
    if (group.length > 0) rows.push(...(await readGroup(snapshot, group)));
    group = [];
  };
  let index = from;
  for (const run of order.slice(from, count)) {
    for (let key = run.key; key < run.key + run.count; key++, index++) {
      const record = base.recordOf(key);
      const content = overlay.get(key);
      if (content !== undefined) {
        await flush();
        rows.push({ key, index, state: record < 0 ? 'new' : 'edited', ...(await textOf(snapshot, content)) });
        continue;
      }
      const first = group[0];
      const previous = group[group.length - 1];
      const reach = first === undefined ? 0 : base.piece(record).end - base.piece(first.record).start;
      if (previous !== undefined && (previous.record !== record - 1 || reach > READ)) await flush();
      group.push({ key, index, record });
    }
  }
  await flush();
  return rows;
}

async function readGroup(snapshot: Snapshot, group: readonly Wanted[]): Promise<Row[]> {
  const { base } = snapshot;
  const state: RowState = 'saved';
  const stretches = group.map(({ record }) => base.content(record));
  const first = stretches[0];
  const last = group[group.length - 1];
  const only = group[0];
  if (first === undefined || last === undefined || only === undefined) return [];
  const long = tooLong(first.end - first.start);
  if (group.length === 1 && long !== undefined) return [{ key: only.key, index: only.index, state, ...long }];
  const bytes = await base.read({ start: first.start, end: base.piece(last.record).end });
  return group.map(({ key, index }, at) => {
    const start = (stretches[at]?.start ?? 0) - first.start;
    const end = (stretches[at]?.end ?? 0) - first.start;
    const line = bytes.subarray(start, end);
    const mark = bytes[end];
    // The file may be rewritten under us at any time: then a stretch is no line of it any more.
    if (line.includes(LF) || (mark !== undefined && mark !== LF && mark !== CR)) {
      return {
        key,
        index,
        state,
        text: null,
        problem: t('The file is being changed by another program; it is read again in a moment.'),
      };
    }
    return { key, index, state, ...textOfBytes(line) };
  });
}

async function textOf({ vault }: Snapshot, content: Content): Promise<LineText> {
  if (content.kind === 'text') return shownText(content.text);
  return textOfBytes((await vault.read(content)).subarray(0, content.contentLength));
}

/**
 * The lines that saving this snapshot takes out of the file, kept for undo: those of edited rows and of rows that
 * are no longer there.
 */
export async function linesToKeep(
  snapshot: Snapshot,
  originals: ReadonlyMap<RowKey, Original>,
): Promise<Map<RowKey, Content>> {
  const { base, order, overlay, vault } = snapshot;
  const kept = new Map<RowKey, Content>();
  const keep = async (key: RowKey, record: number, count: number): Promise<void> => {
    const known = count === 1 ? originals.get(key)?.content : undefined;
    if (known !== undefined) {
      kept.set(key, known);
      return;
    }
    const stretch: Stretch = { start: base.piece(record).start, end: base.piece(record + count - 1).end };
    const bytes = await base.read(stretch);
    for (let at = 0; at < count; at++) {
      const piece = base.piece(record + at);
      const content = base.content(record + at);
      const part = bytes.subarray(piece.start - stretch.start, piece.end - stretch.start);
      kept.set(key + at, await vault.keep(part, content.end - content.start));
    }
  };
  for (const run of base.order.without(order)) {
    const end = run.key + run.count;
    for (let key = run.key; key < end;) {
      const record = base.recordOf(key);
      const start = base.piece(record).start;
      const most = Math.min(end - key, base.order.extent(key));
      let count = 1;
      while (count < most && base.piece(record + count).end - start <= READ) count++;
      await keep(key, record, count);
      key += count;
    }
  }
  for (const key of overlay.keys()) {
    const record = base.recordOf(key);
    if (record >= 0 && !kept.has(key)) await keep(key, record, 1);
  }
  return kept;
}
