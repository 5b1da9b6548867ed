import { scanAddresses, scanEmails } from './identifiers/addresses';
import { scanCartoes, scanCnpjs, scanIbans, scanLinks, scanPlates, scanProcesses } from './identifiers/codes';
import { Scan } from './identifiers/kinds';
import type { Identifier } from './identifiers/kinds';
import { scanNumbers } from './identifiers/numbers';
import { scanPhones } from './identifiers/phones';

export type { Identifier, IdentifierKind } from './identifiers/kinds';

/** What most texts have nothing of. */
const DIGITS = /\d(?:[ .\u00a0\u202f\u2009/()–-]{0,3}\d){6}/;
const PLATE =
  /(?:[A-Z]{2}[- ·\u00a0]?\d\d|\d\d[- ·\u00a0]?(?:[A-Z]{2}|\d\d[- ·\u00a0]?[A-Z]))[- ·\u00a0]?[A-Z\d]/;
const PROCESS = /\/\d\d\.\d[A-Z\d]/;
const CNPJ = /[A-Z\d]{3}\/[A-Z\d]{4}-\d\d|CNPJ/;

/** The personal identifiers of a text, in order; none overlap. Pseudonyms of ours are not among them. */
export function identifiersIn(text: string): Identifier[] {
  const digits = DIGITS.test(text);
  const email = text.includes('@');
  const plate = PLATE.test(text);
  const process = PROCESS.test(text);
  const cnpj = CNPJ.test(text);
  if (!digits && !email && !plate && !process && !cnpj) return [];
  const scan = new Scan(text);
  const links: [number, number][] = [];
  scanLinks(scan, (start, end) => links.push([start, end]));
  if (email) scanEmails(scan);
  for (const [start, end] of links) scan.take(start, end);
  if (process) scanProcesses(scan);
  if (digits) scanIbans(scan);
  if (digits) scanCartoes(scan);
  if (cnpj) scanCnpjs(scan);
  if (digits) {
    scanPhones(scan);
    scanAddresses(scan);
    scanNumbers(scan);
  }
  if (plate) scanPlates(scan);
  return scan.found
    .sort((a, b) => a.start - b.start)
    .map(({ kind, start, end, normal }) => ({ kind, start, end, value: text.slice(start, end), normal }));
}
