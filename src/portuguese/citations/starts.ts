import { FREE_ABBREVIATIONS } from './namedDiplomas';
import { L, sticky } from './pieces';

/** What can begin at a place. A set of bits. */
export const CHAIN = 1;
export const CASE = 2;
export const BRAZILIAN = 4;
export const DIPLOMA = 8;
export const NUMBER = 16;

/** Beginnings of words in any case, and what each may begin. */
const WORDS: readonly (readonly [kinds: number, words: string])[] = [
  [
    CHAIN,
    'art|alín|alin|al.|als.|al |als |n.|nº|n°|núm|nos |n |parág|parágr|inc|cap|tít|secç|seç|sec|subs|subal|livro|base|consid|ponto|anex|apên|tabel|proém|corpo|item|itens|última|primeir|segund|parte|«cap',
  ],
  [CHAIN | DIPLOMA, 'regra'],
  [
    DIPLOMA,
    'lei|decr|decl|deli|dec.|dec-|d.l|d. l|dl|d l|port|desp|reso|aviso|regul|regim|dire|const|códi|cód.|conso|pacto|conv|cart|circ|ofíc|norma|medi|emen|ato |atos |esta|trat|prot|acor|instr|recom|novo r|decis|c. c|c. p|c.c|c.p|c. t',
  ],
  [CASE, 'acór|acor|ac.|ac |acs|ares|assen|auj|ecli:|eu:|celex|diár|jorn|dr,|d.r|dr |jo |joue|joce'],
  [CASE | BRAZILIAN, 'proc'],
  [
    BRAZILIAN,
    'súmu|enun|orie|ojs|oj |tema|recur|habe|mand|ação|ações|argu|apel|agra|emba|corr|recl|conf|inqu|auto|peti|repr|regis|incid',
  ],
];

/** Abbreviations, which only mean something in their own case. */
const SHORT: readonly (readonly [kinds: number, sources: string])[] = [
  [DIPLOMA, 'LC[\\s/]|EC\\s|MPV?\\s|IN[\\s/-]|RCM\\s|Res\\.?[\\s-]|C[CTPF](?=[,\\s]{1,3}[aA][rR][tT])'],
  [CASE, 'C[-‑–]\\d|T[-‑–]\\d|F[-‑–]\\d'],
  [
    BRAZILIAN,
    'RE[\\s-.]|REs|R\\.E|ARE|ARE|AgR|AgI|Ag\\s|AP\\s|AP[nCL]|AR[\\sR]|AC\\s|ACO|AI[\\s-R]|AIR|AIM|AIJ|Al\\s|RHC|HC|HD\\s|RMS|ROM|MS[\\s-]|MI\\s|AD[ICPO]|ED[cs\\s-v]|E-|Rcl|RCL|Pet\\s|PET\\s|PC\\s|Inq|CC\\s\\d|SL[S\\s]|SS\\s|STA\\s|STP\\s|Ext\\s|RR[\\s-]|RO[\\sA]|RSE|RvC|RCED|TC\\s|TST|PA[D\\s]|EREs|EARE|EAg\\s|ARE',
  ],
];

/** Characters that something can begin with. */
const FIRST = new Uint8Array(256);
FIRST[167] = 1;
for (let digit = 48; digit < 58; digit++) FIRST[digit] = 1;

interface Start {
  readonly pattern: RegExp;
  readonly kinds: number;
}

/** By the first two characters: a place in `lists`, or 0. */
const table = new Uint16Array(65_536);
const lists: Start[][] = [[]];

function add(first: string, second: string, start: Start): void {
  const key = (first.charCodeAt(0) << 8) | second.charCodeAt(0);
  if (table[key] === 0) table[key] = lists.push([]) - 1;
  lists[table[key] ?? 0]?.push(start);
  FIRST[first.charCodeAt(0)] = 1;
}

const literal = (word: string): string => word.replace(/[.]/g, '\\s?\\.').replace(/ /g, '\\s');

for (const [kinds, words] of WORDS) {
  for (const word of words.split('|')) {
    const start: Start = { pattern: sticky(literal(word), 'i'), kinds };
    const first = word.charAt(0);
    const second = word.charAt(1);
    const seconds =
      second === '.'
        ? ['.', ' ', '\u00a0']
        : second === ' '
          ? [' ', '\n', '\u00a0']
          : [...new Set([second, second.toUpperCase()])];
    for (const one of new Set([first, first.toUpperCase()])) {
      for (const two of seconds) add(one, two, start);
    }
  }
}
for (const [kinds, sources] of SHORT) {
  for (const source of new Set(sources.split('|'))) {
    const pattern = sticky(source);
    const second = /^[A-Z](?:\[([^\]]*)\]|\\(.)|(.))/.exec(source);
    const seconds =
      second?.[1] !== undefined ? second[1].replace('\\s', ' ') : (second?.[2] ?? second?.[3] ?? '');
    for (const two of seconds) add(source, two, { pattern, kinds });
  }
}
for (const short of new Set(FREE_ABBREVIATIONS)) {
  const escaped = short.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  add(short, short.charAt(1), { pattern: sticky(`${escaped}(?![${L}\\d])`), kinds: DIPLOMA });
}

// One pattern for all that begins with the same two letters and is of the same kind.
for (const [place, starts] of lists.entries()) {
  const merged = new Map<string, Start[]>();
  for (const start of starts) {
    const key = `${start.kinds}${start.pattern.flags}`;
    merged.set(key, [...(merged.get(key) ?? []), start]);
  }
  lists[place] = [...merged.values()].map((same) => ({
    pattern: new RegExp(
      [...new Set(same.map(({ pattern }) => pattern.source))].join('|'),
      same[0]?.pattern.flags,
    ),
    kinds: same[0]?.kinds ?? 0,
  }));
}

// «458 do CPC», whose «art.» stands further before; a case's number alone; CELEX.
const NUMBERED = sticky(
  `\\d{1,4}(?:\\.\\d{3})?(?:º|-[A-Z])?(?=[\\s,]{1,4}(?:d[oa]|D[OA]|e|E|§|inc|[IVX]{1,6}[\\s,]|al)[\\s\\d.,])`,
);
const CASE_NUMBER = sticky(
  '\\d{1,7}-\\d{2}\\.\\d{4}\\.\\d|\\d{4}[/⁄]\\d{7}-|\\d{4}-\\d{6}/|[36]\\d{4}(?:[RLDF]|CJ)\\d',
);

/** What can begin at `at`, which is the beginning of a word or a number. */
export function kindsAt(text: string, at: number, first: number): number {
  if (first >= 48 && first <= 57) {
    const before = text.charCodeAt(at - 1);
    const inside = before === 46 || before === 44 || before === 47 || before === 45;
    CASE_NUMBER.lastIndex = at;
    if (CASE_NUMBER.test(text)) return CASE | BRAZILIAN;
    NUMBERED.lastIndex = at;
    return !inside && NUMBERED.test(text) ? NUMBER : 0;
  }
  if (first === 167) return CHAIN;
  const second = text.charCodeAt(at + 1);
  const place = second < 256 ? (table[(first << 8) | second] ?? 0) : 0;
  const starts = lists[place];
  if (place === 0 || starts === undefined) return 0;
  let kinds = 0;
  for (const { pattern, kinds: more } of starts) {
    pattern.lastIndex = at;
    if (pattern.test(text)) kinds |= more;
  }
  return kinds;
}

/** Letters and digits by code. */
const WORD = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  if (new RegExp(`[${L}\\d]`).test(String.fromCharCode(code))) WORD[code] = 1;
}
export const isFirst = (code: number): boolean => code < 256 && FIRST[code] === 1;
export const isWord = (code: number): boolean => code < 256 && WORD[code] === 1;
