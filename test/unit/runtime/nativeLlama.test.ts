import { strict as assert } from 'node:assert';
import { UserError } from '../../../src/protocol/errors';
import { explainNoLlama, loadLlama, slowness } from '../../../src/runtime/nativeLlama';
import type { System } from '../../../src/runtime/nativeLlama';

const here: System = { platform: 'linux', arch: 'x64', glibc: [2, 36] };
const noBinary = Object.assign(new Error('NoBinaryFound'), { name: 'NoBinaryFoundError' });

function code(system: Partial<System>, error: unknown = noBinary): string {
  const explained = explainNoLlama({ ...here, ...system }, error);
  assert.match(explained.message, /Everything else works/);
  assert.deepEqual(explained.details.remedies, ['openLog']);
  return explained.code;
}

type Library = NonNullable<Parameters<typeof loadLlama>[1]>['library'];

/** A node-llama-cpp whose `getLlama` is `get`. */
function library(get: () => Promise<unknown>): Library {
  return () =>
    Promise.resolve({ LlamaLogLevel: {}, getLlama: get } as unknown as Awaited<ReturnType<Library>>);
}

async function load(system: System, get: Library): Promise<{ error: unknown; log: string[] }> {
  const log: string[] = [];
  const options = {
    gpu: 'auto',
    log: (level: string, text: string) => log.push(`${level}: ${text}`),
  } as const;
  const error = await loadLlama(options, { system: () => system, library: get }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, log };
}

describe('a system without llama.cpp', () => {
  it('is explained: too old a glibc, none, no binary for it, no package', () => {
    assert.equal(code({ glibc: [2, 28] }), 'runtime/glibc');
    assert.match(explainNoLlama({ ...here, glibc: [2, 28] }, noBinary).message, /2\.34.*2\.28/);
    assert.equal(code({ glibc: [1, 99] }), 'runtime/glibc');
    assert.equal(code({ glibc: undefined }), 'runtime/glibc');
    assert.equal(code({ arch: 'ia32' }), 'runtime/platform');
    assert.equal(code({ platform: 'freebsd', glibc: undefined }), 'runtime/platform');
    assert.equal(code({ glibc: [2, 34] }), 'runtime/notInstalled');
    assert.equal(code({ platform: 'darwin', arch: 'arm64', glibc: undefined }), 'runtime/notInstalled');
  });

  it('is explained: libraries that Windows lacks', async () => {
    const windows: System = { platform: 'win32', arch: 'x64', glibc: undefined };
    const dlopen = Object.assign(new Error('The specified module could not be found.'), {
      code: 'ERR_DLOPEN_FAILED',
    });
    // As node-llama-cpp does: it writes the reason and throws that it found nothing.
    const { error: consoleError } = console;
    console.error = () => undefined;
    const { error } = await load(
      windows,
      library(() => {
        console.error('Failed to load a prebuilt binary. Error:', dlopen);
        return Promise.reject(noBinary);
      }),
    ).finally(() => (console.error = consoleError));
    assert.ok(error instanceof UserError && error.code === 'runtime/library');
    assert.match(error.details.log ?? '', /could not be found/);
  });

  it('is explained when the package is not there at all', async () => {
    const missing = Object.assign(new Error("Cannot find package 'node-llama-cpp'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const { error } = await load(here, () => Promise.reject(missing));
    assert.ok(error instanceof UserError && error.code === 'runtime/notInstalled');
    assert.match(error.message, /linux-x64/);
  });
});

describe('a slow system', () => {
  const fast = { gpu: false, systemInfo: 'CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | FMA = 1 |' } as const;
  const old = { gpu: false, systemInfo: 'CPU : SSE3 = 1 | AVX = 1 |' } as const;

  it('is told of, and works', async () => {
    const { error, log } = await load(
      here,
      library(() => Promise.resolve(old)),
    );
    assert.equal(error, undefined);
    assert.equal(log.length, 2);
    assert.match(log[0]!, /^warn: .*graphics card/);
    assert.match(log[1]!, /^warn: .*AVX2/);
  });

  it('is not every system', () => {
    assert.deepEqual(slowness(fast, false, 'x64'), []);
    assert.deepEqual(slowness({ gpu: 'metal', systemInfo: '' }, 'auto', 'arm64'), []);
    assert.deepEqual(slowness({ gpu: false, systemInfo: 'NEON = 1' }, false, 'arm64'), []);
  });
});
