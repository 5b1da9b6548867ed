import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { chrf, chrfCounts, corpusChrf } from '../../../src/evaluation/chrf';
import { countWords, rougeL, rougeLWords } from '../../../src/evaluation/rouge';
import { ROOT, paths } from '../../lab/paths.mjs';
import { PAIRS } from './texts';

interface Reference {
  readonly chrf: readonly number[];
  readonly corpus: number;
  readonly rougeL: readonly number[];
}

/** By the packages that papers use. */
function referenceScores(
  pairs: readonly { readonly answer: string; readonly reference: string }[],
): Reference {
  const script = path.join(ROOT, 'test', 'unit', 'evaluation', 'referenceScores.py');
  const { stdout, stderr, status } = spawnSync(paths.venvPython, [script], {
    input: JSON.stringify(pairs),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Reference;
}

function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 0.00005, `${what}: ${actual} instead of ${expected}`);
}

/** Words and marks of Portuguese, with what separates them for one tokenizer and not for the other. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'o',
          'a',
          'não',
          'ação',
          'navio',
          'navio.',
          '(navio',
          'n.º',
          '«frete»',
          '1.º',
          'É',
          'coração',
          '🚢',
        ],
        ...[
          '…',
          '—',
          'a\u0301',
          '\u00a0',
          '\t',
          '\n',
          'À',
          'guarda-mor',
          '2024,',
          '"',
          "d'água",
          'ﬁm',
          '\u2028',
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(' '));
const pair = fc.record({ answer: text, reference: text });

describe('chrF++ and ROUGE-L', function () {
  this.timeout(60_000);

  it('are those of sacrebleu and rouge-score to four decimals', () => {
    const random = fc.sample(pair, { seed: 20261126, numRuns: 400 });
    for (const pairs of [PAIRS, random, PAIRS.slice(0, 1), [{ answer: '', reference: '' }]]) {
      const expected = referenceScores(pairs);
      pairs.forEach(({ answer, reference }, at) => {
        const what = JSON.stringify({ answer, reference });
        near(chrf(answer, reference), expected.chrf[at] ?? Number.NaN, `chrF++ of ${what}`);
        near(rougeL(answer, reference), expected.rougeL[at] ?? Number.NaN, `ROUGE-L of ${what}`);
      });
      const counts = pairs.map(({ answer, reference }) => chrfCounts(answer, reference));
      near(corpusChrf(counts), expected.corpus, 'chrF++ of the corpus');
    }
  });

  it('are between nothing and all, and all for the text itself', () => {
    fc.assert(
      fc.property(pair, ({ answer, reference }) => {
        for (const [score, most] of [
          [chrf(answer, reference), 100],
          [rougeL(answer, reference), 1],
          [rougeLWords(answer, reference), 1],
        ] as const) {
          assert.ok(score >= 0 && score <= most + 1e-9);
        }
        if (/[a-z]/.test(answer)) {
          assert.ok(Math.abs(chrf(answer, answer) - 100) < 1e-9);
          assert.equal(rougeL(answer, answer), 1);
        }
        if (countWords(answer) > 0) assert.equal(rougeLWords(answer, answer), 1);
        // F₁ is symmetric; F₂ prefers the reference's length
        assert.ok(Math.abs(rougeL(answer, reference) - rougeL(reference, answer)) < 1e-12);
      }),
      { seed: 5 },
    );
  });

  it('count accented words as words only where they are told to', () => {
    assert.equal(rougeL('ação', 'reação'), 0.5, 'rouge-score sees “a o” and “rea o”');
    assert.equal(rougeLWords('ação', 'reação'), 0);
    assert.equal(rougeLWords('A AÇÃO', 'a ac\u0327a\u0303o'), 1);
    assert.equal(countWords('O art. 1 — «não» 🚢'), 4);
  });
});
