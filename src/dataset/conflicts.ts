import type { BaseFile } from './baseFile';
import type { Content } from './content';
import { shownText, textOfBytes } from './content';
import type { Change, Conflict, ConflictKind, RowKey } from './documentTypes';
import type { Snapshot } from './documentWriter';

/** Which side of a conflict stays. */
export type Side = 'mine' | 'theirs';

/** What has to be edited so that `side` stays; null when the row is that way already. */
export function resolution(key: RowKey, kind: ConflictKind, side: Side): Change | null {
  switch (kind) {
    case 'bothChanged':
      return side === 'mine' ? null : { kind: 'discard', key };
    case 'removedThere':
      return side === 'mine' ? null : { kind: 'delete', keys: [key] };
    case 'removedHere':
      return side === 'mine' ? { kind: 'delete', keys: [key] } : null;
  }
}

/** Whether a row is still as a conflict left it: an undo or a further edit may have settled it. */
export function isOpen(
  key: RowKey,
  kind: ConflictKind,
  { order, overlay, base }: Pick<Snapshot, 'order' | 'overlay'> & { readonly base: BaseFile },
): boolean {
  if (order.indexOf(key) < 0) return false;
  return kind !== 'bothChanged' || (overlay.has(key) && base.recordOf(key) >= 0);
}

export async function readConflict(snapshot: Snapshot, key: RowKey, kind: ConflictKind): Promise<Conflict> {
  const { base, order, overlay, vault } = snapshot;
  const written = async (content: Content | undefined): Promise<string | null> => {
    if (content === undefined) return null;
    if (content.kind === 'text') return shownText(content.text).text;
    return textOfBytes((await vault.read(content)).subarray(0, content.contentLength)).text;
  };
  const record = base.recordOf(key);
  const theirs = record < 0 ? null : textOfBytes(await base.read(base.content(record))).text;
  return {
    key,
    index: order.indexOf(key),
    kind,
    mine: kind === 'removedHere' ? null : await written(overlay.get(key)),
    theirs: kind === 'removedThere' ? null : theirs,
  };
}
