// UTF-8 that was read as Windows-1252 or Latin-1: «aÃ§Ã£o».

/** What Windows-1252 has at 0x80 to 0x9F, where Latin-1 has control characters. Blanks are unassigned. */
const HIGH = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
const BYTES: ReadonlyMap<string, number> = new Map(
  Array.from(HIGH).flatMap((character, at) => (character === ' ' ? [] : [[character, 0x80 + at] as const])),
);

const NEXT = `[\\u0080-\\u00bf${HIGH.replaceAll(' ', '')}]`;
/** The first characters of what Portuguese texts lose in this way: letters, quotation marks, dashes, arrows, emoji. */
const UNIT = `(?:[ÂÃ]${NEXT}|â[€‚„†ˆœ\\u0080\\u0082\\u0084\\u0086\\u0088\\u009c]${NEXT}|ï[»¿]${NEXT}|ðŸ${NEXT}{2})`;
const BROKEN = new RegExp(`${UNIT}+`, 'gu');
/** Words in capitals that end in Ã, and what follows them: «AMANHÃ», IRMÃ… */
const CAPITALS = /^Ã[»”’…–—\u00a0]$/u;
/** An à whose second half, a no-break space, has become a space. */
const LONE = /(?<![\p{L}\d])Ã (?=\p{Ll})/gu;

export interface Mojibake {
  readonly start: number;
  readonly end: number;
  /** What it was, where that can be known. */
  readonly repaired: string | undefined;
}

export function mojibakeIn(text: string): Mojibake[] {
  if (!/[ÂÃâïð\ufffd]/.test(text)) return [];
  const found: Mojibake[] = [];
  if (/[ÂÃâïð]/.test(text)) {
    for (const match of text.matchAll(BROKEN)) {
      const [written] = match;
      if (CAPITALS.test(written) && /\p{Lu}/u.test(text.charAt(match.index - 1))) continue;
      found.push({ start: match.index, end: match.index + written.length, repaired: repaired(written) });
    }
    for (const match of text.matchAll(LONE)) {
      found.push({ start: match.index, end: match.index + 1, repaired: undefined });
    }
  }
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) {
    found.push({ start: at, end: at + 1, repaired: undefined });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Undoes the wrong reading, as often as it happened. */
function repaired(written: string): string | undefined {
  let text = written;
  for (let round = 0; round < 4; round++) {
    const once = reread(text);
    if (once === undefined || once === text) break;
    text = once;
    if (!new RegExp(UNIT, 'u').test(text)) break;
  }
  return text === written ? undefined : text;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function reread(text: string): string | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    const byte = BYTES.get(character) ?? (code < 0x100 ? code : undefined);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  try {
    return decoder.decode(Uint8Array.from(bytes));
  } catch {
    return undefined; // not what it looked like: nothing is known to be better
  }
}
