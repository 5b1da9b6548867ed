import type { Turn } from './record';
import { insertTurn, moveTurn, removeTurn, setTurnContent, setTurnRole } from './recordText';

/**
 * The line with the turns `after` instead of `before`, which it has. Turns that stay, move or change keep what else the
 * line says of them.
 */
export function changeTurns(line: string, before: readonly Turn[], after: readonly Turn[]): string {
  const origin = originsOf(before, after);
  const kept = new Set(origin);
  let text = line;
  const standing: (number | undefined)[] = [];
  for (let at = before.length - 1; at >= 0; at--) {
    if (kept.has(at)) standing.unshift(at);
    else text = removeTurn(text, at);
  }
  for (const [at, turn] of after.entries()) {
    const from = origin[at];
    if (from === undefined) {
      text = insertTurn(text, at, turn);
      standing.splice(at, 0, undefined);
      continue;
    }
    const stands = standing.indexOf(from);
    text = moveTurn(text, stands, at);
    standing.splice(at, 0, ...standing.splice(stands, 1));
    if (before[from]?.role !== turn.role) text = setTurnRole(text, at, turn.role);
    if (before[from]?.content !== turn.content) text = setTurnContent(text, at, turn.content);
  }
  return text;
}

/** For every turn of `after` the one of `before` that it was, as far as can be told. */
function originsOf(before: readonly Turn[], after: readonly Turn[]): (number | undefined)[] {
  const origin: (number | undefined)[] = after.map(() => undefined);
  const free = new Set(before.keys());
  const take = (at: number, from: number | undefined): void => {
    if (from === undefined) return;
    origin[at] = from;
    free.delete(from);
  };
  const pair = (keyOf: (turn: Turn) => string): void => {
    const waiting = new Map<string, number[]>();
    for (const from of free) {
      const turn = before[from];
      if (turn === undefined) continue;
      const key = keyOf(turn);
      waiting.set(key, [...(waiting.get(key) ?? []), from]);
    }
    for (const [at, turn] of after.entries()) {
      if (origin[at] === undefined) take(at, waiting.get(keyOf(turn))?.shift());
    }
  };
  // From both ends first: of two equal turns the one that stayed in its place is the one that is meant.
  for (let at = 0; at < after.length && same(before[at], after[at]); at++) take(at, at);
  for (let back = 1; back <= after.length; back++) {
    const at = after.length - back;
    const from = before.length - back;
    if (origin[at] !== undefined || !free.has(from) || !same(before[from], after[at])) break;
    take(at, from);
  }
  pair(({ role, content }) => `${role} ${content}`);
  pair(({ content }) => content);
  // What is left was rewritten: it was one of the turns between its neighbours.
  for (const [at, turn] of after.entries()) {
    if (origin[at] !== undefined) continue;
    const low = origin.slice(0, at).findLast((from) => from !== undefined) ?? -1;
    const high = origin.slice(at).find((from) => from !== undefined && from > low) ?? before.length;
    const between = [...free].filter((from) => from > low && from < high).sort((a, b) => a - b);
    take(at, between.find((from) => before[from]?.role === turn.role) ?? between[0]);
  }
  return origin;
}

function same(a: Turn | undefined, b: Turn | undefined): boolean {
  return a !== undefined && a.role === b?.role && a.content === b.content;
}
