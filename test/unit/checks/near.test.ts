import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkFiles } from '../../../src/checks/checkFile';
import { DEFAULT_CONTEXT } from '../../../src/checks/rule';
import type { CheckFilesOptions } from '../../../src/checks/checkFile';
import type { Finding } from '../../../src/checks/finding';
import { namedEvaluation } from '../../../src/checks/leakage';
import { sourceKey } from '../../../src/dataset/sourcePassage';
import { matchesGlob } from '../../../src/project/globs';

const FIXTURES = path.resolve('test/fixtures/checks/near');
const RULES = ['duplicate/near', 'leakage/split', 'leakage/source'];

interface Planted {
  readonly rule: string;
  readonly line: number;
  readonly twin: number;
  readonly of: string;
  readonly similarity?: number;
}

const check = async (files: string[], options: CheckFilesOptions = {}): Promise<Finding[]> =>
  (await checkFiles(files, { workers: 0, ...options })).findings.filter(({ rule }) => RULES.includes(rule));

const record = (id: string, question: string, answer: string, meta?: object): string =>
  JSON.stringify({
    id,
    messages: [
      {
        role: 'system',
        content: 'És um assistente jurídico rigoroso, que responde em português europeu e com base legal.',
      },
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
    meta,
  });
const LONG =
  'O transportador responde pela perda e pela avaria da carga entre o recebimento e a entrega, salvo caso fortuito';

describe('near-duplicates and leakage', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-near-'));
  });
  after(() => rm(folder, { recursive: true }));
  async function file(name: string, ...lines: string[]): Promise<string> {
    const target = path.join(folder, name);
    await writeFile(target, lines.join('\n'));
    return target;
  }

  it('are every planted fault with its twin, as brute force has it, and nothing else', async () => {
    const planted = JSON.parse(await readFile(path.join(FIXTURES, 'expected.json'), 'utf8')) as Planted[];
    for (const rule of RULES) assert.ok(planted.filter((each) => each.rule === rule).length >= 15, rule);
    const found = (await check([path.join(FIXTURES, 'faulty.jsonl')])).map(({ rule, line, twin }) => ({
      rule,
      line,
      twin: twin!.line,
      of: twin!.of,
      ...(twin!.similarity === undefined ? {} : { similarity: Number(twin!.similarity.toFixed(4)) }),
    }));
    const sorted = (all: Planted[]): string[] =>
      all.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
    assert.deepEqual(sorted(found), sorted(planted));
    assert.deepEqual(await check([path.join(FIXTURES, 'clean.jsonl')]), []);
  });

  it('name twin and similarity, across files, too', async () => {
    const one = await file('um.jsonl', record('a', 'Por que responde o transportador?', LONG));
    const two = await file(
      'dois.jsonl',
      '',
      record('b', 'Por que responde o transportador?', `${LONG}, diz-se.`),
    );
    const [found, ...more] = await check([one, two]);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [found?.rule, found?.severity, found?.file, found?.line, found?.field],
      ['duplicate/near', 'warning', two, 2, 'messages'],
    );
    assert.deepEqual(
      [found?.twin?.file, found?.twin?.line, found?.twin?.id, found?.twin?.of],
      [one, 1, 'a', 'record'],
    );
    assert.match(found!.message, /9\d % the same as um\.jsonl, line 1 \(id a\)/);
  });

  it('tell a question that is answered differently from a record that is there twice', async () => {
    const target = await file(
      'perguntas.jsonl',
      record('a', 'Por que responde o transportador?', LONG),
      record('b', 'Porque é a avaria comum?', 'Não se sabe ao certo.'),
      record('c', 'Por que responde o TRANSPORTADOR', 'Por outra coisa de que aqui se não trata.'),
    );
    const [found, ...more] = await check([target]);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [found?.severity, found?.line, found?.field, found?.twin?.of],
      ['info', 3, 'messages[1].content', 'prompt'],
    );
    assert.match(found!.message, /question is 100 % the same/);
  });

  it('are not said twice: an exact duplicate is that, and a record with many twins names the best', async () => {
    const target = await file(
      'varios.jsonl',
      record('a', 'Por que responde ele?', LONG),
      record('b', 'Por que responde ele?', LONG),
      record('c', 'Por que responde ele?', `${LONG} ou força maior e nada mais`),
      record('d', 'Por que responde ele?', `${LONG} ou força maior e nada`),
    );
    const found = await check([target]);
    assert.deepEqual(
      found.map(({ line, twin }) => [line, twin?.line]),
      [
        [3, 1],
        [4, 3],
      ],
    );
    // Also where exact ones are let pass.
    assert.equal((await check([target], { rules: { 'duplicate/exact': 'off' } })).length, 2);
    assert.deepEqual(await check([target], { rules: { 'duplicate/*': 'off' } }), []);
  });

  it('of one or two words are alike only when they are the same', async () => {
    const target = await file(
      'curtos.jsonl',
      record('a', 'Frete?', 'Preço.'),
      record('b', 'Estiva?', 'Carga.'),
      record('c', 'Frete!', 'Preço…'),
    );
    assert.deepEqual(
      (await check([target])).map(({ line, twin }) => [line, twin?.line, twin?.similarity]),
      [[3, 1, 1]],
    );
  });

  it('go by the threshold of the project, and by what a record is exempt from', async () => {
    const lines = [
      record('a', 'Por que responde ele?', LONG),
      record('b', 'Por que responde ele?', `${LONG} ou força maior e nada mais que isso se vê aqui`),
    ];
    const target = await file('limiar.jsonl', ...lines);
    const kinds = async (nearDuplicate: number): Promise<unknown[]> =>
      (await check([target], { context: { ...DEFAULT_CONTEXT, nearDuplicate } })).map(({ twin }) => twin?.of);
    assert.deepEqual(await kinds(0.9), ['prompt']);
    assert.deepEqual(await kinds(0.5), ['record']);
    const exempt = await file(
      'isento.jsonl',
      lines[0]!,
      lines[1]!.replace('}]', '}],"x":0').replace('"x":0', '"meta":{"ignore":["duplicate/near"]}'),
    );
    assert.deepEqual(await check([exempt], { context: { ...DEFAULT_CONTEXT, nearDuplicate: 0.5 } }), []);
  });

  it('take the side from the record, else from the file', async () => {
    const train = await file(
      'treino.jsonl',
      record('a', 'Por que responde ele?', LONG, { sources: ['Lei n.º 1/99, artigo 3.º'] }),
    );
    const held = record('b', 'Por que responde ele?', `${LONG} já`, {
      sources: ['Lei n.º 1/99,  Artigo 3.º.'],
    });
    const evaluation = await file('dm-avaliacao.jsonl', held);
    const plain = await file('outro.jsonl', held);
    const rules = { 'duplicate/*': 'off' } as const;
    const leaks = async (files: string[], options: CheckFilesOptions = {}): Promise<string[]> =>
      (await check(files, { rules, ...options })).map(
        (each) => `${each.rule} ${path.basename(each.file)} ${each.severity}`,
      );
    const both = (name: string): string[] => [
      `leakage/split ${name} error`,
      `leakage/source ${name} warning`,
    ];
    assert.deepEqual(await leaks([train, evaluation]), both('dm-avaliacao.jsonl'));
    assert.deepEqual(await leaks([evaluation, train]), both('dm-avaliacao.jsonl'));
    assert.deepEqual(await leaks([train, plain]), []);
    assert.deepEqual(await leaks([evaluation]), []);
    assert.deepEqual(
      await leaks([train, plain], { isEvaluation: (name) => name === plain }),
      both('outro.jsonl'),
    );
    const said = held.replace('"sources"', '"split":"train","sources"');
    assert.deepEqual(await leaks([train, await file('teste.jsonl', said)]), []);
    const mixed = await file('misto.jsonl', held.replace('"sources"', '"split":"test","sources"'));
    assert.deepEqual(await leaks([train, mixed]), both('misto.jsonl'));
  });

  it('know files of evaluation by their names and by globs', () => {
    for (const name of [
      'eval.jsonl',
      '/a/test.jsonl',
      'dm-avaliação.jsonl',
      'dm_teste_2024.jsonl',
      'validation.jsonl',
    ])
      assert.ok(namedEvaluation(name), name);
    for (const name of ['treino.jsonl', '/test/a.jsonl', 'contestacao.jsonl', 'avaliacoes-fiscais.jsonl'])
      assert.ok(!namedEvaluation(name), name);
    const root = path.resolve('/p');
    const matches = (glob: string, name: string): boolean => matchesGlob(root, [glob], path.join(root, name));
    assert.ok(matches('datasets/*.jsonl', 'datasets/a.jsonl'));
    assert.ok(!matches('datasets/*.jsonl', 'datasets/a/b.jsonl'));
    assert.ok(matches('**/{eval,te?t}*.jsonl', 'datasets/a/text1.jsonl'));
    assert.ok(matches('**/*.jsonl', 'a.jsonl'));
    assert.ok(!matches('a.jsonl', 'axjsonl'));
    assert.ok(matches('{a.jsonl', '{a.jsonl'));
  });

  it('take passages for sources, not whole laws', () => {
    assert.equal(sourceKey('Código Civil'), undefined);
    assert.equal(sourceKey('Decreto-Lei n.º 352/86, de 21 de outubro.'), undefined);
    assert.equal(sourceKey('Código Civil,  artigo 483.º '), 'código civil, artigo 483.º');
    assert.equal(sourceKey('https://exemplo.pt/a'), 'https://exemplo.pt/a');
    assert.equal(sourceKey(' '), undefined);
  });
});
