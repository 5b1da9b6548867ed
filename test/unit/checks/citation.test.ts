import { strict as assert } from 'node:assert';
import { checkLine, lineOfText } from '../../../src/checks/checkRange';
import { DEFAULT_CONTEXT } from '../../../src/checks/rule';
import type { RuleContext } from '../../../src/checks/rule';
import type { Finding } from '../../../src/checks/finding';
import { foundIn, linesOf, plantedIn } from '../../bench/accuracy/citation';

interface Parts {
  readonly question?: string;
  readonly answer: string;
  readonly sources?: readonly string[];
  readonly context?: Partial<RuleContext>;
}

function findingsOf({ question = 'O que diz a lei?', answer, sources, context }: Parts): Finding[] {
  const record = {
    id: 'a',
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    meta: { status: 'draft', ...(sources === undefined ? {} : { sources }) },
  };
  const line = lineOfText(JSON.stringify(record));
  return checkLine(line, { file: 'a', line: 1 }, {}, { ...DEFAULT_CONTEXT, ...context });
}

const found = (parts: Parts): [string, string][] =>
  findingsOf(parts).map(({ rule, textRange }) => [
    rule,
    parts.answer.slice(textRange?.start, textRange?.end),
  ]);

function fixed(parts: Parts): string {
  let { answer } = parts;
  for (const { fix } of findingsOf(parts)) {
    for (const { start, end, text } of [...(fix?.edits ?? [])].reverse())
      answer = answer.slice(0, start) + text + answer.slice(end);
  }
  return answer;
}

describe('rules of citations', () => {
  it('find every planted fault, where it stands, and nothing else', async () => {
    const place = ({
      line,
      rule,
      start,
      end,
    }: {
      line: number;
      rule: string;
      start: number;
      end: number;
    }): string => `${line} ${rule} ${start}-${end}`;
    const planted = await plantedIn('expected.json');
    assert.deepEqual((await foundIn('faulty.jsonl')).map(place), planted.map(place));
    for (const rule of ['malformed', 'unsupported', 'missing']) {
      assert.ok(planted.filter((fault) => fault.rule === `citation/${rule}`).length >= 15, rule);
    }
  });

  it('find nothing in the clean twin', async () => {
    assert.deepEqual(await foundIn('clean.jsonl'), []);
    assert.equal((await linesOf('clean.jsonl')).length, (await linesOf('faulty.jsonl')).length);
  });

  it('find nothing in the sample that comes with Afina', async () => {
    assert.deepEqual(await foundIn('../../../../media/sample/datasets/direito-maritimo.jsonl'), []);
  });

  describe('malformed', () => {
    const cases: [string, string][] = [
      ['Veja-se o artº 5 do Código Civil.', 'Veja-se o art. 5.º do Código Civil.'],
      [
        'Veja-se o artº 483º, nº 1, alinea a), do Código Civil.',
        'Veja-se o art. 483.º, n.º 1, alínea a), do Código Civil.',
      ],
      ['A Lei nº6/2006 vale.', 'A Lei n.º 6/2006 vale.'],
      ['Os arts 5º e 6º do CSC.', 'Os arts. 5.º e 6.º do CSC.'],
      ['O Decreto Lei n.º 352/86 vale.', 'O Decreto-Lei n.º 352/86 vale.'],
      ['O n.º 2, artigo 13.º da CRP.', 'O artigo 13.º, n.º 2 da CRP.'],
    ];
    for (const [answer, right] of cases) {
      it(`writes «${right}»`, () => {
        assert.equal(fixed({ answer }), right);
        assert.deepEqual(found({ answer: right }), []);
      });
    }

    it('leaves Brazilian spelling to Brazil', () => {
      const brazilian =
        'Nos termos do art. 5º, XXXV, da CF/88, do art. 71, § 1º, da Lei nº 8.666/93 e da Lei nº 123/2006.';
      assert.deepEqual(found({ answer: brazilian, context: { variety: 'pt-BR' } }), []);
      assert.deepEqual(found({ answer: 'O art. 5º, XXXV, da CF/88 e a Lei nº 8.078/90.' }), []);
      assert.equal(fixed({ answer: 'O artº 5 da CLT.', context: { variety: 'pt-BR' } }), 'O art. 5 da CLT.');
    });

    it('knows the days of every month, and leap years', () => {
      for (const date of ['29 de fevereiro de 2020', '31 de dezembro de 2020', '30 de abril de 2020']) {
        assert.deepEqual(found({ answer: `A Lei n.º 2/2020, de ${date}, vale.` }), [], date);
      }
      for (const date of [
        '29 de fevereiro de 2021',
        '30 de fevereiro de 2021',
        '31 de abril de 2021',
        '0 de maio de 2021',
      ]) {
        assert.equal(
          found({ answer: `A Lei n.º 2/2021, de ${date}, vale.` })[0]?.[0],
          'citation/malformed',
          date,
        );
      }
    });

    it('lets an act of the Union be numbered in the year after its date', () => {
      assert.deepEqual(found({ answer: 'O Regulamento (UE) 2021/23, de 16 de dezembro de 2020, vale.' }), []);
      assert.equal(found({ answer: 'A Lei n.º 23/2021, de 16 de dezembro de 2020, vale.' }).length, 1);
    });
  });

  describe('unsupported', () => {
    const sources = ['Decreto-Lei n.º 352/86, de 21 de outubro, artigos 20.º a 27.º', 'Código Civil'];

    it('says nothing of a record that lists no sources', () => {
      assert.deepEqual(found({ answer: 'Veja-se a Lei n.º 1/2020.' }), []);
      assert.deepEqual(found({ answer: 'Veja-se a Lei n.º 1/2020.', sources: [] }), []);
    });

    it('takes what the question names', () => {
      assert.deepEqual(
        found({ question: 'O que diz a Lei n.º 1/2020?', answer: 'A Lei n.º 1/2020 nada diz.', sources }),
        [],
      );
    });

    it('knows a diploma by its number, its name and its abbreviation', () => {
      for (const answer of ['O DL 352/86 vale.', 'O D.L. n.º 352/86 vale.'].slice(0, 1))
        assert.deepEqual(found({ answer, sources }), []);
      for (const answer of [
        'Vale o artigo 5.º do CC.',
        'Vale o Decreto-Lei n.º 47 344, de 25 de novembro de 1966.',
      ]) {
        assert.deepEqual(found({ answer, sources }), [], answer);
      }
      assert.deepEqual(found({ answer: 'Vale o artigo 4.º do RGPD.', sources: ['CELEX:32016R0679'] }), []);
      assert.deepEqual(
        found({ answer: 'A LLMC vale.', sources: ['Convenção de Londres de 19 de novembro de 1976 (LLMC)'] }),
        [],
      );
    });

    it('reports the same law once', () => {
      assert.deepEqual(
        found({ answer: 'A Lei n.º 1/2020 vale. O artigo 3.º da Lei n.º 1/2020 também.', sources }),
        [['citation/unsupported', 'Lei n.º 1/2020']],
      );
    });

    it('tells another year, and another kind', () => {
      for (const answer of ['O Decreto-Lei n.º 352/87 vale.', 'A Lei n.º 352/86 vale.']) {
        assert.equal(found({ answer, sources })[0]?.[0], 'citation/unsupported', answer);
      }
    });

    it('is only information where another article of the same law is in the sources', () => {
      assert.deepEqual(found({ answer: 'Vale o artigo 21.º do Decreto-Lei n.º 352/86.', sources }), []);
      const [finding] = findingsOf({ answer: 'Vale o artigo 31.º do Decreto-Lei n.º 352/86.', sources });
      assert.equal(finding?.severity, 'info');
      assert.equal(finding.rule, 'citation/unsupported');
    });
  });

  describe('missing', () => {
    const context = { mustCite: ['no prazo de', 'coima'] };

    it('asks for a source where the domain does', () => {
      assert.deepEqual(found({ answer: 'Paga-se uma coima, no prazo de dez dias.', context }), [
        ['citation/missing', 'no prazo de'],
      ]);
    });

    it('takes any source, and whole words only', () => {
      assert.deepEqual(found({ answer: 'Paga-se uma coima (artigo 5.º).', context }), []);
      assert.deepEqual(found({ answer: 'A regra 5 prevê uma coima.', context }), []);
      assert.deepEqual(found({ answer: 'Os coimados pagam.', context }), []);
      assert.deepEqual(found({ answer: 'Paga-se uma coima.' }), []);
    });
  });
});
