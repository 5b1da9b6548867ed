import { strict as assert } from 'node:assert';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, paths } from '../../lab/paths.mjs';
import { runAfina } from './runAfina';
import type { Ended } from './runAfina';

const DATASET = 'datasets/direito-maritimo.jsonl';
const JOB = `version: 1
dataset: ${DATASET}
base: tiny
cluster: local
lora: { r: 4, alpha: 8 }
training: { maxSteps: STEPS, batchSize: 4, gradientAccumulation: 1, learningRate: 0.03, maxLength: 256, saveSteps: 50 }
`;

describe('afina on the command line', function () {
  this.timeout(120_000);
  let folder: string;
  let project: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'afina-cli-'));
    project = path.join(folder, 'projeto com espaços');
    await cp(path.join(ROOT, 'media', 'sample'), project, { recursive: true });
    const local = {
      models: { tiny: { gguf: path.join(paths.tinyLlama, 'base.gguf') } },
      clusters: { local: { type: 'local', root: path.join(folder, 'home'), python: { venv: paths.venv } } },
    };
    await writeFile(path.join(project, 'afina.local.yaml'), JSON.stringify(local));
    await writeFile(path.join(project, 'jobs', 'curta.yaml'), JOB.replace('STEPS', '30'));
    await writeFile(path.join(project, 'jobs', 'longa.yaml'), JOB.replace('STEPS', '20000'));
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const afina = (args: readonly string[], language?: string): Promise<Ended> =>
    runAfina(project, args, language);

  /** Standard output is one JSON document and nothing else, or this throws. */
  async function json(args: readonly string[], code = 0): Promise<Record<string, unknown>> {
    const ended = await afina([...args, '--json']);
    assert.equal(ended.code, code, ended.stderr);
    assert.equal(ended.stdout.trimEnd().split('\n').length, 1);
    return JSON.parse(ended.stdout) as Record<string, unknown>;
  }

  it('ends as usual when nobody reads its output any more', async () => {
    const turns = '"messages":[{"role":"usr","content":"Olá"}]';
    const lines = Array.from({ length: 20_000 }, (_, at) => `{"id":"n-${at}",${turns}}`);
    await writeFile(path.join(project, 'longo.jsonl'), lines.join('\n'));
    const child = spawn(process.execPath, [path.join(ROOT, 'dist', 'cli.js'), 'check', 'longo.jsonl'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.deepEqual([code, stderr.includes('EPIPE')], [1, false], stderr.slice(0, 500));
  });

  it('checks: 0 for a clean dataset, 1 with findings at their places, 2 for what cannot be read', async () => {
    const clean = await json(['check', DATASET]);
    assert.deepEqual(Object.keys(clean), ['files', 'records', 'variety', 'findings']);
    assert.deepEqual([clean.files, clean.records], [[DATASET], 90]);
    // The model whose tokenizer counts is not on this machine: that is said, and is no error.
    assert.deepEqual(
      (clean.findings as Record<string, unknown>[]).map(({ rule }) => rule),
      ['length/not-checked'],
    );

    const line = '{"id":"a","messages":[{"role":"usr","content":"Olá"}]}';
    await writeFile(path.join(project, 'mau.jsonl'), `\ufeff${line}\r\n{"id":"b",\r\n`);
    const bad = await json(['check', 'mau.jsonl'], 1);
    const findings = bad.findings as Record<string, unknown>[];
    const role = findings.find(({ rule }) => rule === 'schema/unknown-role');
    assert.deepEqual(
      { ...role, message: '' },
      {
        rule: 'schema/unknown-role',
        severity: 'error',
        file: 'mau.jsonl',
        line: 1,
        id: 'a',
        message: '',
        field: 'messages[0].role',
        start: line.indexOf('"usr"'),
        end: line.indexOf('"usr"') + 5,
      },
    );
    assert.ok(findings.some(({ rule, line: at }) => rule === 'schema/json' && at === 2));

    const missing = await json(['check', 'nada.jsonl'], 2);
    assert.match(JSON.stringify(missing.error), /nada\.jsonl/);
  });

  it('previews the same answer for the same seed, of the base and of an adapter', async () => {
    const ask = ['preview', DATASET, '--id', 'dm-0001', '--model', 'tiny', '--max-tokens', '12'];
    const [first, again] = [await json(ask), await json(ask)];
    assert.ok(typeof first.answer === 'string' && first.answer !== '');
    assert.equal(again.answer, first.answer);
    assert.equal(first.question, 'O que é o contrato de transporte de mercadorias por mar?');
    const nobody = await json(['preview', DATASET, '--id', 'nada', '--model', 'tiny'], 2);
    assert.match(JSON.stringify(nobody.error), /nada/);
  });

  it('submits only what is confirmed', async () => {
    const ended = await afina(['submit', 'jobs/curta.yaml']);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /--yes/);
    assert.deepEqual((await json(['runs'])).runs, []);
  });

  it('places every mistake of a job in its file', async () => {
    await writeFile(
      path.join(project, 'jobs', 'errada.yaml'),
      'version: 1\ndataset: datasets/nada.jsonl\nbase: tinny\ncluster: local\n',
    );
    const { error } = await json(['submit', 'jobs/errada.yaml', '--yes'], 2);
    const { problems } = error as {
      problems: { message: string; place: { line: number; column: number } }[];
    };
    assert.deepEqual(
      problems.map(({ place }) => [place.line, place.column]),
      [
        [2, 10],
        [3, 7],
      ],
    );
    assert.match(problems[1]?.message ?? '', /tiny/, 'what was meant is named');
  });

  it('submits, watches, fetches and answers with what was trained', async () => {
    const submitted = await json(['submit', 'jobs/curta.yaml', '--yes']);
    const run = String(submitted.run);
    assert.equal(submitted.cluster, 'local');
    const watched = await json(['watch', run]);
    assert.equal(watched.state, 'completed');
    assert.equal(watched.step, 30);
    const fetched = await json(['fetch', run]);
    const gguf = String(fetched.gguf);
    assert.equal((await stat(gguf)).size, fetched.ggufBytes);
    assert.ok(Number(fetched.adapterBytes) > 0 && fetched.adapterBytes !== fetched.ggufBytes);
    const result = await readFile(path.join(String(fetched.folder), 'result.json'), 'utf8');
    assert.equal(
      (JSON.parse(result) as { run: string }).run,
      run,
      'what the run says of itself comes with it',
    );
    const again = await json(['fetch', run]);
    assert.deepEqual(again, fetched);

    const out = path.join(folder, 'outro.gguf');
    const base = path.join(paths.tinyLlama, 'base.gguf');
    await json(['convert', String(fetched.adapterDir), '--base', base, '--out', out]);
    assert.deepEqual(await readFile(out), await readFile(gguf));

    const ask = ['preview', DATASET, '--id', 'dm-0001', '--model', 'tiny', '--max-tokens', '12'];
    const tuned = await json([...ask, '--adapter', gguf]);
    assert.notEqual(tuned.answer, (await json(ask)).answer);
  });

  it('cancels a run', async () => {
    const run = String((await json(['submit', 'jobs/longa.yaml', '--yes'])).run);
    await json(['cancel', run]);
    assert.equal((await json(['watch', run], 1)).state, 'cancelled');
    const states = (await json(['runs'])).runs as { run: string; state: string }[];
    assert.equal(states.find((each) => each.run === run)?.state, 'cancelled');
  });

  it('speaks Portuguese, in its help and of its mistakes', async () => {
    const { stdout, code } = await afina(['submit', '--help'], 'pt_PT.UTF-8');
    assert.equal(code, 0);
    assert.match(stdout, /Utilização: afina submit \[opções\] <job>/);
    assert.doesNotMatch(stdout, /display help|Options|Usage/);
    const wrong = await afina(['chek'], 'pt_PT.UTF-8');
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^afina: Não há nenhum comando «chek»\. Queria dizer check\?/);
    for (const args of [
      ['check'],
      ['preview', DATASET],
      ['runs', 'x'],
      ['runs', '--nada'],
      ['preview', DATASET, '--id'],
    ]) {
      const { stderr } = await afina(args, 'pt_PT.UTF-8');
      assert.match(stderr, /^afina: /, args.join(' '));
    }
  });
});
