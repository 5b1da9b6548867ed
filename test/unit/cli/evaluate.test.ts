import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { paths } from '../../lab/paths.mjs';
import { runAfina } from './runAfina';
import type { Ended } from './runAfina';

const question = (id: string, expect: unknown): string =>
  JSON.stringify({
    id,
    messages: [{ role: 'user', content: 'O que é o frete?' }],
    meta: { status: 'draft', expect },
  });

describe('afina eval', function () {
  this.timeout(120_000);
  let folder: string;
  const model = path.join(paths.tinyLlama, 'base.gguf');

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-eval-cli-'));
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const evaluate = (args: readonly string[], language?: string): Promise<Ended> =>
    runAfina(folder, ['eval', ...args, '--model', model, '--max-tokens', '12'], language);

  it('says which answers are not as expected, where, and in the report of JUnit', async () => {
    await writeFile(
      path.join(folder, 'provas.jsonl'),
      [
        '{"id":"x","messages":[]}',
        question('boa', { notContains: '<zzz>', maxLength: 200 }),
        question('má <&>', { contains: '<zzz>', maxLength: 200 }),
      ].join('\n'),
    );
    const ended = await evaluate(['provas.jsonl', '--json', '--junit', 'out.xml']);
    assert.equal(ended.code, 1, ended.stderr);
    const document = JSON.parse(ended.stdout) as Record<string, unknown>;
    assert.deepEqual([document.records, document.failed, document.errors], [2, 1, 0]);
    const [good, bad] = document.results as {
      passed: boolean;
      line: number;
      answer: string;
      checks: { kind: string; passed: boolean; reason?: string; column?: number }[];
    }[];
    assert.deepEqual([good!.passed, good!.line, bad!.passed, bad!.line], [true, 2, false, 3]);
    assert.ok(
      good!.answer !== '' && good!.answer === bad!.answer,
      'greedy: the same question, the same answer',
    );
    assert.deepEqual(
      bad!.checks.map(({ kind, passed }) => [kind, passed]),
      [
        ['contains', false],
        ['maxLength', true],
      ],
    );
    assert.ok(bad!.checks[0]!.column! > 1);
    const xml = await readFile(path.join(folder, 'out.xml'), 'utf8');
    assert.match(xml, /<testsuites name="afina eval" tests="2" failures="1" errors="0"/);
    assert.match(
      xml,
      /<testcase name="má &#60;&#38;&#62;" classname="provas.jsonl" file="provas.jsonl" line="3"/,
    );

    const shown = await evaluate(['provas.jsonl'], 'pt_PT.UTF-8');
    assert.match(shown.stdout, /^provas\.jsonl:3:\d+: A resposta não contém «<zzz>»\.\n/);
    assert.match(shown.stdout, /2 registos, 1 fora do esperado, 0 sem resposta\n$/);
  });

  it('ends with 0 when all is as expected, and 2 for what cannot be run', async () => {
    await writeFile(path.join(folder, 'boas.jsonl'), question('boa', { notContains: '<zzz>' }));
    assert.equal((await evaluate(['boas.jsonl'])).code, 0);

    await writeFile(
      path.join(folder, 'mal.jsonl'),
      [question('a', { contain: 'x' }), question('b', { regex: '(' })].join('\n'),
    );
    const malformed = await evaluate(['mal.jsonl']);
    assert.equal(malformed.code, 2);
    assert.match(
      malformed.stderr,
      /afina: mal\.jsonl:1:\d+: meta\.expect\.contain: “contain” is no expectation/,
    );
    assert.match(malformed.stderr, /afina: mal\.jsonl:2:\d+: meta\.expect\.regex: .*parenthesis/);

    await writeFile(path.join(folder, 'nada.jsonl'), '{"id":"x","messages":[]}');
    const nothing = await evaluate(['nada.jsonl']);
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /nada\.jsonl: No record of nada\.jsonl has expectations/);
    assert.equal((await evaluate(['falta.jsonl'])).code, 2);
  });
});
