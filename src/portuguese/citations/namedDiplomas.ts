import type { Diploma } from './citation';
import { NAMED, byAbbreviation } from './codes';
import type { NamedDiploma } from './codes';
import type { FoundDiploma } from './foundDiploma';
import { CONNECTORS, L, S, S0, U, datedAt, matchAt, sticky } from './pieces';

// Words that begin a diploma of their own, or a court, and so end a title.
const HEADS =
  '(?:Código|Constituição|Lei|Decreto|Portaria|Regulamento|Convenção|Diretiva|Directiva|Tribunal|Supremo|Acórdão|Estatuto|Regime|Resolução|Carta|Protocolo|Tratado|Súmula|Governo|Portugal|Estado-Membro)';
const TITLE = `(?:${S}${CONNECTORS}(?!${HEADS}(?![${L}]))[${U}][${L}]{1,30}(?:-[${L}]{1,20}){0,2}){1,14}`;
const GENERIC = sticky(
  `(Código(?!${S}(?:Postal|de${S}(?:Conduta|Barras|Ética|Verificação|Acesso))(?![${L}]))|Estatutos?(?=${S}(?:d[aoe]s?${S}|Político|Orgânico))|Regime(?!${S}Geral${S}d[ae]${S}(?:Segurança|Previdência))(?=${S}(?:Jurídico${S}|Geral${S}|Especial${S}|Legal|Disciplinar|Excecional))|` +
    `Lei(?=${S}(?:d[aeo]s?${S}|(?:Geral|Quadro|Orgânica|Uniforme)${S}(?:${CONNECTORS})[${U}]|Maria|Seca|Rouanet|Kandir)|-Quadro${S})|Lei-Quadro|` +
    `Regulamento(?=${S}(?:Geral${S}|Internacional${S}|Disciplinar${S}|Roma${S}|Bruxelas${S}|Dublin|d[aeo]s?${S}))|` +
    `Regimento(?=${S}(?:d[aeo]${S}(?:Assembleia|Senado|Câmara|Supremo|Superior|Tribunal)))|Tratado(?!${S}de${S}Direito)|Convenção(?!${S}(?:e${S}|Nacional|Partidária|de${S}Arbitragem|Coletiva|Colectiva|Antenupcial|Arbitral))|Protocolo(?=${S}(?:de${S}(?:Quioto|Madrid|Montreal|Quioto|Genebra|Londres|Bruxelas|[12]\\d{3})|Adicional))|` +
    `Acordo(?=${S}(?:de${S}Schengen|sobre${S}|Ortográfico))|Consolidação(?=${S}das${S}Leis))(?:${TITLE})?`,
);
const VERSION = sticky(
  `(?:${S0}[/⁄]\\s?(\\d{4}|\\d{2})(?!\\d)|${S}de${S}((?:18|19|20)\\d{2})(?!\\d)|(?:${S}(?:brasileiro|português))(?![${L}]))`,
  'i',
);
const TREATY_YEAR = sticky(`(?:(?:,|${S}para)${S}((?:18|19|20)\\d{2})(?![\\d/])|${S}(\\d{2}/\\d{2})(?!\\d))`);

const escaped = (text: string): string =>
  text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replace(/ /g, S);
const longestFirst = (a: string, b: string): number => b.length - a.length;
const fold = (text: string): string => text.replace(/\s+/g, ' ').toLowerCase();

const byName = new Map<string, NamedDiploma>();
for (const named of NAMED) {
  const short = named.name.startsWith('Código ') ? [named.name.replace('Código', 'Cód.')] : [];
  for (const name of [named.name, ...short, ...(named.alias ?? [])]) byName.set(fold(name), named);
}
/** A pattern for each first letter: a long list of names is tried one after the other. */
function byFirstLetter(names: readonly string[], after: string, flags = ''): ReadonlyMap<number, RegExp> {
  const lists = new Map<number, string[]>();
  for (const name of [...new Set(names)].sort(longestFirst)) {
    const code = name.toUpperCase().charCodeAt(0);
    lists.set(code, [...(lists.get(code) ?? []), name]);
  }
  return new Map(
    [...lists].map(([code, list]) => [code, sticky(`(${list.map(escaped).join('|')})${after}`, flags)]),
  );
}
const NAMES = byFirstLetter([...byName.keys()], `(?![${L}])`, 'i');
const FREE = byFirstLetter(
  NAMED.flatMap(({ free }) => free ?? []),
  `(?![${L}\\d-]|\\.[A-Z])`,
);
const ABBREVIATIONS = byFirstLetter([...byAbbreviation.keys()], `(?![${L}\\d]|-[A-Z])`);

/** Abbreviations that stand for themselves wherever they are: where a citation may begin. */
export const FREE_ABBREVIATIONS: readonly string[] = NAMED.flatMap(({ free }) => free ?? []);

export function namedAt(text: string, at: number, bound: boolean): FoundDiploma | undefined {
  const code = text.charCodeAt(at);
  const names = NAMES.get(code);
  const name = names === undefined ? null : matchAt(names, text, at);
  const shorts = name === null ? (bound ? ABBREVIATIONS : FREE).get(code) : undefined;
  const short = shorts === undefined ? null : matchAt(shorts, text, at);
  const match = name ?? short;
  if (match === null) return undefined;
  // «constituição federal» in lower case names the thing, «código civil» too; only a capital names the law.
  if (name !== null && !new RegExp(`^[${U}]`).test(name[0])) return undefined;
  const named = name === null ? byAbbreviation.get(match[0]) : byName.get(fold(match[0]));
  if (named === undefined) return undefined;
  let end = at + match[0].length;
  let year: string | undefined;
  const version = matchAt(VERSION, text, end);
  const dated = version?.[1] === undefined ? treatyDate(text, end) : undefined;
  if (dated !== undefined && /^(?:Conven|Regul|Trat|Prot|Carta|Regras)/.test(named.type)) {
    return {
      end: dated.end,
      style: 'pt',
      diploma: { ...ofNamed(named), ...(dated.date === undefined ? {} : { date: dated.date }) },
    };
  }
  if (version !== null && !/^(?:Regulamento|Convenção)/.test(named.type)) {
    end += version[0].length;
    year = version[1] ?? version[2];
  }
  const own = /\/(\d{2,4})$/.exec(match[0])?.[1] ?? year;
  return {
    end,
    style: named.style ?? (named.code === 'cf' || own !== undefined ? 'br' : 'pt'),
    diploma: { ...ofNamed(named), ...(own === undefined ? {} : { year: own }) },
  };
}

const ofNamed = ({ code, name, type }: NamedDiploma): Diploma => ({ type, name, code });

/** «de 25 de agosto de 1924», «, 2006», «73/78» after a treaty's name. */
function treatyDate(
  text: string,
  at: number,
): { readonly end: number; readonly date?: NonNullable<Diploma['date']> } | undefined {
  const year = matchAt(TREATY_YEAR, text, at);
  if (year !== null) {
    return {
      end: at + year[0].length,
      ...(year[1] === undefined ? {} : { date: { year: Number(year[1]) } }),
    };
  }
  return datedAt(text, at);
}

const STANDING_RULES = sticky(
  `Regimento${S}Interno(?:\\s?/\\s?[A-Z]{2,5}(?![${L}])|${S}d[oa]${S}(?:Supremo${S}Tribunal${S}Federal|Superior${S}Tribunal${S}de${S}Justiça|Superior${S}Tribunal${S}Militar|Tribunal${S}Superior${S}(?:do${S}Trabalho|Eleitoral)|Tribunal${S}de${S}(?:Contas|Justiça)|Assembleia${S}Legislativa|Câmara${S}d[aeo]s?${S}[${U}][${L}]{1,20}|Senado${S}Federal|S[TR][JFM]|T[SC][TEU]))?(?![${L}])`,
);
const STATE_CONSTITUTION = sticky(
  `Constituição${S}do${S}Estado(?:${S}d[aeo]s?${S}[${U}][${L}]{2,20}(?:${S}(?:(?:d[aeo]|Grande)${S})?(?:d[aeo]${S})?(?:Norte|Sul|Janeiro|Paulo|Gerais|Catarina|Grosso|Santo)){0,2})?(?![${L}])`,
  'i',
);
const CONSTITUTION = sticky(`Constituição(?![${L}]|${S}d[aeo]s?${S}|${S}[${U}])`);

const DATED = sticky(`${S}de${S}(?=\\d)`);

export function genericAt(text: string, at: number): FoundDiploma | undefined {
  const rules = matchAt(STANDING_RULES, text, at);
  if (rules !== null) {
    return {
      end: at + rules[0].length,
      style: 'br',
      diploma: { type: 'Regimento', name: rules[0].replace(/\s+/g, ' ') },
    };
  }
  const state = matchAt(STATE_CONSTITUTION, text, at);
  if (state !== null) {
    return {
      end: at + state[0].length,
      style: 'br',
      diploma: { type: 'Constituição', name: state[0].replace(/\s+/g, ' ') },
    };
  }
  const constitution = matchAt(CONSTITUTION, text, at);
  if (constitution !== null) {
    return /[àa]\s{1,3}$/i.test(text.slice(Math.max(0, at - 4), at))
      ? {
          end: at + constitution[0].length,
          style: 'pt',
          diploma: { type: 'Constituição', name: 'Constituição' },
        }
      : undefined;
  }
  const match = matchAt(GENERIC, text, at);
  if (match === null) return undefined;
  const [whole, type = ''] = match;
  const end = at + whole.length;
  const title = whole.replace(/\s+/g, ' ');
  const dated = treatyDate(text, end);
  if (title === type) {
    // «Convenção de 1910», «Código de 1966».
    if (
      !/^(?:Conven|Prot|Código)/.test(type) ||
      matchAt(DATED, text, end) === null ||
      dated?.date?.year === undefined
    )
      return undefined;
  } else if (
    dated === undefined &&
    /^(?:Estatuto|Regulamento|Regimento|Acordo|Tratado)$/.test(type) &&
    !/\s\S+\s\S/.test(title)
  ) {
    return undefined;
  }
  return {
    end: dated?.end ?? end,
    style: 'pt',
    diploma: { type, name: title, ...(dated?.date === undefined ? {} : { date: dated.date }) },
  };
}
