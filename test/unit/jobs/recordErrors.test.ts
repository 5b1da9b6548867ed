import { strict as assert } from 'node:assert';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { JobError } from '../../../src/jobs/jobError';
import { planJob } from '../../../src/jobs/resolve';
import { loadProject } from '../../../src/project/project';
import { makeProject, record } from './project';
import type { TestProject } from './project';

describe('errors that the checks find', () => {
  let project: TestProject;
  before(async () => {
    project = await makeProject('');
    await project.write(
      'datasets/a.jsonl',
      `${['a-1', 'a-2', 'a-3'].map((id) => record(id, 'approved')).join('\n')}\n\n${record('d-1', 'draft')}\n`,
    );
    await project.write('jobs/first.yaml', 'version: 1\ndataset: datasets/a.jsonl\nbase: tiny\n');
  });
  after(() => project.remove());

  const error = (line: number, id: string): { line: number; id: string; rule: string; message: string } => ({
    ...{ line, id, rule: 'pii/nif', message: 'Um número de contribuinte.' },
  });
  const problems = async (errors: readonly ReturnType<typeof error>[]): Promise<JobError | undefined> => {
    try {
      const plan = await planJob({
        project: await loadProject(project.root),
        jobFile: 'jobs/first.yaml',
        payload: project.payload,
        errorsIn: () => Promise.resolve(errors),
      });
      await plan.dispose();
      return undefined;
    } catch (thrown) {
      assert.ok(thrown instanceof JobError, String(thrown));
      return thrown;
    }
  };

  it('keep a job from being submitted, and are named with their records', async () => {
    const found = await problems([error(2, 'a-2'), error(2, 'a-2'), error(3, 'a-3')]);
    const [first, ...rest] = found?.problems ?? [];
    assert.match(first?.message ?? '', /errors in 2 records that would train/);
    assert.equal(first?.place.file, path.join(project.root, 'jobs/first.yaml'));
    assert.deepEqual(
      rest.map(({ place, message, severity }) => [path.basename(place.file), place.line, severity, message]),
      [2, 2, 3].map((line) => ['a.jsonl', line, 'error', `a-${line}: Um número de contribuinte. [pii/nif]`]),
    );
  });

  it('of records that do not train keep nothing back', async () => {
    assert.equal(await problems([error(5, 'd-1')]), undefined);
    assert.equal(await problems([]), undefined);
  });

  it('are told up to ten, and how many more there are', async () => {
    const many = Array.from({ length: 25 }, () => error(1, 'a-1'));
    const found = (await problems(many))?.problems ?? [];
    assert.equal(found.length, 12);
    assert.match(found.at(-1)?.message ?? '', /^15 more errors/);
  });
});
