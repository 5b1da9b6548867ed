/** Where a text is not its author's own words: quotations, block quotes, code, addresses. Start and end, in order. */
export type Zone = readonly [start: number, end: number];

const CLOSERS: Readonly<Record<string, string>> = {
  '«': '»',
  '“': '”',
  '„': '”',
  '‘': '’',
  '"': '"',
  '`': '`',
};
const OPENER = /[«“„‘"`]/g;
const ADDRESS = /(?:https?:\/\/|www\.)[^\s<>"»”)]{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}/g;
/** A quotation mark that is never closed is a mistake, not the start of a quotation of everything behind it. */
const LONGEST = 4000;

export function quotedZones(text: string): Zone[] {
  const zones: Zone[] = [];
  // Where a closing mark was looked for and there is none behind, looking again would cost the whole text each time.
  const missing = new Set<string>();
  OPENER.lastIndex = 0;
  for (let match = OPENER.exec(text); match !== null; match = OPENER.exec(text)) {
    const opener = match[0];
    const fence = opener === '`' && text.startsWith('```', match.index) ? '```' : opener;
    const closer = fence === '```' ? fence : (CLOSERS[opener] ?? opener);
    if (missing.has(closer)) continue;
    const close = text.indexOf(closer, match.index + fence.length);
    if (close === -1) {
      missing.add(closer);
      continue;
    }
    if (close - match.index > LONGEST) continue;
    zones.push([match.index, close + closer.length]);
    OPENER.lastIndex = close + closer.length;
  }
  for (const [start, end] of blockQuotes(text)) zones.push([start, end]);
  if (text.includes('@') || text.includes('://') || text.includes('www.')) {
    for (const match of text.matchAll(ADDRESS)) zones.push([match.index, match.index + match[0].length]);
  }
  return zones;
}

function* blockQuotes(text: string): Generator<Zone> {
  if (!text.includes('>')) return;
  for (let start = 0; start < text.length;) {
    const line = text.indexOf('\n', start);
    const end = line === -1 ? text.length : line;
    if (text.charAt(start) === '>') yield [start, end];
    start = end + 1;
  }
}

export function isWithin(zones: readonly Zone[], start: number): boolean {
  return zones.some(([from, to]) => start >= from && start < to);
}
