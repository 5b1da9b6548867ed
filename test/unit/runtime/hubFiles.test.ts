import { strict as assert } from 'node:assert';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { UserError } from '../../../src/protocol/errors';
import { listHubGgufs, parseRepository } from '../../../src/runtime/hubFiles';
import { modelFacts, modelsIn } from '../../../src/runtime/modelFacts';
import { rawGguf, smallModel, stringKey, temporaryFolder, write } from './ggufBytes';

const sha = 'a'.repeat(64);
const tree = [
  { type: 'file', path: 'README.md', size: 10, oid: 'x' },
  { type: 'directory', path: 'x.gguf', size: 0, oid: 'x' },
  {
    type: 'file',
    path: 'M-Q8_0.gguf',
    size: 134,
    oid: 'x',
    lfs: { oid: sha, size: 9_000, pointerSize: 134 },
  },
  { type: 'file', path: 'quants/M-Q4_K_M.gguf', size: 134, oid: 'x', lfs: { oid: 'no hash', size: 5_000 } },
  { type: 'file', path: 'M-00001-of-00002.gguf', size: 1, oid: 'x' },
  { type: 'file', path: '../../etc/$(x).gguf', size: 1, oid: 'x' },
];

describe('models to choose from', () => {
  const folder = temporaryFolder();
  let server: Server;
  let endpoint = '';
  let answer: { status: number; body: string };
  let seen = '';
  before((done) => {
    server = createServer((request, response) => {
      seen = `${request.url ?? ''} ${request.headers.authorization ?? ''}`;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    }).listen(0, '127.0.0.1', () => {
      endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
      done();
    });
  });
  after((done) => void server.close(done));

  const list = (token?: string): ReturnType<typeof listHubGgufs> =>
    listHubGgufs(endpoint, { repository: 'dono/modelo', revision: 'main' }, { token });
  const fails = (code: string) => (error: unknown) => error instanceof UserError && error.code === code;

  it('are the single GGUFs of a repository, the smallest first', async () => {
    answer = { status: 200, body: JSON.stringify(tree) };
    assert.deepEqual(await list('segredo'), [
      { file: 'quants/M-Q4_K_M.gguf', bytes: 5_000, sha256: null },
      { file: 'M-Q8_0.gguf', bytes: 9_000, sha256: sha },
    ]);
    assert.equal(seen, '/api/models/dono/modelo/tree/main?recursive=true Bearer segredo');
  });

  it('are told apart from a hub that refuses, does not know, or talks nonsense', async () => {
    answer = { status: 401, body: '{}' };
    await assert.rejects(list(), fails('hub/gated'));
    answer = { status: 404, body: '{}' };
    await assert.rejects(list(), fails('hub/repository'));
    for (const body of ['<html>', '{"a":1}', '[{"type":"file","path":3}]', 'x'.repeat(9_000_000)]) {
      answer = { status: 200, body };
      await assert.rejects(list(), fails('hub/unreachable'));
    }
    await assert.rejects(
      listHubGgufs('http://127.0.0.1:9', { repository: 'a/b', revision: 'main' }),
      fails('hub/unreachable'),
    );
  });

  it('have their repository named in one way', () => {
    assert.deepEqual(parseRepository('hf:a/b'), { repository: 'a/b', revision: 'main' });
    assert.deepEqual(parseRepository(' a/b@v1 '), { repository: 'a/b', revision: 'v1' });
    for (const text of ['hf:a/b/c.gguf', 'hf:a', 'a/../b', 'a/b.gguf', '/a/b', 'hf:']) {
      assert.equal(parseRepository(text), undefined, text);
    }
  });

  it('are the models of a folder and below it, with licence and memory, and the others are told apart', async () => {
    const models = folder.file('models');
    await mkdir(path.join(models, 'sub'), { recursive: true });
    const licensed = rawGguf(
      [stringKey('general.architecture', 'llama'), stringKey('general.license', ' apache-2.0\n')],
      [{ name: 'token_embd.weight', dims: [4, 2], data: Buffer.alloc(32) }],
    );
    await write(path.join(models, 'a.gguf'), smallModel());
    await write(path.join(models, 'sub', 'B.GGUF'), licensed);
    await write(path.join(models, 'broken.gguf'), 'GGUF');
    await write(path.join(models, 'notes.txt'), 'x');
    const { models: found, refused } = await modelsIn(models);
    assert.deepEqual(
      found.map(({ file, license }) => [path.relative(models, file), license]),
      [
        ['a.gguf', null],
        [path.join('sub', 'B.GGUF'), 'apache-2.0'],
      ],
    );
    assert.equal(refused.length, 1);
    assert.ok((await modelFacts(path.join(models, 'a.gguf'))).memory > 100e6);
  });
});
