import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { citationsIn } from '../../../src/portuguese/citations';
import { echoOf } from '../../../src/portuguese/echo';
import { identifiersIn } from '../../../src/portuguese/identifiers';
import { languageOf } from '../../../src/portuguese/languages';
import { mojibakeIn } from '../../../src/portuguese/mojibake';
import { placeholdersIn } from '../../../src/portuguese/placeholders';
import { quotedZones } from '../../../src/portuguese/quotedZones';
import { breakOf } from '../../../src/portuguese/truncation';
import { varietyOf } from '../../../src/portuguese/variety';
import { CITATION_PIECES } from './citationPieces';

const SIZE = 100_000;
/** Milliseconds that a pattern may take for such a text on a machine that does nothing else. */
const LIMIT = 50;
/** Four times the text, on a machine that does other things: what grows with the square takes sixteen times as long. */
const GROWTH = 9;

const RULES: Readonly<Record<string, (text: string) => unknown>> = {
  identifiers: identifiersIn,
  mojibake: mojibakeIn,
  placeholders: (text) => placeholdersIn(text, true),
  truncation: breakOf,
  echo: (text) => echoOf(text, text),
  citations: citationsIn,
  variety: (text) => varietyOf([text]),
  languages: (text) => languageOf(text),
  quotations: quotedZones,
};

/** What the patterns begin with, repeat and end on. */
const PIECES = [
  ...CITATION_PIECES,
  'está ', 'estava a ', 'a gente ', 'Me ', 'chegou em ', '"', '-se-', '-lhe', 'www.', 'de fato ', 'ç', 'Se trata de x', 'continua ', 'fazendo ',
  '1', '12', '501442600', '912345678', '1 ', '1\u00a0', '1.', '1-', '1/', '00351', '+351', '(', ')', '(11) ', 'PT50 ',
  'PT', '4111 1111 1111 1111 ', 'a@', '@', 'b.', 'example.', 'Rua ', 'Rua das Flores ', '1000-001 ', 'AA-00-AA ',
  'AA 00 ', '1/19.8T8LSB', '.L1', '-A', 'Acórdão ', 'proc. ', 'NIF ', 'tel. ', 'n.º ', 'de ', 'e ', '; ', '\n', '\n\n',
  ' ', 'Ã', 'Ã§', 'â€œ', 'Ãƒ', 'ðŸ', '\ufffd', '[', '[nome ', ']', '<', '>', '{{', '}}', '_', '___', '.', '…', '*', '`',
  '```\n', 'TODO ', 'XXX', 'Lorem ', 'como modelo ', 'de linguagem', 'sou um ', '(continua', '«', '»', 'palavra ', '- ',
  '1. ', '| ', 'https://', '10.1234/', 'ECLI:', '&nbsp;', 'a', 'Z', '12.ABC.345/01DE-35 ', 'O que é ', '? ', '!', ',',
]; // prettier-ignore

/** Processor time: other work on the machine does not count. */
function milliseconds(run: (text: string) => unknown, text: string): number {
  let best = Infinity;
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = process.cpuUsage();
    run(text);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

describe('patterns on hostile texts of 100 kB', function () {
  this.timeout(120_000);

  for (const [name, run] of Object.entries(RULES)) {
    it(`${name} answer within ${LIMIT} ms, or in time that grows as the text does`, () => {
      for (const piece of PIECES) run(piece.repeat(200));
      const texts = [
        ...PIECES.map((piece) => piece.repeat(SIZE / piece.length)),
        ...fc
          .sample(fc.array(fc.constantFrom(...PIECES), { minLength: 2, maxLength: 5 }), {
            numRuns: 60,
            seed: 7,
          })
          .map((pieces) => pieces.join('').repeat(SIZE).slice(0, SIZE)),
      ];
      for (const text of texts) {
        const took = milliseconds(run, text);
        if (took < LIMIT) continue;
        const quarter = milliseconds(run, text.slice(0, SIZE / 4));
        assert.ok(took < GROWTH * quarter, `${quarter} → ${took} ms: ${JSON.stringify(text.slice(0, 60))}`);
      }
    });
  }
});
