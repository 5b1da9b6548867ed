import type { CitationParts, Diploma, Link } from './citation';
import { namedByCode } from './codes';
import { fullYear } from './pieces';

/** Diário da República's names of kinds of diplomas, for ELI. */
const ELI: Readonly<Record<string, string>> = {
  Lei: 'lei',
  'Lei Constitucional': 'leiconst',
  'Lei Orgânica': 'leiorg',
  'Decreto-Lei': 'dec-lei',
  Decreto: 'dec',
  'Decreto Regulamentar': 'decregul',
  'Decreto Legislativo Regional': 'declegreg',
  'Decreto Regulamentar Regional': 'decregulreg',
  'Decreto do Presidente da República': 'decpresrep',
  Portaria: 'port',
  'Resolução do Conselho de Ministros': 'resolconsmin',
  'Resolução da Assembleia da República': 'resolassrep',
  'Declaração de Retificação': 'declretif',
};

const two = (value: number): string => String(value).padStart(2, '0');
const eurLex = (celex: string): Link => ({
  title: `EUR-Lex: ${celex}`,
  url: `https://eur-lex.europa.eu/legal-content/PT/TXT/?uri=CELEX:${celex}`,
});

/** Where the text can be read. Only addresses: nothing is fetched. */
export function linksOf(parts: CitationParts): Link[] {
  const links: Link[] = [];
  const { diploma, ecli, number } = parts;
  if (ecli !== undefined) {
    links.push({ title: ecli, url: `https://e-justice.europa.eu/ecli/${encodeURIComponent(ecli)}` });
    const celex = celexOfCase(parts);
    if (celex !== undefined) links.push(eurLex(celex));
  } else if (diploma === undefined && number !== undefined && /^[1-9]\d{4}[A-Z]{1,2}\d{4}/.test(number)) {
    links.push(eurLex(number));
  } else if (diploma === undefined) {
    const celex = celexOfCase(parts);
    if (celex !== undefined) links.push(eurLex(celex));
  }
  if (diploma !== undefined) {
    const celex = celexOf(diploma);
    if (celex !== undefined) links.push(eurLex(celex));
    const eli = eliOf(diploma);
    if (eli !== undefined) links.push({ title: 'Diário da República', url: eli });
  }
  return links;
}

/** Diário da República's address, for what is cited with its whole date. */
function eliOf({ type, number, year, suffix, date }: Diploma): string | undefined {
  const kind = ELI[type];
  if (kind === undefined || number === undefined || date?.day === undefined || date.month === undefined)
    return undefined;
  const written = date.year ?? (year === undefined ? undefined : fullYear(year));
  // Brazil's laws have the same names; Portugal's have had the year in their number since 1976.
  if (type === 'Lei' && Number(number) > 2300) return undefined;
  if (year === undefined && written !== undefined && written > 1976) return undefined;
  if (written === undefined || date.month > 12 || date.month < 1) return undefined;
  const region = suffix === '/A' ? 'a' : suffix === '/M' ? 'm' : '';
  if (suffix !== undefined && region === '') return undefined;
  return `https://data.dre.pt/eli/${kind}/${number.toLowerCase()}/${written}${region === '' ? '' : `/${region}`}/${two(date.month)}/${two(date.day)}/p/dre/pt/html`;
}

const SECTORS: readonly (readonly [type: RegExp, letter: string])[] = [
  [/^Regulamento/, 'R'],
  [/^Diretiva/, 'L'],
  [/^Decisão-Quadro/, 'F'],
  [/^Decisão/, 'D'],
  [/^Recomendação/, 'H'],
];

function celexOf({ code, type, number, year, suffix }: Diploma): string | undefined {
  if (code !== undefined) return namedByCode(code)?.celex;
  if (number === undefined || year === undefined || suffix === undefined || !/UE|CE|JAI/i.test(suffix))
    return undefined;
  const letter = SECTORS.find(([pattern]) => pattern.test(type))?.[1];
  return letter === undefined || !/^\d+$/.test(number)
    ? undefined
    : `3${fullYear(year)}${letter}${number.padStart(4, '0')}`;
}

/** `C-131/12` → `62012CJ0131`. */
function celexOfCase({ number }: CitationParts): string | undefined {
  const match = /^([CT])\s?[-‑–]\s?(\d{1,4})\/(\d{2})$/.exec(number ?? '');
  if (match === null) return undefined;
  const [, court = '', serial = '', year = ''] = match;
  return `6${fullYear(year)}${court}J${serial.padStart(4, '0')}`;
}
