import type { BaseFile } from './baseFile';
import type { Content } from './content';
import type { ConflictKind, RowKey } from './documentTypes';
import { idOfLine } from './lineId';
import type { LineVault } from './lineVault';
import { contentBytes, lineHash, linesOf } from './originals';
import type { Original } from './originals';
import { RowOrder } from './rowOrder';
import type { Run } from './rowOrder';

/** A document's edits, and the file that they were made on as far as its lines are known. */
export interface EditState {
  /** Order of the file's records before. */
  readonly fileOrder: RowOrder;
  readonly order: RowOrder;
  readonly overlay: ReadonlyMap<RowKey, Content>;
  readonly moved: ReadonlySet<RowKey>;
  /** Rows that went because another program took their record out of the file. */
  readonly vanished: ReadonlySet<RowKey>;
  readonly originals: ReadonlyMap<RowKey, Original>;
  readonly conflicts: ReadonlyMap<RowKey, ConflictKind>;
  readonly nextKey: number;
}

/** The same edits on another file. */
export interface Rebased {
  readonly fileOrder: RowOrder;
  readonly order: RowOrder;
  readonly nextKey: number;
  /** Rows that are as in the file now, whatever the overlay has for them. */
  readonly asInFile: readonly RowKey[];
  /** Rows whose line in the file is another one now. */
  readonly changed: readonly RowKey[];
  /** Rows whose line is in the file no more, with that line. */
  readonly gone: ReadonlyMap<RowKey, Content>;
  readonly vanished: ReadonlySet<RowKey>;
  readonly conflicts: ReadonlyMap<RowKey, ConflictKind>;
}

interface Match {
  readonly record: number;
  readonly hash: string;
  /** The line is the one that the edit was made on. */
  readonly same: boolean;
}

/**
 * Makes the edits of `state` on the file that `base` is: each on the record that has the line it was made on, else on
 * the one with that line's id. What both sides changed is a conflict; then the row keeps what was written here. New
 * and moved rows go behind the row that they stood behind.
 */
export async function rebase(
  state: EditState,
  base: BaseFile,
  vault: LineVault,
  signal?: AbortSignal,
): Promise<Rebased> {
  const { order, overlay, originals } = state;
  const matches = await matchRecords(state, base, signal);
  const conflicts = new Map<RowKey, ConflictKind>();
  const vanished = new Set(state.vanished);
  const gone = new Map<RowKey, Content>();
  const asInFile: RowKey[] = [];
  const changed: RowKey[] = [];
  /** Records of the file that are not in the list, or not where the file has them. */
  const hidden = new Set<RowKey>();
  const placed = new Set<RowKey>();
  for (const run of order.without(state.fileOrder)) {
    for (let key = run.key; key < run.key + run.count; key++) if (!matches.has(key)) placed.add(key);
  }
  for (const [key, original] of originals) {
    const match = matches.get(key);
    const here = order.indexOf(key) >= 0;
    const content = overlay.get(key);
    const before = state.conflicts.get(key);
    if (match === undefined) {
      if (original.content !== undefined) gone.set(key, original.content);
      if (!here) continue;
      if (content === undefined) {
        vanished.add(key);
      } else {
        placed.add(key);
        conflicts.set(key, 'removedThere');
      }
      continue;
    }
    if (!match.same) changed.push(key);
    if (here && content !== undefined) {
      if (lineHash(await contentBytes(content, vault)) === match.hash) asInFile.push(key);
      else if (!match.same || before === 'bothChanged') conflicts.set(key, 'bothChanged');
    } else if (here) {
      if (before === 'removedHere') conflicts.set(key, before);
    } else if (vanished.delete(key)) {
      asInFile.push(key);
    } else if (match.same) {
      hidden.add(key);
    } else {
      conflicts.set(key, 'removedHere');
      asInFile.push(key);
    }
  }
  for (const [key, kind] of state.conflicts) {
    // Came out of a backup, which does not keep the line that is gone.
    if (kind === 'removedThere' && placed.has(key)) conflicts.set(key, kind);
  }
  for (const key of state.moved) {
    if (!matches.has(key) || order.indexOf(key) < 0) continue;
    hidden.add(key);
    placed.add(key);
  }
  const { fileOrder, nextKey } = orderOf(matches, base.index.recordCount, state.nextKey);
  const visible = hidden.size === 0 ? fileOrder : fileOrder.remove(hidden).order;
  return {
    fileOrder,
    order: visible.insertAll(places({ state, placed, matches, hidden, fileOrder, visible })),
    nextKey,
    asInFile,
    changed,
    gone,
    vanished,
    conflicts,
  };
}

/** The file's order: records that were known keep their keys, all others get new ones. */
function orderOf(
  matches: ReadonlyMap<RowKey, Match>,
  count: number,
  firstKey: number,
): { fileOrder: RowOrder; nextKey: number } {
  const runs: Run[] = [];
  let nextKey = firstKey;
  let at = 0;
  const fresh = (until: number): void => {
    runs.push({ key: nextKey, count: until - at });
    nextKey += until - at;
  };
  for (const [key, { record }] of [...matches].sort((a, b) => a[1].record - b[1].record)) {
    fresh(record);
    runs.push({ key, count: 1 });
    at = record + 1;
  }
  fresh(count);
  return { fileOrder: RowOrder.of(runs), nextKey };
}

/** Where the rows that the file does not place go: behind what they stood behind, in the order they stood in. */
function places(of: {
  readonly state: EditState;
  readonly placed: ReadonlySet<RowKey>;
  readonly matches: ReadonlyMap<RowKey, Match>;
  readonly hidden: ReadonlySet<RowKey>;
  readonly fileOrder: RowOrder;
  readonly visible: RowOrder;
}): { at: number; run: Run }[] {
  const { state, placed, matches, hidden, fileOrder, visible } = of;
  const { order } = state;
  const rows = [...placed].map((key) => ({ key, index: order.indexOf(key) }));
  rows.sort((a, b) => a.index - b.index);
  const at = new Map<RowKey, number>();
  for (const { key, index } of rows) {
    let place = 0;
    for (let above = index - 1; above >= 0; above--) {
      const neighbour = order.keyAt(above);
      const beside = at.get(neighbour);
      if (beside !== undefined) {
        place = beside;
        break;
      }
      const match = matches.get(neighbour);
      if (match === undefined && state.originals.has(neighbour)) continue;
      let record = Math.min(match?.record ?? state.fileOrder.indexOf(neighbour), fileOrder.length - 1);
      while (record >= 0 && hidden.has(fileOrder.keyAt(record))) record--;
      place = record < 0 ? 0 : visible.indexOf(fileOrder.keyAt(record)) + 1;
      break;
    }
    at.set(key, place);
  }
  const result = rows.map(({ key }) => ({ at: at.get(key) ?? 0, run: { key, count: 1 } }));
  return result.sort((a, b) => a.at - b.at);
}

/** Which record of `base` each row of `originals` is now. No record is taken for two rows. */
async function matchRecords(
  { fileOrder, originals }: EditState,
  base: BaseFile,
  signal: AbortSignal | undefined,
): Promise<Map<RowKey, Match>> {
  const { recordCount } = base.index;
  const matches = new Map<RowKey, Match>();
  const claimed = new Set<number>();
  const rows = [...originals].map(([key, original]) => {
    const record = fileOrder.indexOf(key);
    return { key, original, record: record < 0 ? Infinity : record };
  });
  rows.sort((a, b) => (a.record === b.record ? a.key - b.key : a.record - b.record));
  const claim = (key: RowKey, match: Match): void => {
    matches.set(key, match);
    claimed.add(match.record);
  };

  const inPlace = rows.filter(({ record }) => record < recordCount);
  let at = 0;
  for await (const lines of linesOf(
    base,
    inPlace.map(({ record }) => record),
    signal,
  )) {
    for (const { record, piece, contentLength } of lines) {
      const row = inPlace[at++];
      const hash = lineHash(piece.subarray(0, contentLength));
      if (row?.original.hash === hash) claim(row.key, { record, hash, same: true });
    }
  }

  const moved = rows.filter(({ key }) => !matches.has(key));
  if (moved.length === 0) return matches;
  const byHash = new Map<string, RowKey[]>();
  const lengths = new Set<number>();
  let anyLength = false;
  for (const { key, original } of moved) {
    byHash.set(original.hash, [...(byHash.get(original.hash) ?? []), key]);
    if (original.length === undefined) anyLength = true;
    else lengths.add(original.length);
  }
  const ofLength = function* (): Generator<number> {
    for (let record = 0; record < recordCount; record++) {
      const { start, end } = base.content(record);
      if ((anyLength || lengths.has(end - start)) && !claimed.has(record)) yield record;
    }
  };
  for await (const lines of linesOf(base, ofLength(), signal)) {
    for (const { record, piece, contentLength } of lines) {
      const hash = lineHash(piece.subarray(0, contentLength));
      const key = byHash.get(hash)?.shift();
      if (key !== undefined) claim(key, { record, hash, same: true });
    }
  }

  const byId = new Map<string, RowKey[]>();
  for (const { key, original } of moved) {
    if (matches.has(key) || original.id === undefined) continue;
    byId.set(original.id, [...(byId.get(original.id) ?? []), key]);
  }
  if (byId.size === 0) return matches;
  const unclaimed = function* (): Generator<number> {
    for (let record = 0; record < recordCount; record++) if (!claimed.has(record)) yield record;
  };
  for await (const lines of linesOf(base, unclaimed(), signal)) {
    for (const { record, piece, contentLength } of lines) {
      const line = piece.subarray(0, contentLength);
      const id = idOfLine(line, byId);
      const key = id === undefined ? undefined : byId.get(id)?.shift();
      if (key !== undefined) claim(key, { record, hash: lineHash(line), same: false });
    }
  }
  return matches;
}
