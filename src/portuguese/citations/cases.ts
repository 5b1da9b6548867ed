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

const CNJ = '\\d{1,7}-\\d{2}\\.\\d{4}\\.\\d\\.\\d{2}\\.\\d{4}(?:/\\d{1,5})?';
const PLACE = 'Lisboa|Porto|Coimbra|Évora|Guimarães';
export const COURTS: readonly (readonly [pattern: string, name: string])[] = [
  ['Supremo\\sTribunal\\sde\\sJustiça|STJ|S\\.T\\.J\\.', 'STJ'],
  ['Supremo\\sTribunal\\sAdministrativo|STA', 'STA'],
  ['Tribunal\\sConstitucional|TC', 'TC'],
  ['Tribunal\\sCentral\\sAdministrativo\\s(?:do\\s)?(?:Sul|Norte)|TCA[\\s-]?(?:Sul|Norte|S|N)', 'TCA'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sLisboa|TRL|RL', 'Relação de Lisboa'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sPorto|TRP|RP', 'Relação do Porto'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sCoimbra|TRC|RC', 'Relação de Coimbra'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sÉvora|TRE|RE', 'Relação de Évora'],
  ['(?:Tribunal\\sd[ea]\\s)?Relação\\sd[eo]\\sGuimarães|TRG|RG', 'Relação de Guimarães'],
  ['Tribunal\\sde\\sJustiça(?:\\sda\\sUnião\\sEuropeia|\\sdas\\sComunidades(?:\\sEuropeias)?|\\sda\\sUE)?|TJUE|TJCE', 'TJUE'],
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
const COURT_NAMES = COURTS.map(([pattern]) => pattern).join('|');
const COURT = sticky(
  `(?:(?:d[oae]s?|pel[oa]|n[oa])${S})?(?:(?:Pleno|Plenário|Grande${S}Secção|\\d\\.ª${S}Secção)${S}d[oa]${S})?(?:(?:C\\.|Col\\.|Colendo|Egrégio|E\\.|Excelso|Venerando)${S})?(${COURT_NAMES})(?![${L}\\d/])(?:${S0}\\((?:${COURT_NAMES})\\))?`,
);

const DECISION = sticky(
  `(?:acórdãos?|acordãos?|acs?\\s?\\.|ac(?=\\s(?:d[oae]s?|S|T|R|n))|AUJ|assentos?|ACÓRDÃOS?)(?![${L}])(?:${S}(?:fundamento|recorrido|proferido))?(?:${S}(?:de|do|para)${S}(?:uniformização|fixação)${S}de${S}jurisprudência(?:${S}do(?=${S}S))?)?`,
  'i',
);
const NUMBER = sticky(`(?:${NO})?(\\d{1,3}(?:\\.\\d{3}){1,2}|\\d{1,7})\\s?/\\s?(\\d{4}|\\d{2})(?![\\d/])`, 'i');
const TCU = sticky(`\\s?[-–]\\s?(?:TCU(?:\\s?[-–]\\s?)?)?(?:Plenário|PL|[12]\\.?[ªa]\\s(?:Câmara|Turma)|\\d)(?![${L}\\d])|\\s?-\\s?TCU(?![${L}])`);
const DATED = sticky(`(?:(?:datad[oa]s?|proferid[oa]s?)${S})?(?:(?:de|em|do${S}dia)${S})?(?=\\d{1,2}(?:\\.?[ºo])?[\\s./-])`, 'i');
const PROCESS_WORD = sticky(
  `(?:(?:proferid[oa]${S})?(?:n[oa]s?${S})?)?(?:processos?|procs?\\s?\\.?|p\\.|recursos?|rec\\.|revista)(?:${S}apensos)?${S0}(?:${NO})?:?${S0}(?=[C-T]?\\s?[-‑–]?\\d)`,
  'i',
);
const PROCESS_NUMBER = sticky(
  `(?:${CNJ}|\\d{1,7}(?:[-–][A-Z0-9]{1,3})?/\\d{2,4}(?:\\.\\d[A-Z0-9]{2,10}(?:[.-][A-Z0-9]{1,6}){0,4})?)(?![\\d${L}/])`,
);
const EU_CASE = `[CTF]\\s?[-‑–]\\s?\\d{1,4}/\\d{2}(?:\\s?P(?:PU)?(?![${L}]))?`;
const EU_CASES = sticky(`(?:${EU_CASE})(?:(?:,\\s|\\se\\s|\\sa\\s)${EU_CASE}){0,10}(?![\\d${L}])`);
const ECLI_ID = '(?:ECLI:)?EU:[CTF]:\\d{4}:\\d{1,5}|ECLI:[A-Z]{2}:[A-Z0-9]{1,12}:\\d{4}:[A-Za-z0-9.]{1,40}(?:-[A-Za-z0-9.]{1,12})?';
const ECLI = sticky(`(?:${ECLI_ID})`);
const PARTIES = sticky(
  `[${U}][${L}.&'’-]{1,24}(?:${S}(?:(?:e|c\\.|contra|v\\.|vs\\.|d[aeo]s?|y|and|/)${S})?[${U}][${L}.&'’-]{0,24}|${S}(?:c\\.|contra|v\\.|e)${S}(?:o\\.)){0,8}`,
);
const BETWEEN = sticky(`${S0},${S0}|${S0}\\(|${S}(?:de\\s(?=\\d))?|`);
const AFTER_PARTIES = sticky(`(?:${S0},?${S}(?:processo|proc\\.|C-|T-|EU:|ECLI))`);

const clean = (text: string): string => text.replace(/\s+/g, ' ').trim();

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
    const numbered = number === undefined && named === null && cases === null ? matchAt(NUMBER, text, from) : null;
    if (eu !== null) {
      [ecli] = eu;
      next = from + eu[0].length;
    } else if (cases !== null) {
      process ??= clean(cases[0]);
      next = from + cases[0].length;
    } else if (named !== null) {
      court = courtOf(named[1] ?? '');
      next = from + named[0].length;
    } else if (numbered !== null && !parenthesis && date === undefined && matchAt(DATED_NUMERIC, text, from) === null) {
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
            : (matchAt(EU_CASES, text, from + word[0].length) ?? matchAt(PROCESS_NUMBER, text, from + word[0].length));
        if (word !== null && id !== null) {
          process = clean(id[0]);
          next = from + word[0].length + id[0].length;
        } else if (!parties && !parenthesis && date !== undefined && (court === undefined || /^T(?:JUE|EDH|ribunal)/.test(court))) {
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
  if (number === undefined && date === undefined && process === undefined && ecli === undefined) return undefined;
  const pieces = [
    uniform ? 'Acórdão de Uniformização de Jurisprudência' : /^assento/i.test(lead[0]) ? 'Assento' : 'Acórdão',
    ...(number === undefined ? [] : [`n.º ${number}`]),
    ...(court === undefined ? [] : [`${/^Relação/.test(court) ? 'da' : 'do'} ${court}`]),
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
const isoless = ({ day, month, year }: CitedDate): string => `${two(day)}-${two(month)}${year === undefined ? '' : `-${year}`}`;

const COURT_PATTERNS = COURTS.map(([pattern, name]) => [new RegExp(`^(?:${pattern})$`), name] as const);
const courtOf = (written: string): string =>
  COURT_PATTERNS.find(([pattern]) => pattern.test(written))?.[1] ?? clean(written);

const PROCESS = sticky(
  `(?:processos?(?:${S}apensos)?|procs?\\s?\\.|PROCESSO|PROC\\.)${S0}(?:${NO})?:?${S0}(?:(${EU_CASE}(?:(?:,\\s|\\se\\s|\\sa\\s)${EU_CASE}){0,10})|(\\d{1,7}(?:[-–][A-Z0-9]{1,3})?/\\d{2,4}\\.\\d[A-Z0-9]{2,10}(?:[.-][A-Z0-9]{1,6}){0,4}))(?![\\d${L}/])`,
  'i',
);
const BARE_EU = sticky(`${EU_CASE}(?![\\d${L}])`);
const CELEX = sticky(`CELEX\\s?(?:n\\.º\\s)?:?\\s?([1-9]\\d{4}[A-Z]{1,2}\\d{4}(?:\\(\\d{2}\\))?)|([36]\\d{4}(?:[RLDF]|CJ|TJ|CC)\\d{4})(?![\\d${L}])`);
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
    return { end: at + journal[0].length, kind: 'gazette', style: 'pt', normal: clean(journal[0]).replace(/^JOU?C?E?(?=\s)/, 'JO') };
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
  if (eu !== null) return { end: at + eu[0].length, kind: 'case', style: 'pt', normal: `proc. n.º ${eu[0]}`, number: eu[0] };
  const celex = matchAt(CELEX, text, at);
  if (celex !== null) {
    const number = celex[1] ?? celex[2] ?? '';
    return { end: at + celex[0].length, kind: number.startsWith('6') ? 'case' : 'law', style: 'pt', normal: `CELEX:${number}`, number };
  }
  return gazetteAt(text, at);
}

// Brazil.

const UF = '(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)';
const MODIFIER = '(?:AgRg|AgR|AgInt|A\\sGR|Ag|ED(?:cl|v|s)?|EDs|E|MC|QO|RG|TP|ProAfR|segundo|terceiro)';
const CLASS =
  '(?:REspe?|R\\.?E(?:sp)?|AREsp|EREsp|EAREsp|ARE|RHC|HC|HD|RMS|RO?MS|MS|MI|ADIn?|ADIN|ADC|ADPF|ADO|ACO|AC|AIRR|AIRE|AIME|AIJE|AI|Al|ARR|Ag|Rcl|RCL|Pet|PET|Inq|APn|AP|CC|SLS|SL|SS|PC|EAg|STA|STP|Ext|E-RR|RR|ROAR|RO|AR|APL|APC|RSE|RvC|RCED|RE|TC|PAD|PA)';
const BR_NUMBER = `(?:${CNJ}|\\d{1,4}(?:\\.\\d{1,7}){2,6}(?:-\\d{1,2}(?!\\d))?(?:/\\d{3}(?!\\d))?|\\d{1,3}(?:\\.\\d{3}){1,2}(?:-\\d{1,2}(?!\\d))?|\\d{1,8}(?:\\s?-\\s?\\d{1,2}(?:\\.\\d{4}(?:\\.\\d\\.\\d{2}\\.\\d{4})?)?(?!\\d))?)`;
const IN_STATE = `(?:\\s?[-/⁄∕–]\\s?${UF}(?![${L}]))`;
const BR_MARK = `(?:${S0}[-–]?${S0}(?:[Nn]\\s?\\.?\\s?[ºo°]?s?\\.?${S0}:?${S0})?)`;
const SHORT_CASE = sticky(
  `((?:TST[\\s-]{1,3})?(?:${MODIFIER}(?:${S}(?:n[ao]s?|em)${S}|-|${S})){0,4}${CLASS})(?:${S}(?:n[ao]s?)${S}${CLASS}){0,2}(${BR_MARK})((?:TST-)?${BR_NUMBER})(?![\\d${L}]|,\\d)(${S}(?:AgR|AgRg|MC|ED|QO|RG|A\\sGR)(?![${L}]))?(${IN_STATE})?(?:-(?:AgRg|AgR|MC|ED)(?![${L}]))?`,
);
const SPELLED =
  '(?:recursos?\\s(?:especia(?:l|is)(?:\\seleitoral)?|extraordinários?(?:\\scom\\sagravo)?|de\\srevista(?:\\scom\\sagravo)?|ordinários?(?:\\sem\\s(?:habeas\\scorpus|mandado\\sde\\ssegurança))?|em\\ssentido\\sestrito|eleitoral|inominado)|' +
  'habeas\\s?corpus|embargos(?=\\s{0,3}n[º°])|recursos?\\scrimina(?:l|is)|mandados?\\sde\\s(?:segurança|injunção)|aç(?:ão|ões)\\s(?:direta\\sde\\sinconstitucionalidade(?:\\spor\\somissão)?|declaratória\\sde\\sconstitucionalidade|rescisória|penal|cível(?:\\soriginária)?)|' +
  'arguição\\sde\\sdescumprimento\\sde\\spreceito\\sfundamental|apelaç(?:ão|ões)(?:\\s(?:cível|cíveis|criminal|criminais))?|agravos?(?:\\s(?:regimental|interno|de\\sinstrumento|em\\srecurso\\sespecial|em\\srecurso\\sextraordinário))?|' +
  'embargos\\sde\\sdeclaração(?:\\scível)?|embargos\\s(?:infringentes|de\\sdivergência)|correiç(?:ão|ões)\\sparcia(?:l|is)|reclamaç(?:ão|ões)|conflitos?\\sde\\scompetência|incidente\\sde\\s[a-zç]{1,20}(?:\\sde\\s[a-zç]{1,20}){0,3}|inquéritos?|petiç(?:ão|ões)|representaç(?:ão|ões)|processos?|autos|registro)';
const SPELLED_CASE = sticky(
  `(${SPELLED}(?:${S}(?:n[ao]s?|em)${S}${SPELLED}){0,4})(?:${S0}[-–]?${S0}\\(?${CLASS}\\)?)?(?:${S0}\\(${CLASS}\\))?(${S0}[-–]?${S0}[Nn]\\s?\\.?\\s?[ºo°]?s?\\.?${S0}:?${S0}|${S})((?:TST\\s?-\\s?(?:${MODIFIER}-){0,4}${CLASS}\\s?-?\\s?)?(?:${BR_NUMBER}|\\d{1,7}-\\d{2}\\.\\d{4}))(?![\\d${L}]|,\\d)(\\s?/\\s?\\d{4}(?!\\d))?(${IN_STATE})?`,
  'i',
);
const TST_CASE = sticky(`(TST-(?:${MODIFIER}-){0,4}${CLASS})-?(${BR_NUMBER})(?![\\d${L}])`);
const CNJ_NUMBER = sticky(`(?:${CNJ}|\\d{4}[/⁄]\\d{7}-\\d|\\d{4}-\\d{6}/\\d{4})(?![\\d])`);
const MORE_CASES = sticky(`(?:${S0},${S0}(?:e${S})?|${S}e${S})(?:[Nn][º°o]?\\.?${S})?(\\d{1,3}(?:\\.\\d{3}){1,2}(?![\\d.])(?:/\\d{4}(?!\\d)|${IN_STATE})?|\\d{1,5}/(?:19|20)\\d{2}(?!\\d))`);
const PRECEDENT_WORD = sticky(
  `(súmulas?(?:${S}vinculantes?)?|enunciados?(?:${S}da${S}súmula)?|orientaç(?:ão|ões)${S}jurisprudencia(?:l|is)|OJs?|temas?)(?![${L}])${S0}(?:[Nn]\\s?\\.?\\s?[ºo°]?s?\\.?${S0})?(\\d{1,4}(?:\\.\\d{3})?(?![\\d]|/\\d|\\.\\d)(?:(?:,\\s(?:e\\s)?|\\se\\s|\\sa\\s)\\d{1,4}(?![\\d]|/\\d|\\.\\d)){0,12})`,
  'i',
);
const PRECEDENT_COURT = sticky(
  `(?:${S0},?${S}(?:(?:itens?|item|inciso)${S})?[IVX]{1,6}(?:(?:${S0},${S}|${S}e${S})[IVX]{1,6}){0,4}(?=${S0},|${S}d[aeo]))?(?:${S}da${S}Súmula(?:${S}de${S}Jurisprudência(?:${S}Predominante|${S}dominante)?)?(?=${S}d[oae]|[.,;)]))?(?:(?:\\s?/\\s?SB?DI\\s?-?\\s?[12I]{1,2})?\\s?[/⁄-]\\s?(?:STF|STJ|TST|TSE|TRF\\d?|TRT\\d?|TJ[A-Z]{2}|STM)(?![${L}])|${S0},?${S}(?:d[oae]s?|dest[ea]|dess[ea])${S}(?:(?:C\\s?\\.|C\\.?|Col\\.|Colendo|Colenda|Egrégio|E\\.|Excelso|Pretório|própri[oa])\\s?)?` +
    `(?:(?:SB?DI\\s?-?\\s?(?:1|I|2|II)|SDC|Tribunal\\sPleno)(?:${S}(?:d[oa]${S})?(?:C\\.\\s?)?(?:TST|Tribunal\\sSuperior\\sdo\\sTrabalho))?|Repercussão${S}Geral(?:${S}do${S}STF)?|${COURT_NAMES}|TRF\\d?|TRT[\\s\\w]{0,6}|Tribunal(?:${S}Regional)?|Corte|Turma\\sNacional\\sde\\sUniformização|TNU|CJF|FONAJE)(?![${L}]))?`,
  'i',
);

const SHORT_ONLY = /^(?:MS|AP|AI|Al|AC|CC|ED|SS|SL|TC|Ag|AR|MI|RE|R\.E|E|PA|PAD|HD|RO|RC|Ext|Pet|PET|STA|APL|APC)$/;

/** A Brazilian decision, precedent or case number that begins at `at`. */
export function brazilianCaseAt(text: string, at: number): FoundCase | undefined {
  const precedent = matchAt(PRECEDENT_WORD, text, at);
  if (precedent !== null) {
    const [whole, word = '', numbers = ''] = precedent;
    const court = matchAt(PRECEDENT_COURT, text, at + whole.length)?.[0] ?? '';
    const theme = /^tema/i.test(word);
    const sure = court !== '' || (theme ? /^T/.test(word) && /\d\d/.test(numbers) : /^(?:[SO]|E)/.test(word));
    if (!sure) return undefined;
    const end = at + whole.length + court.length;
    return {
      end,
      kind: 'case',
      style: 'br',
      normal: clean(`${word.charAt(0).toUpperCase()}${word.slice(1).toLowerCase().replace(/^ojs?$/i, 'OJ')} ${numbers}${court.replace(/^\s?[/⁄]\s?/, ' do ')}`).replace(/^Oj\b/, 'OJ'),
      number: numbers,
    };
  }
  const tst = matchAt(TST_CASE, text, at);
  if (tst !== null) {
    return { end: at + tst[0].length, kind: 'case', style: 'br', normal: clean(tst[0]), number: tst[2] ?? '' };
  }
  const short = matchAt(SHORT_CASE, text, at);
  if (short !== null) {
    const [whole, classes = '', mark = '', number = '', after, state] = short;
    const digits = number.replace(/\D/g, '').length;
    const sure =
      state !== undefined || after !== undefined || digits >= 13 || /\.\d{3}/.test(number) || digits >= (SHORT_ONLY.test(classes) && !/[Nn]/.test(mark) ? 5 : 2);
    if (sure) {
      return {
        end: at + whole.length,
        kind: 'case',
        style: 'br',
        normal: `${clean(classes)} ${number}${state === undefined ? '' : `/${state.replace(/[^A-Z]/g, '')}`}`,
        number,
      };
    }
  }
  const spelled = matchAt(SPELLED_CASE, text, at);
  if (spelled !== null) {
    const [whole, classes = '', mark = '', number = '', year, state] = spelled;
    const digits = number.replace(/\D/g, '').length;
    const loose = /^(?:processo|autos|registro|petiç|represent|inquérito|reclamaç)/i.test(classes);
    const court = new RegExp(`^(?:TST|${CNJ})`).test(number);
    const marked = /n/i.test(mark);
    if (court || (!loose && (marked || state !== undefined || /\.\d{3}/.test(number)) && digits >= 2) || (loose && state !== undefined && digits >= 3)) {
      return { end: at + whole.length, kind: 'case', style: 'br', normal: clean(whole), number: `${number}${year ?? ''}` };
    }
  }
  const cnj = matchAt(CNJ_NUMBER, text, at);
  if (cnj !== null) return { end: at + cnj[0].length, kind: 'case', style: 'br', normal: cnj[0], number: cnj[0] };
  return undefined;
}


/** The next number of «REsp 1.583.083, 1.597.380 e 1.609.067». */
export function furtherCase(text: string, at: number): { readonly start: number; readonly end: number; readonly number: string } | undefined {
  const match = matchAt(MORE_CASES, text, at);
  if (match === null) return undefined;
  const [whole, number = ''] = match;
  return { start: at + whole.length - number.length, end: at + whole.length, number };
}
