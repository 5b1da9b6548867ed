import type { CitationKind, CitationStyle, CitedDate } from './citation';
import { L, NO, S, S0, U, dateAt, matchAt, sticky } from './pieces';

/** A decision, or a page of an official journal, as it stands in the text. */
export interface FoundCase {
  readonly end: number;
  readonly kind: CitationKind;
  readonly style: CitationStyle;
  readonly normal: string;
  readonly court?: string;
  readonly number?: string;
  readonly date?: CitedDate;
  readonly ecli?: string;
}

export const CNJ = '\\d{1,7}-\\d{2}\\.\\d{4}\\.\\d\\.\\d{2}\\.\\d{4}(?:/\\d{1,5})?';
const COURTS: readonly (readonly [pattern: string, name: string])[] = [
  ['Supremo\\sTribunal\\sde\\sJustiça|STJ|S\\.T\\.J\\.', 'STJ'],
  ['Supremo\\sTribunal\\sAdministrativo|STA', 'STA'],
  ['Tribunal\\sConstitucional|TC', 'TC'],
  ['Tribunal\\sCentral\\sAdministrativo\\s(?:do\\s)?(?:Sul|Norte)|TCA[\\s-]?(?:Sul|Norte|S|N)', 'TCA'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sLisboa|TRL|RL', 'Relação de Lisboa'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sPorto|TRP|RP', 'Relação do Porto'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sCoimbra|TRC|RC', 'Relação de Coimbra'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sÉvora|TRE|RE', 'Relação de Évora'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sGuimarães|TRG|RG', 'Relação de Guimarães'],
  [
    'Tribunal\\sde\\sJustiça(?:\\sda\\sUnião\\sEuropeia|\\sdas\\sComunidades(?:\\sEuropeias)?|\\sda\\sUE)?|TJUE|TJCE',
    'TJUE',
  ],
  ['Tribunal\\sGeral(?:\\sda\\sUnião\\sEuropeia)?', 'Tribunal Geral'],
  ['Tribunal\\sEuropeu\\sdos\\sDireitos\\sdo\\sHomem|TEDH', 'TEDH'],
  ['Tribunal\\sde\\sContas|TdC', 'Tribunal de Contas'],
  ['Supremo\\sTribunal\\sFederal|STF', 'STF'],
  ['Superior\\sTribunal\\sde\\sJustiça', 'STJ'],
  ['Tribunal\\sSuperior\\sdo\\sTrabalho|TST', 'TST'],
  ['Tribunal\\sde\\sContas\\sda\\sUnião|TCU', 'TCU'],
  ['Superior\\sTribunal\\sMilitar|STM', 'STM'],
  ['Tribunal\\sSuperior\\sEleitoral|TSE', 'TSE'],
];
export const COURT_NAMES = COURTS.map(([pattern]) => pattern).join('|');
const COURT = sticky(
  `(?:(?:d[oae]s?|pel[oa]|n[oa])${S})?(?:(?:Pleno|Plenário|Grande${S}Secção|\\d\\.ª${S}Secção)${S}d[oa]${S})?(?:(?:C\\.|Col\\.|Colendo|Egrégio|E\\.|Excelso|Venerando)${S})?(${COURT_NAMES})(?![${L}\\d/])(?:${S0}\\((?:${COURT_NAMES}|(?:Grande|Primeira|Segunda|Terceira|Quarta|Quinta|Sexta|Sétima|Oitava|Nona|Décima|\\d{1,2}\\.ª)${S}(?:Secção|Câmara))\\))?`,
);

const DECISION = sticky(
  `(?:acórdãos?|acordãos?|acs?\\s?\\.|ac(?=\\s(?:d[oae]s?|S|T|R|n))|AUJ|assentos?|ACÓRDÃOS?)(?![${L}])(?:${S}(?:fundamento|recorrido|proferido))?(?:${S}(?:de|do|para)${S}(?:uniformização|fixação)${S}de${S}jurisprudência(?:${S}do(?=${S}S))?)?`,
  'i',
);
const NUMBER = sticky(
  `(?:${NO})?(\\d{1,3}(?:\\.\\d{3}){1,2}|\\d{1,7})\\s?/\\s?(\\d{4}|\\d{2})(?![\\d/])`,
  'i',
);
const SERIAL = sticky(
  `n\\s?\\.?\\s?[º°]?\\s?[.:]{0,2}\\s{0,2}(\\d{1,3}\\.\\d{3}|\\d{4,7})(?![\\d/.-]\\d|\\d)`,
  'i',
);
const TCU = sticky(
  `\\s?[-–]\\s?(?:TCU(?:\\s?[-–]\\s?)?)?(?:Plenário|PL|[12]\\.?[ªa]\\s(?:Câmara|Turma)|\\d)(?![${L}\\d])|\\s?-\\s?TCU(?![${L}])`,
);
const DATED = sticky(
  `(?:(?:datad[oa]s?|proferid[oa]s?)${S})?(?:(?:de|em|do${S}dia)${S})?(?=\\d{1,2}(?:\\.?[ºo])?[\\s./-])`,
  'i',
);
const PROCESS_WORD = sticky(
  `(?:(?:proferid[oa]${S})?(?:n[oa]s?${S})?)?(?:processos?|procs?\\s?\\.?|p\\.|recursos?|rec\\.|revista)(?:${S}apensos)?${S0}(?:${NO})?:?${S0}(?=[C-T]?\\s?[-‑–]?\\d)`,
  'i',
);
const PROCESS_NUMBER = sticky(
  `(?:${CNJ}|\\d{2}[A-Z]\\d{2,5}|\\d{1,7}(?:[-–][A-Z0-9]{1,3})?/\\d{2,4}(?:\\.\\d[A-Z0-9]{2,10}(?:[.-][A-Z0-9]{1,6}){0,4})?)(?![\\d${L}/])`,
);
const EU_CASE = `[CTF]\\s?[-‑–]\\s?\\d{1,4}/\\d{2}(?:\\s?P(?:PU)?(?![${L}]))?`;
const EU_CASES = sticky(`(?:${EU_CASE})(?:(?:,\\s|\\se\\s|\\sa\\s)${EU_CASE}){0,10}(?![\\d${L}])`);
const ECLI_ID =
  '(?:ECLI:)?EU:[CTF]:\\d{4}:\\d{1,5}|ECLI:[A-Z]{2}:[A-Z0-9]{1,12}:\\d{4}:[A-Za-z0-9.]{1,40}(?:-[A-Za-z0-9.]{1,12})?';
const ECLI = sticky(`(?:${ECLI_ID})`);
const PARTIES = sticky(
  `[${U}][${L}.&'’-]{1,24}(?:${S}(?:(?:e|c\\.|contra|v\\.|vs\\.|d[aeo]s?|y|and|/)${S})?[${U}][${L}.&'’-]{0,24}|${S}(?:c\\.|contra|v\\.|e)${S}(?:o\\.)){0,8}`,
);
const BETWEEN = sticky(`${S0},${S0}|${S0}\\(|${S}(?:de\\s(?=\\d))?|`);
const AFTER_PARTIES = sticky(`(?:${S0},?${S}(?:processo|proc\\.|C-|T-|EU:|ECLI))`);

export const clean = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** «Acórdão do STJ de 12-03-2015, proc. n.º 123/10…»: whatever names the decision, in any order. */
function decisionAt(text: string, at: number): FoundCase | undefined {
  const lead = matchAt(DECISION, text, at);
  if (lead === null) return undefined;
  const uniform = /uniformiza|fixação|AUJ/i.test(lead[0]);
  let end = at + lead[0].length;
  let court: string | undefined;
  let number: string | undefined;
  let date: CitedDate | undefined;
  let process: string | undefined;
  let ecli: string | undefined;
  let style: CitationStyle = 'pt';
  let parties = false;
  let open = false;
  for (let round = 0; round < 9; round++) {
    const between = matchAt(BETWEEN, text, end);
    if (between === null || (between[0] === '' && round > 0)) break;
    const parenthesis = between[0].includes('(');
    const from = end + between[0].length;
    let next: number | undefined;
    const eu = matchAt(ECLI, text, from);
    const cases = eu === null ? matchAt(EU_CASES, text, from) : null;
    const named = court === undefined && !parenthesis ? matchAt(COURT, text, from) : null;
    const numbered =
      number === undefined && named === null && cases === null ? matchAt(NUMBER, text, from) : null;
    if (eu !== null) {
      [ecli] = eu;
      next = from + eu[0].length;
    } else if (cases !== null) {
      process ??= clean(cases[0]);
      next = from + cases[0].length;
    } else if (named !== null) {
      court = courtOf(named[1] ?? '');
      next = from + named[0].length;
    } else if (
      numbered !== null &&
      !parenthesis &&
      date === undefined &&
      matchAt(DATED_NUMERIC, text, from) === null
    ) {
      number = `${numbered[1] ?? ''}/${numbered[2] ?? ''}`;
      next = from + numbered[0].length;
      const tcu = matchAt(TCU, text, next);
      if (tcu !== null) {
        court ??= 'TCU';
        style = 'br';
        next += tcu[0].length;
      }
    } else {
      const dated = date === undefined ? matchAt(DATED, text, from) : null;
      const found = dated === null ? undefined : dateAt(text, from + dated[0].length);
      if (found?.date.day !== undefined) {
        ({ date } = found);
        next = found.end;
      } else {
        const word = process === undefined ? matchAt(PROCESS_WORD, text, from) : null;
        const id =
          word === null
            ? null
            : (matchAt(EU_CASES, text, from + word[0].length) ??
              matchAt(PROCESS_NUMBER, text, from + word[0].length));
        if (word !== null && id !== null) {
          process = clean(id[0]);
          next = from + word[0].length + id[0].length;
        } else if (
          !parties &&
          !parenthesis &&
          date !== undefined &&
          (court === undefined || /^T(?:JUE|EDH|ribunal)/.test(court))
        ) {
          const names = matchAt(PARTIES, text, from);
          if (names !== null) {
            const stop = from + names[0].length;
            if (/\s(?:c\.|contra|v\.|vs\.)\s/.test(names[0]) || matchAt(AFTER_PARTIES, text, stop) !== null) {
              parties = true;
              next = stop;
            }
          }
        }
      }
    }
    // Brazilian courts count their decisions on: «Acórdão n. 999404».
    if (next === undefined && number === undefined && process === undefined && date === undefined) {
      const serial = matchAt(SERIAL, text, from);
      if (serial !== null) {
        number = serial[1] ?? '';
        style = 'br';
        next = from + serial[0].length;
      }
    }
    if (next === undefined) break;
    end = next;
    if (parenthesis) {
      if (text[end] === ')') end++;
      else open = true;
    } else if (open && text[end] === ')') {
      open = false;
      end++;
    }
  }
  if (number === undefined && date === undefined && process === undefined && ecli === undefined)
    return undefined;
  const pieces = [
    uniform
      ? 'Acórdão de Uniformização de Jurisprudência'
      : /^assento/i.test(lead[0])
        ? 'Assento'
        : 'Acórdão',
    ...(number === undefined ? [] : [`n.º ${number}`]),
    ...(court === undefined ? [] : [`${court.startsWith('Relação') ? 'da' : 'do'} ${court}`]),
  ];
  const cited = number ?? process;
  const dateText = date === undefined ? '' : `${number === undefined ? ' de ' : ', de '}${isoless(date)}`;
  const normal = `${pieces.join(' ')}${dateText}${process === undefined ? '' : `, proc. n.º ${process}`}${ecli === undefined ? '' : `, ${ecli}`}`;
  return {
    end,
    kind: 'case',
    style,
    normal,
    ...(court === undefined ? {} : { court }),
    ...(cited === undefined ? {} : { number: cited }),
    ...(date === undefined ? {} : { date }),
    ...(ecli === undefined ? {} : { ecli: ecli.startsWith('ECLI:') ? ecli : `ECLI:${ecli}` }),
  };
}

const DATED_NUMERIC = sticky(`\\d{1,2}\\s?[/.-]\\s?\\d{1,2}\\s?[/.-]\\s?\\d{2,4}(?!\\d)`);
const two = (value: number | undefined): string => String(value ?? 0).padStart(2, '0');
const isoless = ({ day, month, year }: CitedDate): string =>
  `${two(day)}-${two(month)}${year === undefined ? '' : `-${year}`}`;

const COURT_PATTERNS = COURTS.map(([pattern, name]) => [new RegExp(`^(?:${pattern})$`), name] as const);
const courtOf = (written: string): string =>
  COURT_PATTERNS.find(([pattern]) => pattern.test(written))?.[1] ?? clean(written);

const PROCESS = sticky(
  `(?:processos?(?:${S}apensos)?|procs?\\s?\\.|PROCESSO|PROC\\.)${S0}(?:${NO})?:?${S0}(?:(${EU_CASE}(?:(?:,\\s|\\se\\s|\\sa\\s)${EU_CASE}){0,10})|(\\d{1,7}(?:[-–][A-Z0-9]{1,3})?/\\d{2,4}\\.\\d[A-Z0-9]{2,10}(?:[.-][A-Z0-9]{1,6}){0,4}))(?![\\d${L}/])`,
  'i',
);
const BARE_EU = sticky(`${EU_CASE}(?![\\d${L}])`);
const CELEX = sticky(
  `CELEX\\s?(?:n\\.º\\s)?:?\\s?([1-9]\\d{4}[A-Z]{1,2}\\d{4}(?:\\(\\d{2}\\))?)|([36]\\d{4}(?:[RLDF]|CJ|TJ|CC)\\d{4})(?![\\d${L}])`,
);
const GAZETTE = sticky(
  `(?:Diário${S}da${S}República|D\\.?R\\.?(?=,|\\s(?:n|[I12])))(?:${S0},?${S}(?:[12]\\.?ª|I{1,3}|[12]\\.?a)(?:${S0}-?${S0}[A-C](?![${L}]))?${S0}(?:Série|S\\.)(?:\\s?-\\s?[A-C](?![${L}]))?|${S0},?${S}(?:Série${S}I{1,2}(?:-[A-C])?))?` +
    `(?:${S0},?${S}n\\.?º?${S0}(\\d{1,3}(?:-[A-Z])?(?:/\\d{4})?))(?:${S0},?${S}(?:\\d\\.º\\s)?[Ss]uplemento)?`,
  'i',
);
const GAZETTE_DATE = sticky(`${S0},?${S}(?:de${S})?(?=\\d)`);
const JOURNAL = sticky(
  `(?:JO(?:UE|CE)?|Jornal${S}Oficial(?:${S}d[ae]s?${S}União${S}Europeia)?)${S0},?${S}(?:n\\.º\\s)?[LC]E?${S}?\\d{1,4}(?:/\\d{1,4})?(?:${S0},?${S}de${S}\\d{1,2}[./-]\\d{1,2}[./-]\\d{2,4})?(?:,${S}p(?:p|ág)?\\.${S}\\d{1,5}(?:[-–]\\d{1,5})?)?`,
);

function gazetteAt(text: string, at: number): FoundCase | undefined {
  const journal = matchAt(JOURNAL, text, at);
  if (journal !== null) {
    return {
      end: at + journal[0].length,
      kind: 'gazette',
      style: 'pt',
      normal: clean(journal[0]).replace(/^JOU?C?E?(?=\s)/, 'JO'),
    };
  }
  const match = matchAt(GAZETTE, text, at);
  if (match === null) return undefined;
  let end = at + match[0].length;
  const before = matchAt(GAZETTE_DATE, text, end);
  const dated = before === null ? undefined : dateAt(text, end + before[0].length);
  if (dated !== undefined) ({ end } = dated);
  return {
    end,
    kind: 'gazette',
    style: 'pt',
    normal: clean(text.slice(at, end)).replace(/^D\.?R\.?/, 'Diário da República'),
    ...(match[1] === undefined ? {} : { number: match[1] }),
    ...(dated === undefined ? {} : { date: dated.date }),
  };
}

/** A decision of a Portuguese or European court, an identifier (ECLI, CELEX) or a journal's page that begins at `at`. */
export function caseAt(text: string, at: number): FoundCase | undefined {
  const decision = decisionAt(text, at);
  if (decision !== undefined) return decision;
  const ecli = matchAt(ECLI, text, at);
  if (ecli !== null) {
    const id = ecli[0].replace(/[.-]+$/, '');
    const full = id.startsWith('ECLI:') ? id : `ECLI:${id}`;
    return { end: at + id.length, kind: 'case', style: 'pt', normal: full, ecli: full };
  }
  const process = matchAt(PROCESS, text, at);
  if (process !== null) {
    const number = clean(process[1] ?? process[2] ?? '');
    return { end: at + process[0].length, kind: 'case', style: 'pt', normal: `proc. n.º ${number}`, number };
  }
  const eu = matchAt(BARE_EU, text, at);
  if (eu !== null)
    return { end: at + eu[0].length, kind: 'case', style: 'pt', normal: `proc. n.º ${eu[0]}`, number: eu[0] };
  const celex = matchAt(CELEX, text, at);
  if (celex !== null) {
    const number = celex[1] ?? celex[2] ?? '';
    return {
      end: at + celex[0].length,
      kind: number.startsWith('6') ? 'case' : 'law',
      style: 'pt',
      normal: `CELEX:${number}`,
      number,
    };
  }
  return gazetteAt(text, at);
}
