import { strict as assert } from 'node:assert';
import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { exportTraining, heldOutLines } from '../../../src/dataset/exportTraining';
import { evaluate } from '../../../src/evaluation/evaluate';
import type { EvaluationEnd, Runtime } from '../../../src/evaluation/evaluate';
import { itemsOf, sampleOf } from '../../../src/evaluation/items';
import { reportCsv, reportJson, reportMarkdown } from '../../../src/evaluation/report';
import { identify, specOf } from '../../../src/evaluation/spec';
import type { EvaluationItem, EvaluationSpec } from '../../../src/evaluation/spec';
import { createEvaluation, listEvaluations, readEvaluation } from '../../../src/evaluation/store';
import type { StoredEvaluation } from '../../../src/evaluation/store';
import { scoredRecords, summarise } from '../../../src/evaluation/summary';
import { CancelledError, UserError } from '../../../src/protocol/errors';
import { makeFormat } from '../../../src/protocol/format';

let root = '';
let weights = '';
let adapter = '';
/** Questions that were put to the model, in order. */
let asked: string[] = [];

const items: EvaluationItem[] = Array.from({ length: 6 }, (_, at) => ({
  line: at + 1,
  id: `r-${at}`,
  messages: [{ role: 'user' as const, content: `O que é o frete n.º ${at}?` }],
  reference:
    at === 5 ? null : `O frete n.º ${at} é a retribuição do Decreto-Lei n.º 352/86, de 21 de outubro.`,
  sources: ['Decreto-Lei n.º 352/86, de 21 de outubro'],
}));

/** Answers from the question alone; the adapter knows the law, the base does not. */
function runtimeOf(fail?: (count: number) => Error | undefined): Runtime {
  return {
    answer: ({ messages, adapter: by }) => {
      const error = fail?.(asked.length);
      const question = messages.at(-1)?.content ?? '';
      asked.push(`${by === null ? 'base' : 'tuned'} ${question}`);
      if (error !== undefined) return Promise.reject(error);
      const text =
        by === null
          ? `Não sei (${question}). Veja-se a Lei n.º 1/2001.`
          : `O frete n.º ${question.replace(/\D/g, '')} é a retribuição do Decreto-Lei n.º 352/86.`;
      return Promise.resolve({
        text,
        tokens: text.length,
        firstTokenSeconds: 0,
        tokensPerSecond: 1,
        stop: 'end' as const,
      });
    },
    score: ({ adapter: by }) => Promise.resolve({ logProbability: by === null ? -40 : -10, tokens: 10 }),
  };
}

async function newEvaluation(of = items, dataset = 'datasets/a.jsonl'): Promise<StoredEvaluation> {
  const model = { gguf: weights };
  const answerers = [
    await identify({ title: 'Base', model: 'tiny', run: null }, { model, adapter: null }),
    await identify(
      { title: 'Run | 1', model: 'tiny', run: 'r1' },
      { model, adapter: { gguf: adapter, scale: 1 } },
    ),
  ];
  const spec: EvaluationSpec = specOf(
    {
      dataset,
      datasetSha256: 'x',
      job: null,
      variety: 'pt-PT',
      sampling: { seed: 1, temperature: 0, topP: 1, topK: 1, maxTokens: 64 },
      answerers,
    },
    of,
    new Date('2026-11-26T00:00:00Z'),
  );
  return createEvaluation(root, spec, of);
}

function run(
  evaluation: StoredEvaluation,
  runtime = runtimeOf(),
  signal?: AbortSignal,
): Promise<EvaluationEnd> {
  return evaluate({
    projectRoot: root,
    evaluation,
    filesOf: ({ run: id }) =>
      Promise.resolve({
        model: { gguf: weights },
        adapter: id === null ? null : { gguf: adapter, scale: 1 },
      }),
    runtime,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What every evaluation of these records must come to, however often it was broken off. */
function figures({ spec }: StoredEvaluation, stored: StoredEvaluation): string {
  return JSON.stringify(summarise(spec, scoredRecords(stored)));
}

describe('evaluations', () => {
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'afina-eval-'));
    weights = path.join(root, 'base.gguf');
    adapter = path.join(root, 'adapter.gguf');
    await writeFile(weights, 'weights');
    await writeFile(adapter, 'adapter');
    asked = [];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('ask everybody every record once, and find all of it again', async () => {
    const evaluation = await newEvaluation();
    assert.deepEqual(await run(evaluation), { reused: 0, answered: 12, failed: 0 });
    assert.equal(new Set(asked).size, 12);
    const again = await newEvaluation();
    assert.equal(again.folder, evaluation.folder);
    assert.equal(again.results.size, 12);
    assert.deepEqual(await run(again), { reused: 12, answered: 0, failed: 0 });
    assert.equal(asked.length, 12);
    assert.deepEqual(
      (await listEvaluations(root)).map(({ spec }) => spec.id),
      [evaluation.spec.id],
    );
  });

  it('lose the answer under way at most, wherever a kill cuts the file', async () => {
    const evaluation = await newEvaluation();
    await run(evaluation);
    const file = path.join(evaluation.folder, 'results.jsonl');
    const whole = await readFile(file);
    const complete = figures(evaluation, await readEvaluation(evaluation.folder));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
        await writeFile(file, whole);
        await truncate(file, cut);
        asked = [];
        const lines = whole.subarray(0, cut).toString('latin1').split('\n').length - 1;
        const { reused, answered, failed } = await run(await readEvaluation(evaluation.folder));
        // A line that lacks only its line break is whole.
        const kept = whole[cut] === 10 && cut > 0 ? lines + 1 : lines;
        assert.deepEqual([reused, answered, failed], [kept, 12 - kept, 0]);
        assert.equal(asked.length, 12 - kept);
        assert.equal(figures(evaluation, await readEvaluation(evaluation.folder)), complete);
      }),
      { seed: 9, numRuns: 40 },
    );
  });

  it('go on after a crash, a cancel, and a line of something else', async () => {
    const evaluation = await newEvaluation();
    const crash = new Error('a defect');
    await assert.rejects(
      run(
        evaluation,
        runtimeOf((count) => (count === 3 ? crash : undefined)),
      ),
      crash,
    );
    const stop = new AbortController();
    const stopping = runtimeOf((count) => {
      if (count === 6) stop.abort();
      return undefined;
    });
    await assert.rejects(run(evaluation, stopping, stop.signal), (error) => error instanceof CancelledError);
    await appendFile(path.join(evaluation.folder, 'results.jsonl'), '{"key":1}\n[]\nnull\n{"key":"x","tor');
    const { reused, answered } = await run(evaluation);
    assert.equal(reused + answered, 12);
    assert.ok(reused >= 5, String(reused));
    assert.equal((await readEvaluation(evaluation.folder)).results.size, 12);
  });

  it('keep the reason of a record that cannot be answered, ask it again next time, and give up when nothing works', async () => {
    const evaluation = await newEvaluation();
    const long = new UserError('runtime/promptTooLong', 'too long');
    const { failed } = await run(
      evaluation,
      runtimeOf((count) => (count === 2 ? long : undefined)),
    );
    assert.equal(failed, 1);
    const stored = await readEvaluation(evaluation.folder);
    const answers = scoredRecords(stored).flatMap((record) => record.answers);
    assert.deepEqual(
      answers.flatMap((each) => each?.result.error ?? []),
      ['too long'],
    );
    assert.deepEqual(await run(evaluation), { reused: 11, answered: 1, failed: 0 });

    const hopeless = await newEvaluation(items.slice(1), 'datasets/b.jsonl');
    await rm(path.join(evaluation.folder, 'results.jsonl'));
    await assert.rejects(
      run(
        hopeless,
        runtimeOf(() => long),
      ),
      long,
    );
    assert.deepEqual((await run(hopeless)).failed, 0);
  });

  it('take over what another evaluation has asked already, with its own scores', async () => {
    await run(await newEvaluation(items.slice(0, 4)));
    asked = [];
    const other = items.map((item) => ({ ...item, line: item.line + 10, sources: [] }));
    const larger = await newEvaluation(other);
    assert.deepEqual(await run(larger), { reused: 8, answered: 4, failed: 0 });
    assert.equal(asked.length, 4);
    const [first] = scoredRecords(await readEvaluation(larger.folder));
    assert.equal(first!.answers[1]!.result.line, 11);
    assert.deepEqual([first!.answers[1]!.scores!.cited, first!.answers[1]!.scores!.supported], [1, 0]);
  });

  it('are another one when an adapter was trained anew', async () => {
    const before = await newEvaluation();
    await writeFile(adapter, 'another');
    const after = await newEvaluation();
    assert.notEqual(after.spec.id, before.spec.id);
    assert.equal(after.spec.answerers[0]!.key, before.spec.answerers[0]!.key);
  });

  it('show who is better in what, and by how much', async () => {
    const evaluation = await newEvaluation();
    await run(evaluation);
    const stored = await readEvaluation(evaluation.folder);
    const records = scoredRecords(stored);
    const rows = summarise(stored.spec, records);
    const [base, tuned] = rows;
    assert.deepEqual([base!.answered, tuned!.answered, tuned!.failed], [6, 6, 0]);
    assert.equal(
      tuned!.metrics.chrf.records,
      5,
      'a record without an answer of its own has nothing to compare with',
    );
    assert.ok(tuned!.metrics.chrf.best && !base!.metrics.chrf.best);
    assert.equal(tuned!.metrics.chrf.difference!.clear, true);
    assert.equal(base!.metrics.chrf.difference, null);
    assert.ok(Math.abs(base!.metrics.perplexity.value! - Math.exp(4)) < 1e-9);
    assert.ok(tuned!.metrics.perplexity.best);
    assert.equal(tuned!.metrics.citations.value, 1);
    assert.equal(base!.metrics.citations.value, 0);
    assert.ok(!tuned!.metrics.words.best && !base!.metrics.words.best);
    const report = { spec: stored.spec, rows, records };
    const markdown = reportMarkdown(report, makeFormat('en'));
    assert.match(markdown, /\| Run \\\| 1 \| 6 \| \*\*\d/);
    assert.match(markdown, /Difference to the base/);
    const csv = reportCsv(report).trimEnd().split('\r\n');
    assert.equal(csv.length, 13);
    assert.match(csv[0]!, /^id,line,answerer,model,run,chrf,/);
    const json = JSON.parse(reportJson(report)) as {
      records: unknown[];
      answerers: { corpusChrf: number }[];
    };
    assert.equal(json.records.length, 6);
    assert.ok(json.answerers[1]!.corpusChrf > json.answerers[0]!.corpusChrf);
  });

  it('say which folder is broken', async () => {
    const { folder } = await newEvaluation();
    await writeFile(path.join(folder, 'spec.json'), '{');
    await assert.rejects(
      readEvaluation(folder),
      (error) => error instanceof UserError && error.code === 'evaluation/unreadable',
    );
    assert.deepEqual(await listEvaluations(root), []);
  });
});

describe('records to evaluate', () => {
  it('are those that a job with the same settings holds out', async () => {
    root = await mkdtemp(path.join(tmpdir(), 'afina-eval-'));
    try {
      await mkdir(path.join(root, 'data'));
      const file = path.join(root, 'a.jsonl');
      const lines = Array.from({ length: 60 }, (_, at) =>
        JSON.stringify({
          ...(at % 7 === 0 ? {} : { id: `r-${at}` }),
          messages: [
            { role: 'user', content: `Pergunta ${at} sobre ${['navios', 'frete', 'armador'][at % 3]!}` },
            { role: 'assistant', content: `Resposta número ${at * 37}` },
          ],
          meta: { status: at % 4 === 0 ? 'draft' : 'approved' },
        }),
      );
      await writeFile(file, `${lines.join('\n\n')}\n{broken\n`);
      const options = { file, statuses: ['approved' as const], evaluation: 0.2, seed: 3 };
      const held = await heldOutLines(options);
      const exported = await exportTraining({ ...options, outDir: path.join(root, 'data') });
      const written = (await readFile(exported.eval!.path, 'utf8')).trimEnd().split('\n');
      assert.ok(held.length > 3);
      const found = await itemsOf(file, { lines: new Set(held) });
      assert.deepEqual(
        found.map(({ messages, reference }) => [messages[0]!.content, reference]),
        written.map((line) => {
          const { messages } = JSON.parse(line) as { messages: { content: string }[] };
          return messages.map(({ content }) => content);
        }),
      );
      assert.deepEqual(
        found.map(({ line }) => line),
        held,
      );
      assert.equal((await itemsOf(file)).length, 60);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  it('are drawn the same for the same seed, in their order', () => {
    const all = Array.from({ length: 50 }, (_, at) => at);
    const drawn = sampleOf(all, 10, 7);
    assert.deepEqual(sampleOf(all, 10, 7), drawn);
    assert.notDeepEqual(sampleOf(all, 10, 8), drawn);
    assert.deepEqual(
      drawn,
      [...drawn].sort((a, b) => a - b),
    );
    assert.equal(new Set(drawn).size, 10);
    assert.deepEqual(sampleOf(all, 90, 7), all);
  });
});
