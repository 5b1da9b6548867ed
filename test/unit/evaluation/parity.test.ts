import { strict as assert } from 'node:assert';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PARITY_RULE } from '../../../src/evaluation/parity';
import type { Conversation, ParityProblem, PromptReader } from '../../../src/evaluation/promptTypes';
import { JobError } from '../../../src/jobs/jobError';
import { comparePrompts, promptCheck, sampleOf } from '../../../src/jobs/promptParity';
import type { ParityReport } from '../../../src/jobs/promptParity';
import { planJob } from '../../../src/jobs/resolve';
import { loadProject } from '../../../src/project/project';
import type { Project } from '../../../src/project/project';
import { RuntimeClient } from '../../../src/runtime/client';
import { ModelStore } from '../../../src/runtime/modelStore';
import { temporaryFolder } from '../runtime/ggufBytes';
import { MODEL, buildRuntimeProcess, requireModel } from '../runtime/support';
import { writeVariant } from './ggufVariant';
import type { Variant } from './ggufVariant';
import { DOUBLE, GEMMA, LLAMA3, MISTRAL, NO_ASK, OPEN_END, OTHER, SHOUTS } from './templates';

const TINY = path.resolve('.lab/fixtures/tiny-llama');
const PAYLOAD = path.resolve('src/jobs/payload');

const ask = 'O que é a avaria grossa?';
const answer = 'É a despesa extraordinária — «feita» em ação comum, n.º 1.';
const TALKS: readonly Conversation[] = [
  { id: 'single', messages: [say('user', ask), say('assistant', answer)] },
  {
    id: 'system',
    messages: [
      say('system', 'És jurista; respondes em português.'),
      say('user', ask),
      say('assistant', answer),
    ],
  },
  {
    id: 'multi-system',
    messages: [
      say('system', 'Sê breve.'),
      say('user', 'Olá 👋'),
      say('assistant', 'Olá!'),
      say('user', '  E a simples?\n'),
      say('assistant', 'Não.\n\n  - É outra;\n  - não há contribuição de 1 234,56 €.'),
    ],
  },
  { id: 'list', messages: [say('user', 'Três?'), say('assistant', 'Ação.\n\n\n1. Então\n2. «Não»')] },
];

function say(role: 'system' | 'user' | 'assistant', content: string): Conversation['messages'][number] {
  return { role, content };
}

/** Whether tokens and loss that training computes are, one for one, what the editor expects. */
function assertSame({ records }: ParityReport): void {
  for (const { conversation, expected, measured } of records) {
    assert.ok(measured !== null && 'examples' in measured, conversation.id);
    const plain = (examples: typeof expected.examples): unknown =>
      examples.map(({ ids, loss }) => ({ ids: [...ids], loss: loss.map(Number) }));
    assert.deepEqual(plain(expected.examples), plain(measured.examples), conversation.id);
  }
}

describe('Template parity', function () {
  this.timeout(240_000);
  const folder = temporaryFolder();
  let runtime: RuntimeClient;
  let project: Project;
  const readerOf =
    (gguf: string): PromptReader =>
    (items, signal) =>
      runtime.promptTokens({ model: { gguf }, items }, { signal });
  const tools = { payload: PAYLOAD, store: new ModelStore(), readerOf };

  /** The preview's prompts of a variant beside what the trainer makes of the same variant, or of another model. */
  const compare = async (
    name: string,
    variant: Variant,
    base?: { readonly path: string },
    conversations = TALKS,
  ): Promise<ParityReport> => {
    const gguf = folder.file(`${name}.gguf`);
    await writeVariant(MODEL, gguf, variant);
    return comparePrompts(conversations, { ...tools, project, gguf, base: base ?? { gguf } });
  };
  /** Without the trainer: what the template alone gives away. */
  const expect = async (name: string, variant: Variant): Promise<ParityProblem[]> => {
    const gguf = folder.file(`${name}.gguf`);
    await writeVariant(MODEL, gguf, variant);
    const alone = { ...project, clusters: {} };
    const { records, training } = await comparePrompts(TALKS, {
      ...tools,
      project: alone,
      gguf,
      base: { gguf },
    });
    assert.equal('reason' in training && training.reason, 'no-python');
    return records.flatMap(({ problems }) => problems);
  };

  before(async () => {
    requireModel();
    runtime = new RuntimeClient({ script: await buildRuntimeProcess(), env: { AFINA_THREADS: '1' } });
    const root = folder.file('project');
    await mkdir(path.join(root, 'jobs'), { recursive: true });
    await mkdir(path.join(root, 'datasets'));
    // The environment of the lab is what the local cluster trains with here.
    const venv = path.resolve('.lab/venv');
    await writeFile(
      path.join(root, 'afina.yaml'),
      `version: 1\nmodels:\n  good:\n    gguf: ../good.gguf\n  wrong:\n    gguf: ../noask.gguf\nclusters:\n  local:\n    type: local\n    python:\n      venv: ${JSON.stringify(venv)}\n`,
    );
    await writeFile(
      path.join(root, 'datasets', 'a.jsonl'),
      TALKS.map((talk) => `${JSON.stringify({ ...talk, meta: { status: 'approved' } })}\n`).join(''),
    );
    for (const model of ['good', 'wrong']) {
      const job = `version: 1\ndataset: datasets/a.jsonl\nbase: ${model}\nevaluation: 0\n`;
      await writeFile(path.join(root, 'jobs', `${model}.yaml`), job);
    }
    project = await loadProject(root);
  });
  after(() => runtime.dispose());

  describe('of models that are asked as they were trained', () => {
    it('ChatML with a SentencePiece vocabulary, as EuroLLM and AMALIA have it', async () => {
      const gguf = path.join(TINY, 'base.gguf');
      for (const base of [{ gguf }, { path: TINY }]) {
        const report = await comparePrompts(TALKS, { ...tools, project, gguf, base });
        assert.deepEqual(
          report.records.flatMap(({ problems }) => problems),
          [],
        );
        assertSame(report);
      }
    });
    for (const [name, variant] of Object.entries({ chatml: {}, LLAMA3, GEMMA, MISTRAL })) {
      it(`${name} with a byte-level vocabulary`, async () => {
        const report = await compare(name, variant);
        assert.deepEqual(
          report.records.flatMap(({ problems }) => problems),
          [],
        );
        assertSame(report);
        const [first] = report.records;
        assert.ok(first !== undefined);
        const learnt = first.expected.examples[0];
        const text =
          learnt?.pieces
            .filter((_piece, index) => learnt.loss[index])
            .join('')
            .trim() ?? '';
        assert.ok(text.startsWith(answer.slice(0, 8)) && !text.includes(ask), text);
      });
    }
  });

  describe('of models that are not', () => {
    const cases: readonly [string, Variant, ParityProblem['kind'], RegExp][] = [
      ['noask', NO_ASK, 'no-generation-prompt', /Turn 2: .*“<\|im_start\|>assistant”/],
      ['openend', OPEN_END, 'open-end', /“.*\]” \(\d+\), and a preview does not stop there/],
      ['double', DOUBLE, 'double-begin', /begins with “<\|im_start\|>” twice/],
      ['shouts', SHOUTS, 'answer-changed', /drops or rewrites the answer/],
    ];
    for (const [name, variant, kind, message] of cases) {
      it(`${kind}: seen in the template alone`, async () => {
        const problems = await expect(name, variant);
        const found = problems.find((problem) => problem.kind === kind);
        assert.match(found?.message ?? JSON.stringify(problems), message);
      });
    }

    it('names the token in which a GGUF with an older template differs from the model that trains', async () => {
      const gguf = folder.file('older.gguf');
      await writeVariant(path.join(TINY, 'base.gguf'), gguf, OTHER);
      const report = await comparePrompts(TALKS.slice(0, 1), {
        ...tools,
        project,
        gguf,
        base: { path: TINY },
      });
      const [problem] = report.records.flatMap(({ problems }) => problems);
      assert.equal(problem?.kind, 'tokens');
      assert.match(
        problem.message,
        /Turn 2, token \d+: the preview sends “.+” \(\d+\), training uses “.+” \(\d+\)/,
      );
      assert.match(problem.message, /chat template inside the GGUF is not that of the model that trains/);
    });

    it('names another tokenizer behind the same template', async () => {
      const template = await readFile(path.join(TINY, 'chat_template.jinja'), 'utf8');
      const report = await compare('other-tokenizer', { template }, { path: TINY }, TALKS.slice(0, 1));
      const [problem] = report.records.flatMap(({ problems }) => problems);
      assert.match(problem?.message ?? '', /Turn 2, token 1: /);
      assert.match(problem?.message ?? '', /tokenizer of the GGUF is not that of the model that trains/);
    });

    it('sees an answer whose white space runs together with the question', async () => {
      const talk = { id: 'space', messages: [say('user', ask), say('assistant', `\n\n${answer}`)] };
      const report = await compare('chatml-space', {}, undefined, [talk]);
      const [problem] = report.records.flatMap(({ problems }) => problems);
      assert.equal(problem?.kind, 'boundary', JSON.stringify(report.records[0]?.problems));
      assert.match(problem.message, /Take the white space away/);
    });
  });

  it('looks at the first record, the longest, one of several turns and one with a system message', async () => {
    const file = folder.file('train.jsonl');
    const filler = Array.from({ length: 50 }, (_, index) => ({
      id: `f${String(index)}`,
      messages: [say('user', 'x'), say('assistant', 'y')],
    }));
    const long = { id: 'long', messages: [say('user', ask), say('assistant', answer.repeat(20))] };
    await writeFile(file, [...filler, ...TALKS, long].map((talk) => `${JSON.stringify(talk)}\n`).join(''));
    const ids = (await sampleOf(file)).map(({ id }) => id);
    assert.deepEqual(ids.sort(), ['f0', 'long', 'multi-system', 'system']);
  });

  it('keeps a job from being submitted, and lets it pass where the project says so', async () => {
    await writeVariant(MODEL, folder.file('good.gguf'), {});
    await writeVariant(MODEL, folder.file('noask.gguf'), NO_ASK);
    const plan = (own: Project, job: string): ReturnType<typeof planJob> =>
      planJob({
        project: own,
        jobFile: `jobs/${job}.yaml`,
        payload: PAYLOAD,
        promptCheck: promptCheck(tools),
      });
    // Without a Python environment, so that only the template speaks.
    const alone = { ...project, clusters: { local: { type: 'local' as const, root: folder.file('home') } } };
    await assert.rejects(plan(alone, 'wrong'), (error) => {
      assert.ok(error instanceof JobError);
      const [problem] = error.problems;
      assert.equal(problem?.severity, 'error');
      assert.deepEqual(problem.path, ['base']);
      assert.match(problem.message, /add_generation_prompt/);
      assert.ok(problem.message.endsWith(`[${PARITY_RULE}]`));
      return true;
    });
    const good = await plan(alone, 'good');
    assert.deepEqual(good.problems, []);
    assert.ok(good.files.some((file) => file.path === 'prompt_expected.json'));
    await good.dispose();
    const checks = { ...project.config.checks, rules: { 'template/parity': 'warning' as const } };
    const lenient = { ...alone, config: { ...project.config, checks } };
    const warned = await plan(lenient, 'wrong');
    assert.ok(warned.problems.every(({ severity }) => severity === 'warning') && warned.problems.length > 0);
    assert.ok(!warned.files.some((file) => file.path === 'prompt_expected.json'));
    await warned.dispose();
  });
});
