import { diffArrays } from 'diff';
import type { PromptChip, PromptRow } from '../protocol/promptView';
import type { PromptToken } from '../runtime/protocol';
import type { TrainingExample } from './promptTypes';

/** Longer differences are not looked for: two prompts that far apart have nothing to line up. */
const MOST_EDITS = 400;

/**
 * The tokens that the preview sends beside those of training, which go on with the answer. Tokens that agree share a
 * row; of stretches that do not, one row a token.
 */
export function promptRows(sent: readonly PromptToken[], example: TrainingExample | undefined): PromptRow[] {
  const ours = sent.map(({ id, text, special }): PromptChip => ({ id, text, special }));
  if (example === undefined)
    return ours.map((preview) => ({ preview, training: null, loss: false, different: false }));
  const special = new Set(sent.filter((token) => token.special).map(({ id }) => id));
  const theirs = example.ids.map((id, index): PromptChip => ({
    id,
    text: example.pieces[index] ?? '',
    special: special.has(id) || /^<[^<>\s]+>$/.test(example.pieces[index] ?? ''),
  }));
  const rows: PromptRow[] = [];
  let here = 0;
  let there = 0;
  const push = (preview: PromptChip | null, training: PromptChip | null, different: boolean): void => {
    rows.push({ preview, training, loss: training !== null && example.loss[there] === true, different });
    if (preview !== null) here++;
    if (training !== null) there++;
  };
  const parts = diffArrays(
    ours.map(({ id }) => id),
    example.ids.map((id) => id),
    { maxEditLength: MOST_EDITS + Math.max(0, example.ids.length - ours.length) },
  );
  for (const { removed, added, count } of parts ?? []) {
    for (let left = count; left > 0; left--) {
      if (removed) push(ours[here] ?? null, null, true);
      // Behind the last token of the prompt the answer begins: nothing is missing there.
      else if (added) push(null, theirs[there] ?? null, here < ours.length);
      else push(ours[here] ?? null, theirs[there] ?? null, false);
    }
  }
  while (here < ours.length) push(ours[here] ?? null, null, true);
  while (there < theirs.length) push(null, theirs[there] ?? null, false);
  return untilAnswered(rows, ours.length);
}

/** An answer in the middle of a conversation is shown without what comes after it. */
function untilAnswered(rows: readonly PromptRow[], sent: number): PromptRow[] {
  let seen = 0;
  let answered = false;
  for (const [index, row] of rows.entries()) {
    if (row.preview !== null) seen++;
    if (seen < sent) continue;
    if (row.preview === null && row.loss) answered = true;
    else if (answered) {
      const rest = rows.slice(index);
      // The line break behind the last token of the record stays: nothing follows it.
      return rest.some(({ loss }) => loss) ? rows.slice(0, index) : [...rows];
    }
  }
  return [...rows];
}
