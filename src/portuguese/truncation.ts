/** Why a text seems to break off. */
export interface Break {
  readonly why: 'continues' | 'fence' | 'word' | 'item' | 'open' | 'sentence';
  readonly start: number;
  readonly end: number;
}

const CONTINUES =
  /[([]\s*(?:continua|cont\.|a continuar|continua[çc][ãa]o)\s*(?:\.{2,3}|…)?\s*[)\]]$|\bcontinua(?:\.{3}|…)$/iu;
/** Words that cannot be the last ones. */
const OPEN_WORDS: ReadonlySet<string> = new Set(
  (
    'e ou mas porque pois porém que se como quando embora nem enquanto de do da dos das em no na nos nas ao aos à às ' +
    'o os as um uma uns umas por pelo pela pelos pelas para com sem sob sobre entre até desde contra perante ' +
    'mediante cujo cuja cujos cujas num numa dum duma a cada qualquer neste nesta nesse nessa deste desta desse dessa ' +
    'àquele àquela não é são'
  ).split(' '),
);
/** Behind these an «a» or «e» is the name of something. */
const NAMED =
  /(?:al[íi]neas?|op[çc](?:ão|ões)|alternativa|letra|hip[óo]tese|vogal|ponto|quest[ãa]o|resposta|grupo|turma|vitamina)\s+\S*$/iu;
const OPEN_REFERENCE = /(?:^|\s)(?:artigos?|arts?\.|al[íi]neas?|n\.º|n\.os|nº|Lei n\.º|Decreto-Lei)$/iu;
const SIGN_OFF =
  /(?:cumprimentos|atenciosamente|cordialmente|respeitosamente|sauda[çc][õo]es|abra[çc]os?|beijinhos?|estima|deferimento|obrigad[oa]|de v\. ex\.[ªa])\s*,?$/iu;
const SOURCE_LINE =
  /^[*_>\s]*(?:fontes?|refer[êe]ncias?|base legal|nota|cf\.?|cfr\.?|ver|vide|data|local|assinatura|autor|palavras-chave)\b/iu;
const LIST_ITEM = /^\s*(?:[-*•–]|\d{1,3}[.)]|[a-z]{1,4}\)|[IVX]{1,5}[.)])(?:\s|$)/u;
const EMPTY_ITEM = /^\s*(?:[-*•]|\d{1,3}[.)]|[a-z]\))$/u;
/** Prose, and enough of it: titles, names, dates and short answers need no full stop. */
const LONG_TEXT = 120;
const LONG_LINE = 50;
const LONG_LINE_WORDS = 8;
const SHORTEST = 20;

/** Where an answer breaks off, or undefined for one that seems whole. */
export function breakOf(text: string): Break | undefined {
  const end = text.trimEnd().length;
  if (end < SHORTEST && !/\p{L},$/u.test(text.slice(Math.max(0, end - 2), end))) return undefined;
  const lineStart = text.lastIndexOf('\n', end - 1) + 1;
  const fence = openFence(text);
  if (fence !== undefined) return { why: 'fence', start: fence, end: fence + 3 };
  const tail = (why: Break['why'], length = 40): Break => {
    const from = Math.max(lineStart, end - length);
    const space = text.slice(from, end).search(/\s\S/);
    return { why, start: from > lineStart && space >= 0 ? from + space + 1 : from, end };
  };
  const line = text.slice(Math.max(lineStart, end - 2000), end);
  if (CONTINUES.test(line.slice(-30))) return tail('continues', 20);
  if (/\p{L}{2}-$/u.test(line) && line.length > SHORTEST) return tail('word', 20);
  if (EMPTY_ITEM.test(line) && previousItem(text, lineStart) !== undefined) return tail('item');
  if (/^\s*(?:\||```|~~~|#{1,6}\s)/.test(line) || /(?:https?:\/\/|www\.)\S*$/.test(line)) return undefined;
  // Marks of emphasis stand outside the sentence.
  const bare = line.replace(/[*_~\s]+$/, '');
  if (/[.!?…]["'”’»)\]]*$/.test(bare) && !OPEN_REFERENCE.test(bare.slice(-14))) return undefined;
  if (SIGN_OFF.test(bare.slice(-40)) || SOURCE_LINE.test(bare)) return undefined;
  if (endsOpen(bare, end)) return tail('sentence');
  if (hangs(text, end)) return tail('open');
  if (!/[\p{L}\d]$/u.test(bare)) return undefined;
  if (LIST_ITEM.test(line)) {
    const before = previousItem(text, lineStart);
    const earlier = before === undefined ? undefined : previousItem(text, before.start);
    const stopped = [before, earlier].every((item) => item !== undefined && /[.;]$/.test(item.line));
    return stopped && bare.split(/\s+/, 5).length > 3 ? tail('item') : undefined;
  }
  const words = bare.split(/\s+/, LONG_LINE_WORDS + 1).length;
  return end >= LONG_TEXT && bare.length >= LONG_LINE && words >= LONG_LINE_WORDS
    ? tail('sentence')
    : undefined;
}

function endsOpen(bare: string, length: number): boolean {
  if (bare.endsWith(',')) return true;
  if (length < SHORTEST || bare.length < 6) return false;
  if (/[:(«“]$|\s[–—]$/.test(bare)) return true;
  const last = /(?:^|\s)([\p{L}]+)$/u.exec(bare.slice(-24))?.[1];
  if (last !== undefined && OPEN_WORDS.has(last) && !NAMED.test(bare.slice(-40))) return true;
  return OPEN_REFERENCE.test(bare.slice(-14));
}

/** Whether a bracket or quotation mark that opened near the end was never closed. */
function hangs(text: string, end: number): boolean {
  const tail = text.slice(Math.max(0, end - 400), end);
  const paragraph = tail.slice(tail.lastIndexOf('\n\n') + 1);
  for (const [open, close] of ['()', '«»', '“”', '[]']) {
    const at = open === undefined ? -1 : paragraph.lastIndexOf(open);
    if (at >= 0 && close !== undefined && !paragraph.includes(close, at)) return true;
  }
  return false;
}

function openFence(text: string): number | undefined {
  if (!text.includes('```')) return undefined;
  let open: number | undefined;
  for (const { index } of text.matchAll(/^[ \t]{0,3}```/gm)) open = open === undefined ? index : undefined;
  return open;
}

/** The item of a list above a line, across one blank line at most. */
function previousItem(text: string, lineStart: number): { line: string; start: number } | undefined {
  for (let below = lineStart, tries = 0; below > 0 && tries < 2; tries++) {
    const start = text.lastIndexOf('\n', below - 2) + 1;
    const line = text.slice(Math.max(start, below - 600), below).trimEnd();
    if (line !== '') return LIST_ITEM.test(line) ? { line, start } : undefined;
    below = start;
  }
  return undefined;
}
