import type { FoundDiploma } from './foundDiploma';
import { genericAt, namedAt } from './namedDiplomas';
import { europeanAt, numberedAt } from './numberedDiplomas';
import { L, S, S0, U, codesOf, matchAt, sticky } from './pieces';

const EUROPEAN_FIRST = codesOf('rRdD');
const NUMBERED_FIRST = codesOf('dDlLpPrRaAiInNcCmMeEoO');
const GENERIC_FIRST = codesOf('CERLTPA');

/** The diploma that begins at `at`. `bound`: an article is said to be of it, so that «CC» can be nothing else. */
export function diplomaAt(text: string, at: number, bound: boolean): FoundDiploma | undefined {
  const code = text.charCodeAt(at);
  const capital = code < 97 || code > 255;
  return (
    (EUROPEAN_FIRST.has(code) ? europeanAt(text, at) : undefined) ??
    (NUMBERED_FIRST.has(code) ? numberedAt(text, at) : undefined) ??
    (capital
      ? (namedAt(text, at, bound) ?? (GENERIC_FIRST.has(code) ? genericAt(text, at) : undefined))
      : undefined)
  );
}

const ANAPHORIC =
  '(?:diploma(?:\\slegal)?|código|decreto-lei|decreto|lei|portaria|regulamento|convenção|constituição|estatutos?|dire[c]?tiva|normativo|compêndio\\slegal|codex|regime|resolução|despacho|aviso|tratado|protocolo|carta|regras)';
const POINTER = `(?:mesm[oa]s?|(?:supra)?referid[oa]s?|(?:supra)?citad[oa]s?|aludid[oa]s?|mencionad[oa]s?|sobredit[oa]s?|indicad[oa]s?|dit[oa]|presentes?|atual|actual|nov[oa]|novel|antig[oa]|vigente|então|revogad[oa]|próprio|própria|primeir[oa]|segund[oa]|nosso)`;
const LINK = sticky(
  `${S0},?${S0}(?:(?:todos|ambos|tudo)${S}(?:eles${S})?)?(?:(d[oae]s?|à|ao)|(dest[ea]s?|da?quel[ea]s?|dess[ea]s?))${S}((?:${POINTER}${S}){0,2})`,
  'i',
);
const DIRECT_LINK = sticky(`${S0},${S0}(?:(?:todos|ambos)${S})?|${S}|${S0}-${S0}|\\s?/\\s?`);
const NOUN = sticky(`${ANAPHORIC}(?![${L}])(?:${S}(?:em\\scausa|em\\sapreço|em\\sanálise|legal))?`, 'i');
const CAPITAL_NOUN = sticky(
  `(?:Convenção|Código|Regulamento|Diretiva|Directiva|Constituição|Decreto-Lei|Decreto|Lei|Portaria|Regime|Estatuto|Protocolo|Tratado|Carta|diploma)(?![${L}])(?!${S}(?:n\\.|d[aoe]s?${S}[${U}]))`,
);

const UNKNOWN = sticky(
  `(?!(?:STJ|STA|TJUE|TEDH|ONU|OIT|SIC|RTP|DGAV|CMVM|PSD)(?![${L}]))[${U}]{3,9}(?![${L}\\d]|-[${U}])`,
);

/** «do RJC», «da DCCA»: an article is of what the text has given an abbreviation. */
function unknownAt(text: string, at: number, preposition: string): FoundDiploma | undefined {
  // In a text all in capitals every word looks like one.
  if (preposition !== preposition.toLowerCase()) return undefined;
  const match = matchAt(UNKNOWN, text, at);
  return match === null
    ? undefined
    : { end: at + match[0].length, style: 'pt', diploma: { type: match[0], name: match[0] } };
}

/** The diploma that a run of pinpoints, which ends at `at`, is said to be of. */
export function linkedDiplomaAt(text: string, at: number): FoundDiploma | undefined {
  const link = matchAt(LINK, text, at);
  if (link !== null) {
    const from = at + link[0].length;
    const found =
      diplomaAt(text, from, true) ?? (link[1] === undefined ? undefined : unknownAt(text, from, link[1]));
    if (found !== undefined) return found;
    const pointed = link[2] !== undefined || (link[3] ?? '') !== '';
    const noun = pointed ? matchAt(NOUN, text, from) : matchAt(CAPITAL_NOUN, text, from);
    if (noun !== null) {
      return {
        end: from + noun[0].length,
        style: 'pt',
        diploma: {
          type: nounType(noun[0]),
          anaphora: true,
          ...(/^present/i.test(link[3] ?? '') || /^dest/i.test(link[2] ?? '') ? { name: 'presente' } : {}),
        },
      };
    }
    return undefined;
  }
  const direct = matchAt(DIRECT_LINK, text, at);
  return direct === null || direct[0] === '' ? undefined : diplomaAt(text, at + direct[0].length, true);
}

function nounType(noun: string): string {
  const [word = ''] = noun.split(/\s/);
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase().replace(/-lei/, '-Lei');
}
