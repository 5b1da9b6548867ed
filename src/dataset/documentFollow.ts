import type { BaseFile } from './baseFile';
import type { EditHistory } from './documentEdits';
import type { ConflictKind, RowKey } from './documentTypes';
import type { Snapshot } from './documentWriter';
import { idOfLine } from './lineId';
import { contentBytes } from './originals';
import type { Originals } from './originals';
import { rebase } from './rebase';
import type { Rebased } from './rebase';

/** The edits of an open document made on `next`; nothing of the document is changed yet. */
export async function rebaseDocument(
  { base, vault, order, overlay }: Snapshot,
  edits: EditHistory,
  originals: Originals,
  conflicts: ReadonlyMap<RowKey, ConflictKind>,
  next: BaseFile,
  signal: AbortSignal | undefined,
): Promise<Rebased> {
  // Rewritten before their lines could be kept: their ids are all there is to find them by.
  for (const key of edits.touched) {
    const content = overlay.get(key);
    if (originals.get(key) !== undefined || base.recordOf(key) < 0 || content === undefined) continue;
    originals.set(key, { hash: '', id: idOfLine(await contentBytes(content, vault)), length: 0, content });
  }
  const { moved, vanished, nextKey } = edits;
  const known = originals.all;
  return rebase(
    { fileOrder: base.order, order, overlay, moved, vanished, originals: known, conflicts, nextKey },
    next,
    vault,
    signal,
  );
}
