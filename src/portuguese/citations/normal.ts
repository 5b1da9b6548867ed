import type { CitationStyle, Diploma, Provision, ProvisionUnit } from './citation';
import { day, fullYear } from './pieces';

const thousands = (number: string): string => {
  const digits = /^\d+/.exec(number)?.[0] ?? '';
  return `${digits.replace(/\B(?=(?:\d{3})+$)/g, '.')}${number.slice(digits.length)}`;
};

/** «Decreto-Lei n.º 352/86, de 21 de outubro», «Lei nº 8.078/1990». */
export function diplomaText(diploma: Diploma, style: CitationStyle): string {
  const { type, number, year, suffix, date, body, name } = diploma;
  if (number === undefined) {
    const title = name ?? type;
    if (diploma.code !== undefined && year !== undefined) return `${title} de ${fullYear(year)}`;
    return date === undefined ? title : `${title} de ${day(date)}`;
  }
  if (suffix?.startsWith('(') === true) {
    const numbered = Number(year) >= 2015 ? `${year ?? ''}/${number}` : `n.º ${number}/${year ?? ''}`;
    return `${type} ${suffix} ${numbered}${dated(date, true)}`;
  }
  if (suffix !== undefined && /^(?:UE|CE|CEE|JAI|PESC|CECA|EURATOM)$/.test(suffix)) {
    return `${type} ${year ?? ''}/${number}/${suffix}${dated(date, true)}`;
  }
  const of =
    body === undefined
      ? ''
      : ` ${/^(?:CMVM|ASF|Comissão|Assembleia|ANACOM|ERSE|OIT|Organização)/.test(body) ? 'da' : 'do'} ${body}`;
  if (style === 'br') {
    const written = year === undefined ? '' : `/${fullYear(year)}`;
    return `${type}${body === undefined ? '' : ` ${body}`} nº ${thousands(number)}${written}${suffix ?? ''}${written === '' ? dated(date, true) : dated(date, true)}`;
  }
  const written = year === undefined ? '' : `/${year}`;
  return `${type}${of} n.º ${number}${written}${suffix ?? ''}${dated(date, year === undefined)}`;
}

const dated = (date: Diploma['date'], withYear: boolean): string => {
  const text = date === undefined ? '' : day(date, withYear);
  return text === '' ? '' : `, de ${text}`;
};

type Names = Readonly<
  Record<Exclude<ProvisionUnit, 'estrutura' | 'parte'>, readonly [one: string, more: string]>
>;
const COMMON = {
  parágrafo: ['§', '§§'],
  inciso: ['inciso', 'incisos'],
  alínea: ['alínea', 'alíneas'],
  subalínea: ['subalínea', 'subalíneas'],
} as const;
const NAMES: Readonly<Record<CitationStyle, Names>> = {
  pt: { ...COMMON, artigo: ['artigo', 'artigos'], número: ['n.º', 'n.os'] },
  br: { ...COMMON, artigo: ['art.', 'arts.'], número: ['nº', 'nºs'] },
};

/** «12.º-A» and «12-A»: Brazil marks only what is under ten. */
function ordinal(value: string, style: CitationStyle): string {
  const match = /^(\d+)(.*)$/.exec(value);
  if (match === null) return value;
  const [, digits = '', rest = ''] = match;
  if (style === 'pt') return `${digits}.º${rest}`;
  return digits.length === 1 ? `${digits}º${rest}` : `${thousands(digits)}${rest}`;
}

function itemText(unit: ProvisionUnit, value: string, style: CitationStyle): string {
  if (unit === 'artigo') return ordinal(value, style);
  if (unit === 'parágrafo') return value === 'unico' ? 'único' : ordinal(value, style);
  if (unit === 'alínea' || unit === 'subalínea')
    return style === 'br' ? `"${value.toLowerCase()}"` : `${value.toLowerCase()})`;
  return value;
}

function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} e ${last}`;
}

/** «artigo 15.º, n.º 2, alínea a)». */
export function placeText(place: readonly Provision[], style: CitationStyle): string {
  return place
    .map(({ unit, word, items, open }) => {
      const many = items.length > 1 || items.some(({ to }) => to !== undefined) || open === true;
      const list = listed(
        items.map(({ from, to }) =>
          to === undefined
            ? itemText(unit, from, style)
            : `${itemText(unit, from, style)} a ${itemText(unit, to, style)}`,
        ),
      );
      if (unit === 'parte') return list;
      const name = unit === 'estrutura' ? (word ?? '') : NAMES[style][unit][many ? 1 : 0];
      return `${name} ${list}${open === true ? ' e seguintes' : ''}`;
    })
    .join(', ');
}

export function normalText(
  diploma: Diploma | undefined,
  places: readonly (readonly Provision[])[],
  style: CitationStyle,
): string {
  const parts = [
    ...(diploma === undefined ? [] : [diplomaText(diploma, style)]),
    places.map((place) => placeText(place, style)).join('; '),
  ];
  return parts.filter((part) => part !== '').join(', ');
}
