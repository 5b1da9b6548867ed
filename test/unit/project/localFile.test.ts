import { strict as assert } from 'node:assert';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mergeLocal } from '../../../src/project/localFile';
import { loadProject } from '../../../src/project/project';

const MODELS = { small: { gguf: 'hf:a/b/c.gguf', sha256: '0'.repeat(64), hf: 'a/b', title: 'Small' } };
const CLUSTERS = { local: { type: 'local' as const } };

function merge(text: string): ReturnType<typeof mergeLocal> {
  return mergeLocal(text, '/p/afina.local.yaml', MODELS, CLUSTERS);
}

describe('afina.local.yaml', () => {
  it('replaces fields of a model, and drops a checksum that was of another file', () => {
    const { models, problems } = merge('models:\n  small:\n    gguf: /data/s.gguf\n');
    assert.deepEqual(problems, []);
    assert.deepEqual(models.small, { gguf: '/data/s.gguf', hf: 'a/b', title: 'Small' });
  });

  it('keeps the checksum when the file stays the same', () => {
    assert.equal(merge('models: {small: {context: 512}}').models.small?.sha256, '0'.repeat(64));
  });

  it('replaces and adds whole clusters', () => {
    const { clusters } = merge(
      'clusters:\n  local: {type: local, root: /x}\n  hpc: {type: slurm, root: /s}\n',
    );
    assert.deepEqual(clusters, { local: { type: 'local', root: '/x' }, hpc: { type: 'slurm', root: '/s' } });
  });

  it('says where a model lacks its gguf', () => {
    const { problems, models } = merge('models:\n  other:\n    title: Other\n');
    assert.deepEqual(
      problems.map(({ place, severity }) => [place.line, place.column, severity]),
      [[2, 3, 'error']],
    );
    assert.equal(models.other, undefined);
  });

  it('changes nothing when it is empty, all comments, or wrong', () => {
    for (const text of ['', '# models:\n\n  # small\n']) {
      assert.deepEqual(merge(text), { models: MODELS, clusters: CLUSTERS, problems: [] });
    }
    const wrong = merge('models: {small: {gguf: [3]}}');
    assert.equal(wrong.models, MODELS);
    assert.ok(wrong.problems.some(({ severity }) => severity === 'error'));
  });

  describe('in a project', () => {
    let root: string;
    beforeEach(async () => {
      root = await mkdtemp(path.join(tmpdir(), 'afina-local-'));
      await writeFile(
        path.join(root, 'afina.yaml'),
        'version: 1\nmodels:\n  small:\n    gguf: hf:a/b/c.gguf\n',
      );
    });
    afterEach(() => rm(root, { recursive: true, force: true }));

    it('counts for what is loaded', async () => {
      await writeFile(path.join(root, 'afina.local.yaml'), 'models:\n  small:\n    gguf: here.gguf\n');
      const project = await loadProject(root);
      assert.equal(project.models.small?.gguf, 'here.gguf');
    });

    it('is named by the error when it is the one that is wrong', async () => {
      await writeFile(path.join(root, 'afina.local.yaml'), 'nonsense: true\n');
      await assert.rejects(loadProject(root), (error: { details: { place: { file: string } } }) => {
        assert.equal(error.details.place.file, path.join(root, 'afina.local.yaml'));
        return true;
      });
    });
  });
});
