import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { checkAnswer } from '../../../src/evaluation/checkAnswer';
import { readExpect } from '../../../src/evaluation/expect';
import { expectingRecord } from '../../../src/evaluation/expectations';
import { junitOf } from '../../../src/evaluation/junit';
import { judgeQuestion, verdictOf } from '../../../src/evaluation/judge';

const noJudge = (): Promise<undefined> => Promise.resolve(undefined);

/** Kinds of what fails of an answer. */
async function failing(answer: string, expect: unknown, judge = noJudge): Promise<string[]> {
  const { checks, problems } = readExpect(expect);
  assert.deepEqual(problems, []);
  const outcomes = await checkAnswer(answer, checks, judge);
  for (const { passed, reason } of outcomes) assert.equal(passed, reason === '');
  return outcomes.filter(({ passed }) => !passed).map(({ check }) => check.kind);
}

describe('expectations', () => {
  it('are held against an answer one by one', async () => {
    const answer =
      'O frete é devido pelo afretador, nos termos do artigo 3.º do Decreto-Lei n.º 352/86, de 21 de outubro.';
    assert.deepEqual(
      await failing(answer, {
        contains: ['FRETE', 'devido  pelo'],
        notContains: 'navio',
        regex: '^O frete',
        notRegex: ['\\bnavio\\b'],
        cites: ['DL 352/86', 'artigo 3.º do Decreto-Lei n.º 352/86'],
        notCites: ['Código Penal', 'artigo 4.º do Decreto-Lei n.º 352/86'],
        variety: 'pt-PT',
        maxLength: 30,
      }),
      [],
    );
    assert.deepEqual(
      await failing(answer, {
        contains: ['armador', 'frete'],
        notContains: 'FRETE',
        regex: 'frete$',
        notRegex: 'Decreto',
        cites: ['Código Civil'],
        notCites: 'Decreto-Lei n.º 352/86',
        maxLength: 3,
      }),
      ['contains', 'notContains', 'regex', 'notRegex', 'cites', 'notCites', 'maxLength'],
    );
  });

  it('know the other variety, and other languages', async () => {
    const brazilian =
      'Você precisa de registrar o contrato no cartório; a equipe está analisando o arquivo e o ônibus chegou.';
    assert.deepEqual(await failing(brazilian, { variety: 'pt-PT' }), ['variety']);
    assert.deepEqual(await failing(brazilian, { variety: 'pt-BR' }), []);
    assert.deepEqual(await failing('Sim.', { variety: 'pt-PT' }), []);
    const english =
      'The contract of carriage is the one by which the carrier has to take the goods to the port.';
    assert.deepEqual(await failing(english, { variety: 'pt-PT' }), ['variety']);
  });

  it('end an expression that would backtrack for ever, and say so', async () => {
    const { checks } = readExpect({ regex: '^(a+)+$' });
    const [outcome] = await checkAnswer(`${'a'.repeat(60)}!`, checks, noJudge);
    assert.match(outcome!.reason, /too long/);
  });

  it('ask the judge, and tell its no from its silence', async () => {
    const asked: string[] = [];
    const judge = (verdict: boolean | undefined) => (criterion: string) => {
      asked.push(criterion);
      return Promise.resolve(verdict);
    };
    const { checks } = readExpect({ judge: ['É claro?', 'É cortês?'] });
    const reasons = async (verdict: boolean | undefined): Promise<string[]> =>
      (await checkAnswer('Sim.', checks, judge(verdict))).map(({ reason }) => reason);
    assert.deepEqual(await reasons(true), ['', '']);
    assert.match((await reasons(false)).join(), /weak judge.*no.*É claro/);
    assert.match((await reasons(undefined)).join(), /neither yes nor no/);
    assert.deepEqual(asked.slice(0, 2), ['É claro?', 'É cortês?']);
    assert.match(judgeQuestion('c', 'p', 'r')[0]!.content, /Critério: c\n\nPergunta: p\n\nResposta: r/);
    for (const [reply, verdict] of [
      ['Sim, cumpre.', true],
      [' «Não».', false],
      ['\nNao', false],
      ['yes', true],
      ['Simples', undefined],
      ['Talvez sim', undefined],
      ['', undefined],
    ] as const) {
      assert.equal(verdictOf(reply), verdict, reply);
    }
  });

  it('say what is malformed, with its field', () => {
    for (const [expect, field, message] of [
      [[], 'meta.expect', /must be an object/],
      [{}, 'meta.expect', /empty/],
      [{ contain: 'x' }, 'meta.expect.contain', /“contain” is no expectation. Use: contains/],
      [{ contains: '' }, 'meta.expect.contains', /text, or a list/],
      [{ contains: [1] }, 'meta.expect.contains', /text, or a list/],
      [{ contains: [] }, 'meta.expect.contains', /text, or a list/],
      [{ regex: ['a', '(b'] }, 'meta.expect.regex[1]', /closing parenthesis/],
      [{ cites: 'o navio' }, 'meta.expect.cites', /no law/],
      [{ variety: 'pt-AO' }, 'meta.expect.variety', /pt-PT or pt-BR/],
      [{ maxLength: 1.5 }, 'meta.expect.maxLength', /whole number/],
      [{ maxLength: 0 }, 'meta.expect.maxLength', /whole number/],
    ] as const) {
      const text = JSON.stringify({
        id: 'a',
        messages: [{ role: 'user', content: 'Olá' }],
        meta: { status: 'draft', expect },
      });
      const record = expectingRecord('dados.jsonl', 7, text);
      const [problem, ...others] = record!.problems;
      assert.deepEqual(others, []);
      assert.match(problem!.message, message);
      assert.deepEqual(
        [problem!.place.field, problem!.place.line, problem!.place.file],
        [field, 7, 'dados.jsonl'],
      );
      const at = problem!.place.column! - 1;
      const last = /(\w+)(?:\[\d\])?$/.exec(field)![1]!;
      assert.ok(at > text.indexOf(`"${last}"`), 'the column is that of the value');
    }
  });

  it('are no part of records without any, and a question is needed', () => {
    const without = JSON.stringify({ messages: [{ role: 'user', content: '"expect"' }], meta: {} });
    assert.equal(expectingRecord('f', 1, without), undefined);
    assert.equal(expectingRecord('f', 1, '{"expect"'), undefined);
    const silent = JSON.stringify({
      messages: [{ role: 'assistant', content: 'a' }],
      meta: { expect: { contains: 'a' } },
    });
    assert.match(expectingRecord('f', 1, silent)!.problems[0]!.message, /no turn of the user/);
  });

  it('never throw, whatever they are given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { checks, problems } = readExpect(value);
        assert.ok(checks.length + problems.length > 0);
        const { problems: within } = readExpect({
          contains: value,
          regex: value,
          cites: value,
          maxLength: value,
        });
        for (const { path, message } of within) assert.ok(message !== '' && path[0] === 'meta');
      }),
      { seed: 4 },
    );
  });
});

describe('JUnit XML', () => {
  it('is well formed whatever the answer holds', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('<', '&', '"', "'", ']]>', '\0', '\u001b', '\ud800', '\n', 'ã', '🚢'),
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, (name, reason, output) => {
        const xml = junitOf(name, [
          { name, file: name, line: 1, seconds: 0.5, failures: [reason], output },
          { name, file: name, line: 2, seconds: 0, failures: [], error: reason, output: '' },
        ]);
        assert.ok(
          xml.startsWith(
            '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="afina eval" tests="2" failures="1" errors="1" time="0.500">',
          ),
        );
        // Nothing of the data is markup: with the entities taken out, every tag is one of ours.
        const tags = xml.match(/<[^>]*>/g) ?? [];
        for (const tag of tags) {
          assert.match(tag, /^<(\?xml|\/?(testsuites?|testcase|failure|error|system-out)\b)/);
          assert.equal((tag.match(/"/g) ?? []).length % 2, 0);
        }
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(xml, /[\0-\x08\x0b\x0c\x0e-\x1f]|\p{Surrogate}/u);
        assert.doesNotMatch(xml.replace(/&#\d+;/g, ''), /&/);
      }),
      { seed: 6 },
    );
  });
});
