import { strict as assert } from 'node:assert';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { JobError } from '../../../src/jobs/jobError';
import { newRunId } from '../../../src/jobs/resolve';
import { makeProject, record } from './project';
import type { TestProject } from './project';

const JOB = 'version: 1\ndataset: datasets/a.jsonl\nbase: tiny\n';
const CLUSTERS =
  '  abroad:\n    type: slurm\n    host: h\n    root: /r\n    country: DE\n  somewhere:\n    type: slurm\n    host: h\n    root: /r\n';

describe('planning a job', () => {
  let project: TestProject;
  before(async () => {
    project = await makeProject(`${CLUSTERS}residency: [PT, ES]\n`);
    await project.write('datasets/drafts.jsonl', `${record('d', 'draft')}\n`);
    await project.write('models/not.gguf', 'PK..');
  });
  after(() => project.remove());

  const problems = async (job: string): Promise<string[]> => {
    await project.write('jobs/first.yaml', job);
    try {
      await (await project.plan()).dispose();
      return [];
    } catch (error) {
      assert.ok(error instanceof JobError, String(error));
      assert.equal(error.code, 'job/invalid');
      assert.deepEqual(error.details.place?.file, path.join(project.root, 'jobs/first.yaml'));
      return error.problems.map(
        ({ place, endColumn, message }) => `${place.line}:${place.column}-${endColumn} ${message}`,
      );
    }
  };

  const cases: [string, string, string[]][] = [
    [
      'a missing dataset',
      JOB.replace('a.jsonl', 'b.jsonl'),
      ['2:10-26 There is no dataset datasets/b.jsonl. Did you mean datasets/a.jsonl?'],
    ],
    [
      'a dataset of elsewhere',
      JOB.replace('datasets/a.jsonl', '/etc/passwd'),
      ["2:10-21 The dataset must lie in the project's folder."],
    ],
    [
      'an unknown base',
      JOB.replace('tiny', 'tinny'),
      ['3:7-12 afina.yaml has no model "tinny". Did you mean "tiny"?'],
    ],
    [
      'an unknown cluster',
      `${JOB}cluster: lokal\n`,
      ['4:10-15 afina.yaml has no cluster "lokal". Did you mean "local"?'],
    ],
    [
      'a cluster in another country',
      `${JOB}cluster: abroad\n`,
      [
        '4:10-16 The data of this project must stay in PT, ES; the cluster "abroad" is in DE. Choose another cluster.',
      ],
    ],
    [
      'a cluster of no known country',
      `${JOB}cluster: somewhere\n`,
      [
        '4:10-19 The data of this project must stay in PT, ES, and afina.yaml does not say in which country the cluster "somewhere" is. Add "country" to it.',
      ],
    ],
    [
      'settings of another method',
      `${JOB}dpo: {beta: 0.2}\n`,
      ['4:6-17 "dpo" is for jobs with "method: dpo". Add that line, or take "dpo" out.'],
    ],
    [
      'packing of pairs',
      `${JOB}method: dpo\ntraining: {packing: true}\n`,
      ['5:21-25 Pairs of answers (method: dpo) are not packed. Take "packing" out.'],
    ],
    ['what YAML itself does not allow', `${JOB}base: tiny\n`, ['4:1-5 This key occurs twice.']],
    [
      'two mistakes at once',
      'version: 1\ndataset: nope/x.jsonl\nbase: none\n',
      ['2:10-22 There is no dataset nope/x.jsonl.', '3:7-11 afina.yaml has no model "none". Known: tiny.'],
    ],
  ];
  for (const [name, job, expected] of cases) {
    it(`places ${name}`, async () => {
      assert.deepEqual(await problems(job), expected);
    });
  }

  it('places datasets with no approved record, and with broken ones', async () => {
    assert.match(
      (await problems(JOB.replace('a.jsonl', 'drafts.jsonl'))).join(),
      /^2:10-31 None of the 1 records/,
    );
    await project.write(
      'datasets/broken.jsonl',
      `${record('a')}\n{"id":"b","messages":[{"role":"user"}],"meta":{"status":"approved"}}\n`,
    );
    assert.match((await problems(JOB.replace('a.jsonl', 'broken.jsonl'))).join(), /^2:10-31 .*broken/);
  });

  it('places a dataset that the method cannot learn from', async () => {
    const preference = JSON.stringify({
      id: 'p',
      prompt: 'p',
      chosen: 'x',
      rejected: 'y',
      meta: { status: 'approved' },
    });
    await project.write('datasets/preferences.jsonl', `${preference}\n`);
    assert.match((await problems(`${JOB}method: dpo\n`)).join(), /^2:10-26 .*a\.jsonl:1 holds no preference/);
    const named = JOB.replace('a.jsonl', 'preferences.jsonl');
    assert.match(
      (await problems(named)).join(),
      /^2:10-36 .*preferences\.jsonl:1 holds a preference record .*"method: dpo"/,
    );
    assert.deepEqual(await problems(`${named}method: dpo\n`), []);
  });

  it('tells the trainer the method, and the rate that suits it unless the job says another', async () => {
    await project.write('jobs/first.yaml', JOB);
    const sft = await project.plan();
    assert.deepEqual([sft.spec.method, sft.spec.dpo, sft.spec.training.learningRate], ['sft', null, 0.0002]);
    await sft.dispose();
    const job = `${JOB.replace('a.jsonl', 'preferences.jsonl')}evaluation: 0\nmethod: dpo\n`;
    await project.write('jobs/first.yaml', job);
    const dpo = await project.plan();
    assert.deepEqual(dpo.spec.dpo, { beta: 0.1, loss: 'sigmoid' });
    assert.deepEqual([dpo.spec.method, dpo.spec.training.learningRate], ['dpo', 0.00002]);
    await dpo.dispose();
    await project.write(
      'jobs/first.yaml',
      `${job}dpo: {beta: 0.3, loss: ipo}\ntraining: {learningRate: 0.001}\n`,
    );
    const other = await project.plan();
    assert.deepEqual([other.spec.dpo, other.spec.training.learningRate], [{ beta: 0.3, loss: 'ipo' }, 0.001]);
    await other.dispose();
  });

  it('refuses a model file that is no GGUF', async () => {
    const file = path.join(project.root, 'afina.yaml');
    const text = await readFile(file, 'utf8');
    await project.write('afina.yaml', text.replace('tiny.gguf', 'not.gguf'));
    assert.match((await problems(JOB)).join(), /3:7-11 The file of the model "tiny" is no GGUF: .*not\.gguf/);
    await project.write('afina.yaml', text.replace('models/tiny.gguf', 'hf:a/b/c.gguf'));
    assert.match((await problems(JOB)).join(), /3:7-11 The model "tiny" is not on this machine yet/);
    await project.write('afina.yaml', text);
  });

  it('leaves nothing behind when it is not submitted', async () => {
    assert.deepEqual(await problems(JOB), []);
    assert.deepEqual(await readdir(path.join(project.root, '.afina/plans')), []);
  });

  it('gives every file with its hash, and the same records for the same seed', async () => {
    await project.write('jobs/first.yaml', `${JOB}resources:\n  gpus: 2\n`);
    const [one, two] = [await project.plan(), await project.plan()];
    assert.notEqual(one.runId, two.runId);
    const hash = (plan: typeof one, name: string): string | undefined =>
      plan.files.find((file) => file.path === name)?.sha256;
    for (const name of ['data/train.jsonl', 'job.sh', 'python'])
      assert.equal(hash(one, name), hash(two, name));
    assert.notEqual(hash(one, 'spec.json'), hash(two, 'spec.json'));
    assert.equal(await readFile(path.join(one.folder, 'launch'), 'utf8'), '2\n');
    assert.match(
      await readFile(path.join(one.folder, 'python'), 'utf8'),
      /\/home\/envs\/[0-9a-f]{16}\/bin\/python\n$/,
    );
    const manifest = JSON.parse(await readFile(path.join(one.folder, 'manifest.json'), 'utf8')) as {
      files: { path: string }[];
    };
    assert.deepEqual(
      manifest.files.map((file) => file.path).sort(),
      one.files
        .map((file) => file.path)
        .filter((name) => name !== 'manifest.json')
        .sort(),
    );
    await one.dispose();
    await two.dispose();
  });

  it('names runs by time and job', () => {
    assert.match(
      newRunId('Direito marítimo (v2)', new Date(2026, 0, 2, 3, 4, 5)),
      /^20260102-030405-Direito-mari-timo-v2-[0-9a-f]{6}$/,
    );
    assert.match(newRunId('漢', new Date()), /-job-[0-9a-f]{6}$/);
  });
});
