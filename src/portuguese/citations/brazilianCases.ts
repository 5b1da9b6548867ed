import { CNJ, COURT_NAMES, clean } from './cases';
import type { FoundCase } from './cases';
import { L, S, S0, matchAt, sticky } from './pieces';

const UF = '(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)';
const MODIFIER = '(?:AgRg|AgR|AgInt|A\\sGR|Ag|ED(?:cl|v|s)?|EDs|E|MC|QO|RG|TP|ProAfR|segundo|terceiro)';
const CLASS =
  '(?:REspe?|R\\.?E(?:sp)?|AREsp|EREsp|EAREsp|ARE|RHC|HC|HD|RMS|RO?MS|MS|MI|ADIn?|ADIN|ADC|ADPF|ADO|ACO|AC|AIRR|AIRE|AIME|AIJE|AI|Al|ARR|Ag|Rcl|RCL|Pet|PET|Inq|APn|AP|CC|SLS|SL|SS|PC|EAg|STA|STP|Ext|E-RR|RR|ROAR|RO|AR|APL|APC|RSE|RvC|RCED|RE|TC|PAD|PA)';
const BR_NUMBER = `(?:${CNJ}|\\d{13,14}(?:[A-Z]{3}(?![A-Z]))?|\\d{1,4}(?:\\.\\d{1,7}){2,6}(?:-\\d{1,2}(?!\\d))?(?:/\\d{3}(?!\\d))?|\\d{1,3}(?:\\.\\d{3}){1,2}(?:-\\d{1,2}(?!\\d))?|\\d{1,8}(?:\\s?-\\s?\\d{1,2}(?:\\.\\d{4}(?:\\.\\d\\.\\d{2}\\.\\d{4})?)?(?!\\d))?)`;
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
const MORE_CASES = sticky(
  `(?:${S0},${S0}(?:e${S})?|${S}e${S})(?:[Nn][º°o]?\\.?${S})?(\\d{1,3}(?:\\.\\d{3}){1,2}(?![\\d.])(?:/\\d{4}(?!\\d)|${IN_STATE})?|\\d{1,5}/(?:19|20)\\d{2}(?!\\d))`,
);
const PRECEDENT_WORD = sticky(
  `(súmulas?(?:${S}vinculantes?)?|enunciados?(?:${S}da${S}súmula)?|orientaç(?:ão|ões)${S}jurisprudencia(?:l|is)|OJs?|temas?)(?![${L}])${S0}(?:[Nn]\\s?\\.?\\s?[ºo°]?s?\\.?${S0})?(\\d{1,4}(?:\\.\\d{3})?(?![\\d]|/\\d|\\.\\d)(?:(?:,\\s(?:e\\s)?|\\se\\s|\\sa\\s)\\d{1,4}(?![\\d]|/\\d|\\.\\d)){0,12})`,
  'i',
);
const PRECEDENT_COURT = sticky(
  `(?:${S0},?${S}(?:(?:itens?|item|inciso)${S})?[IVX]{1,6}(?:(?:${S0},${S}|${S}e${S})[IVX]{1,6}){0,4}(?=${S0},|${S}d[aeo]))?(?:${S}da${S}Súmula(?:${S}de${S}Jurisprudência(?:${S}Predominante|${S}dominante)?)?(?=${S}d[oae]|[.,;)]))?(?:(?:\\s?/\\s?SB?DI\\s?-?\\s?[12I]{1,2})?\\s?[/⁄-]\\s?(?:STF|STJ|TST|TSE|TRF\\d?|TRT\\d?|TJ[A-Z]{2}|STM)(?![${L}])|${S0},?${S}(?:d[oae]s?|dest[ea]|dess[ea])${S}(?:(?:C\\s?\\.|C\\.?|Col\\.|Colendo|Colenda|Egrégio|E\\.|Excelso|Pretório|própri[oa])\\s?)?` +
    `(?:(?:SB?DI\\s?-?\\s?(?:1|I|2|II)|SDC|Tribunal\\sPleno)(?:${S}(?:d[oa]${S})?(?:C\\.\\s?)?(?:TST|Tribunal\\sSuperior\\sdo\\sTrabalho))?|Repercussão${S}Geral(?:${S}do${S}STF)?|${COURT_NAMES}|TRF\\d?|TRT[\\s\\w]{0,6}|Tribunal(?:${S}Regional)?|Corte|Turma\\sNacional\\sde\\sUniformização|TNU|CJF|FONAJE)(?![${L}]))?`,
  'i',
);

const SHORT_ONLY =
  /^(?:MS|AP|AI|Al|AC|CC|ED|SS|SL|TC|Ag|AR|MI|RE|R\.E|E|PA|PAD|HD|RO|RC|Ext|Pet|PET|STA|APL|APC)$/;

/** A Brazilian decision, precedent or case number that begins at `at`. */
export function brazilianCaseAt(text: string, at: number): FoundCase | undefined {
  const precedent = matchAt(PRECEDENT_WORD, text, at);
  if (precedent !== null) {
    const [whole, word = '', numbers = ''] = precedent;
    const court = matchAt(PRECEDENT_COURT, text, at + whole.length)?.[0] ?? '';
    const theme = /^tema/i.test(word);
    const sure =
      court !== '' || (theme ? word.startsWith('T') && /\d\d/.test(numbers) : /^(?:[SO]|E)/.test(word));
    if (!sure) return undefined;
    const end = at + whole.length + court.length;
    return {
      end,
      kind: 'case',
      style: 'br',
      normal: clean(
        `${word.charAt(0).toUpperCase()}${word
          .slice(1)
          .toLowerCase()
          .replace(/^ojs?$/i, 'OJ')} ${numbers}${court.replace(/^\s?[/⁄]\s?/, ' do ')}`,
      ).replace(/^Oj\b/, 'OJ'),
      number: numbers,
    };
  }
  const tst = matchAt(TST_CASE, text, at);
  if (tst !== null) {
    return {
      end: at + tst[0].length,
      kind: 'case',
      style: 'br',
      normal: clean(tst[0]),
      number: tst[2] ?? '',
    };
  }
  const short = matchAt(SHORT_CASE, text, at);
  if (short !== null) {
    const [whole, classes = '', mark = '', number = '', after, state] = short;
    const digits = number.replace(/\D/g, '').length;
    const sure =
      state !== undefined ||
      after !== undefined ||
      digits >= 13 ||
      /\.\d{3}/.test(number) ||
      digits >= (SHORT_ONLY.test(classes) && !/[Nn]/.test(mark) ? 5 : 2);
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
    if (
      court ||
      (!loose && (marked || state !== undefined || /\.\d{3}/.test(number)) && digits >= 2) ||
      (loose && state !== undefined && digits >= 3)
    ) {
      return {
        end: at + whole.length,
        kind: 'case',
        style: 'br',
        normal: clean(whole),
        number: `${number}${year ?? ''}`,
      };
    }
  }
  const cnj = matchAt(CNJ_NUMBER, text, at);
  if (cnj !== null)
    return { end: at + cnj[0].length, kind: 'case', style: 'br', normal: cnj[0], number: cnj[0] };
  return undefined;
}

const OF_COURT = sticky(`,?${S}d[oa]${S}(?:${COURT_NAMES})(?![${L}])`);

/** The next number of «REsp 1.583.083, 1.597.380 e 1.609.067». */
export function furtherCase(
  text: string,
  at: number,
): { readonly start: number; readonly end: number; readonly number: string } | undefined {
  const match = matchAt(MORE_CASES, text, at);
  if (match === null) return undefined;
  const [whole, number = ''] = match;
  const end = at + whole.length;
  return { start: end - number.length, end: end + (matchAt(OF_COURT, text, end)?.[0].length ?? 0), number };
}
