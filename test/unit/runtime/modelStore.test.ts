import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CancelledError, UserError } from '../../../src/protocol/errors';
import { ModelStore } from '../../../src/runtime/modelStore';
import type { ModelReference, ModelStoreOptions } from '../../../src/runtime/modelStore';
import { rawGguf, smallModel, stringKey, temporaryFolder, write } from './ggufBytes';
import { Hub } from './hub';

const folder = temporaryFolder();
const isUserError =
  (code: string, text?: RegExp) =>
  (error: unknown): boolean =>
    error instanceof UserError && error.code === code && (text === undefined || text.test(error.message));

/** A model of 300 kB, so that a connection can be cut inside it. */
const content = rawGguf(
  [stringKey('general.architecture', 'llama')],
  [{ name: 'token_embd.weight', dims: [1000, 75], data: Buffer.alloc(300_000, 'afina') }],
);
const sha256 = createHash('sha256').update(content).digest('hex');

describe('ModelStore', function () {
  this.timeout(20_000);
  let hub: Hub;
  let endpoint = '';
  let home = '';

  beforeEach(async () => {
    hub = new Hub(content);
    endpoint = await hub.start();
    home = folder.file();
  });
  afterEach(() => hub.stop());

  const store = (options: ModelStoreOptions = {}): ModelStore =>
    new ModelStore({ home, endpoint, token: undefined, ...options });
  const reference = (gguf = 'hf:owner/repo/model.gguf', pinned?: string): ModelReference => ({
    key: 'small',
    config: { gguf, ...(pinned === undefined ? {} : { sha256: pinned }) },
    projectFolder: path.dirname(home),
  });
  const target = (): string => path.join(home, 'models', 'owner', 'repo', 'model.gguf');
  const files = async (): Promise<string[]> => (await readdir(path.dirname(target()))).sort();

  async function expectWhole(): Promise<void> {
    assert.ok((await readFile(target())).equals(content));
    assert.deepEqual(await files(), ['model.gguf', 'model.gguf.json']);
    assert.deepEqual(await store().resolve(reference()), { path: target() });
  }

  describe('resolve', () => {
    it('finds a file of the project', async () => {
      const file = await write(folder.file('mine.gguf'), smallModel());
      const found = await store().resolve({ ...reference('mine.gguf'), projectFolder: path.dirname(file) });
      assert.deepEqual(found, { path: file });
    });

    it('names the place of a file that is missing or no model', async () => {
      const bogus = await write(folder.file('bogus.gguf'), 'a text');
      const model = reference('bogus.gguf');
      const inProject = { ...model, projectFolder: path.dirname(bogus) };
      const place = { file: 'afina.yaml', line: 4, column: 11 };
      await assert.rejects(store().resolve({ ...inProject, place }), (error) => {
        assert.ok(isUserError('gguf/notGguf', /models\.small\.gguf/)(error));
        assert.deepEqual((error as UserError).details.place, place);
        return true;
      });
      await assert.rejects(
        store().resolve(reference('absent.gguf')),
        isUserError('model/missing', /absent\.gguf/),
      );
    });

    it('says what it would download, and asks nobody', async () => {
      for (const [gguf, url, file] of [
        ['hf:owner/repo/model.gguf', '/owner/repo/resolve/main/model.gguf', 'owner/repo/model.gguf'],
        [
          'hf:owner/repo@v1.0/q/model.gguf',
          '/owner/repo/resolve/v1.0/q/model.gguf',
          'owner/repo@v1.0/q/model.gguf',
        ],
      ] as const) {
        assert.deepEqual(await store().resolve(reference(gguf)), {
          needsDownload: {
            url: endpoint + url,
            target: path.join(home, 'models', ...file.split('/')),
            partBytes: 0,
          },
        });
      }
      assert.deepEqual(hub.seen, []);
    });

    for (const bad of [
      'hf:owner/model.gguf',
      'hf:owner/repo/model.bin',
      'hf:../repo/model.gguf',
      'hf:owner/repo/../../../x.gguf',
      'hf:owner/repo@a@b/model.gguf',
      'hf:owner/re po/model.gguf',
      'hf:owner/repo//model.gguf',
      'hf:owner/repo/model.gguf?download=true',
    ]) {
      it(`refuses ${bad}`, () =>
        assert.rejects(store().resolve(reference(bad)), isUserError('model/reference')));
    }

    it('refuses one part of several', () =>
      assert.rejects(
        store().resolve(reference('hf:owner/repo/model-00001-of-00004.gguf')),
        isUserError('model/split'),
      ));

    it('does not take a broken file in the store for a model', async () => {
      await mkdir(path.dirname(target()), { recursive: true });
      await writeFile(target(), content.subarray(0, 1000));
      assert.ok('needsDownload' in (await store().resolve(reference())));
      await store().download(reference());
      assert.ok((await readFile(target())).equals(content));
    });

    it('asks again when another hash is pinned', async () => {
      await store().download(reference());
      assert.deepEqual(await store().resolve(reference(undefined, sha256)), { path: target() });
      assert.ok('needsDownload' in (await store().resolve(reference(undefined, '0'.repeat(64)))));
    });
  });

  describe('download', () => {
    it('brings the file, with progress that grows to the whole', async () => {
      const bytes: number[] = [];
      const totals = new Set<number | null>();
      const file = await store().download(reference(), {
        progress: (value) => {
          bytes.push(value.bytes);
          totals.add(value.total);
        },
      });
      assert.equal(file, target());
      await expectWhole();
      assert.deepEqual(
        bytes,
        [...bytes].sort((a, b) => a - b),
      );
      assert.equal(bytes.at(-1), content.length);
      assert.deepEqual([...totals], [content.length]);
      await store().download(reference());
      assert.equal(hub.seen.length, 1);
    });

    it('goes on after cut connections, each time where it stopped', async () => {
      hub.behaviour.cutAfter = 100_000;
      await store().download(reference());
      await expectWhole();
      assert.ok(hub.seen.length >= 4);
      assert.equal(hub.seen[0]!.range, undefined);
      assert.ok(hub.seen.slice(1).every(({ range }) => range !== undefined));
    });

    it('starts over where the server knows no ranges', async () => {
      hub.behaviour.cutAfter = 100_000;
      const abort = new AbortController();
      const download = store().download(reference(), {
        signal: abort.signal,
        progress: ({ bytes }) => bytes >= 50_000 && abort.abort(),
      });
      await assert.rejects(download, (error) => error instanceof CancelledError);
      hub.behaviour.cutAfter = undefined;
      hub.behaviour.ranges = false;
      await store().download(reference());
      await expectWhole();
    });

    it('keeps the part when cancelled, and takes it up in another session', async () => {
      hub.behaviour.stallAfter = 200_000;
      const abort = new AbortController();
      const download = store().download(reference(), {
        signal: abort.signal,
        progress: ({ bytes }) => bytes >= 200_000 && abort.abort(),
      });
      await assert.rejects(download, (error) => error instanceof CancelledError);
      const resolved = await store().resolve(reference());
      assert.ok('needsDownload' in resolved && resolved.needsDownload.partBytes === 200_000);
      hub.behaviour.stallAfter = undefined;
      await store().download(reference(undefined, sha256));
      assert.equal(hub.seen.at(-1)!.range, 'bytes=200000-');
      await expectWhole();
    });

    it('does not continue with the part of another address', async () => {
      await mkdir(path.dirname(target()), { recursive: true });
      await writeFile(`${target()}.part`, 'rubbish of another hub');
      await writeFile(`${target()}.part.url`, 'http://elsewhere/model.gguf');
      await store().download(reference());
      assert.equal(hub.seen[0]!.range, undefined);
      await expectWhole();
    });

    it('finishes a part that is already whole', async () => {
      await mkdir(path.dirname(target()), { recursive: true });
      await writeFile(`${target()}.part`, content);
      await writeFile(`${target()}.part.url`, `${endpoint}/owner/repo/resolve/main/model.gguf`);
      await store().download(reference(undefined, sha256));
      await expectWhole();
    });

    it('treats a silent connection as lost', async () => {
      hub.behaviour.stallAfter = 250_000;
      await store({ idleSeconds: 0.3 }).download(reference());
      await expectWhole();
      assert.ok(hub.seen.length >= 2);
    });

    it('gives up on a server that is gone, keeping what it has', async () => {
      hub.behaviour.status = 503;
      const download = store().download(reference(), { signal: AbortSignal.timeout(700) });
      await assert.rejects(download, (error) => error instanceof CancelledError);
      await hub.stop();
      await assert.rejects(
        store({ endpoint: 'http://127.0.0.1:9' }).size({
          url: 'http://127.0.0.1:9/x.gguf',
          target: target(),
          partBytes: 0,
        }),
        isUserError('download/connection', /127\.0\.0\.1:9/),
      );
    });

    it('discards a file with another hash than the pinned one or the hub’s', async () => {
      for (const [pinned, linked] of [
        ['0'.repeat(64), undefined],
        [undefined, '1'.repeat(64)],
      ]) {
        hub.behaviour.sha256 = linked;
        await assert.rejects(
          store().download(reference(undefined, pinned)),
          isUserError('download/corrupt', new RegExp(sha256)),
        );
        assert.deepEqual(await files(), []);
      }
      hub.behaviour.sha256 = sha256;
      await store().download(reference(undefined, sha256));
      await expectWhole();
    });

    it('knows the size from the hub where the body has no length', async () => {
      hub.behaviour.sha256 = sha256;
      hub.behaviour.chunked = true;
      hub.behaviour.cutAfter = 200_000;
      await store().download(reference());
      await expectWhole();
    });

    it('takes no page of a proxy for a model', async () => {
      hub.behaviour.content = Buffer.from('<html>Please log in to the network</html>');
      await assert.rejects(store().download(reference()), isUserError('gguf/notGguf'));
      assert.deepEqual(await files(), []);
    });

    for (const [status, code, text] of [
      [401, 'download/denied', /HF_TOKEN/],
      [403, 'download/denied', /HF_TOKEN/],
      [404, 'download/notFound', /afina\.yaml/],
      [418, 'download/status', /418/],
    ] as const) {
      it(`says what to do about ${status}`, async () => {
        hub.behaviour.status = status;
        await assert.rejects(store().download(reference()), isUserError(code, text));
        assert.equal(hub.seen.length, 1);
      });
    }

    it('shows the token to the hub alone', async () => {
      const contents = new Hub(content);
      hub.behaviour.redirectTo = (await contents.start()).replace('127.0.0.1', 'localhost');
      hub.behaviour.sha256 = sha256;
      try {
        await store({ token: 'a-token' }).download(reference());
        assert.equal(hub.seen[0]!.authorization, 'Bearer a-token');
        assert.equal(contents.seen[0]!.authorization, undefined);
        await expectWhole();
      } finally {
        await contents.stop();
      }
    });

    it('ends redirects that lead nowhere', async () => {
      hub.behaviour.redirectTo = endpoint;
      await assert.rejects(store().download(reference()), isUserError('download/redirects'));
    });

    it('asks for the size without downloading', async () => {
      hub.behaviour.redirectTo = undefined;
      const resolved = await store().resolve(reference());
      assert.ok('needsDownload' in resolved);
      assert.equal(await store().size(resolved.needsDownload), content.length);
      assert.deepEqual(
        hub.seen.map(({ method }) => method),
        ['HEAD'],
      );
    });

    it('lets one window download at a time, and takes over from one that died', async () => {
      await mkdir(path.dirname(target()), { recursive: true });
      await writeFile(`${target()}.lock`, String(process.pid));
      await assert.rejects(store().download(reference()), isUserError('download/busy'));
      await writeFile(`${target()}.lock`, '999999999');
      await store().download(reference());
      await expectWhole();
    });

    it('says so when the folder cannot be written', async () => {
      await writeFile(home, 'a file where the folder should be');
      await assert.rejects(store().download(reference()), isUserError('download/notWritable', /AFINA_HOME/));
      assert.ok((await stat(home)).isFile());
    });

    it('says so when the disk has no room', async () => {
      hub.behaviour.sha256 = sha256;
      hub.behaviour.claimedSize = 2 ** 52;
      await assert.rejects(store().download(reference()), isUserError('download/diskFull', /AFINA_HOME/));
    });
  });
});
