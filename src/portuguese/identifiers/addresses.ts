import { isPseudonym } from './reserved';
import type { Scan } from './kinds';

const LOCAL = /[\p{L}\p{N}._%+'-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 253;

/** Out from each @, so that no text makes it slow. */
export function scanEmails(scan: Scan): void {
  const { text } = scan;
  for (let sign = text.indexOf('@'); sign !== -1; sign = text.indexOf('@', sign + 1)) {
    let start = sign;
    while (start > 0 && sign - start < LONGEST_LOCAL && LOCAL.test(text.charAt(start - 1))) start--;
    // Quotation marks and full stops before an address are not its own.
    while (start < sign && /['.+%-]/.test(text.charAt(start))) start++;
    let end = sign + 1;
    while (end < text.length && end - sign <= LONGEST_DOMAIN && DOMAIN.test(text.charAt(end))) end++;
    while (end > sign && /[.-]/.test(text.charAt(end - 1))) end--;
    const domain = text.slice(sign + 1, end);
    if (start === sign || !/^(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}$/u.test(domain)) continue;
    if (text.charAt(start - 1) === '@' || /^git$/.test(text.slice(start, sign))) continue;
    const normal = text.slice(start, end).toLowerCase();
    if (!scan.isFree(start, end)) continue;
    if (isPseudonym('email', normal)) scan.take(start, end);
    else scan.add({ kind: 'email', start, end, normal });
  }
}

/** Postal codes run from 1000-001 to 9980-999. */
const POSTAL = /(?<![\p{L}\d/.-])[1-9]\d{3} ?[-–] ?\d{3}(?![\d\p{L}]|[-/.,]\d)/gu;
const STREET =
  /(?<![\p{L}\d])(?:Rua|R\.|Avenida|Av\.?|Travessa|Trav\.|Tv\.|Praça|Pç[ªa]?\.?|Praceta|Pcta\.?|Largo|Lg\.|L\.|Alameda|Al\.|Estrada|Estr\.|E\.N\.|Beco|Calçada|Cç\.|Calç\.|Rotunda|Urbanização|Urb\.|Bairro|Br\.|Quinta|Qt[ªa]\.?|Lugar|Caminho|Escadas|Escadinhas|Cais|Ladeira|Rampa|Via|Vereda|Zona Industrial|Parque|Impasse|Azinhaga|Campo|Passeio|Rossio|Terreiro|Viela|Sítio|Monte|Herdade|Casal|Loteamento|Pátio|Passagem|Canada|Esplanada|Jardim|Edifício|Ed\.|Apartado)(?=\s+[\p{L}\d«"'])/giu;
const REACH = 140;
/** Between street and postal code: no end of a sentence, no second paragraph. */
const BREAK = /\n\s*\n|[;?!]|\p{Ll}{4}\.\s+(?=\p{Lu}\p{Ll}+\s+\p{Ll})/u;
const LOCALITY = /^[,\s]{1,3}\p{Lu}[\p{L}'’.-]*(?:[ ](?:d[aeo]s?|e|a|o|\p{Lu}[\p{L}'’.-]*)){0,5}/u;

/** A street and its postal code, to the end of the place's name. */
export function scanAddresses(scan: Scan): void {
  const { text } = scan;
  let from = 0;
  for (const match of text.matchAll(POSTAL)) {
    const begin = Math.max(from, match.index - REACH);
    const before = text.slice(begin, match.index);
    from = match.index + match[0].length;
    if (before.length < 5) continue;
    let street = -1;
    for (const word of before.matchAll(STREET)) {
      if (BREAK.test(before.slice(word.index))) continue;
      // A name in capitals or a house number: «a rua tem 1000-001 …» has neither.
      const name = before.slice(word.index + word[0].length);
      if (!/^\s+(?:d[aeo]s?\s+)?["«']?[\p{Lu}\d]/u.test(name) && !/\d/.test(name)) continue;
      street = word.index;
      break;
    }
    if (street === -1) continue;
    const start = begin + street;
    let end = match.index + match[0].length;
    const place = LOCALITY.exec(text.slice(end, end + 60));
    if (place !== null) end += place[0].replace(/[\s.]+(?:(?:d[aeo]s?|e|a|o)[\s.]*)*$/u, '').length;
    from = Math.max(from, end);
    if (!scan.isFree(start, end)) continue;
    scan.add({
      kind: 'morada',
      start,
      end,
      normal: text
        .slice(start, end)
        .toLowerCase()
        .replace(/[^\p{L}\d]+/gu, ' '),
    });
  }
}
