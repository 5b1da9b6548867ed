import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { activationLoad } from './activation';
import { root } from './sources';

const run = promisify(execFile);

describe('bundles', () => {
  it('keep what activation loads under 300 kB, with nothing native in it', async () => {
    const builtins = new Set((await import('node:module')).builtinModules);
    const { files, packages, bytes } = await activationLoad(path.join(root, 'dist', 'extension.mjs'));
    for (const name of packages)
      assert.ok(name === 'vscode' || name.startsWith('node:') || builtins.has(name), name);
    assert.ok(bytes < 300_000, `${bytes} bytes in ${[...files.keys()].join(', ')}`);
  });

  it('fail the lint when a room imports what it may not', async function () {
    this.timeout(120_000);
    const folder = path.join(root, 'src', 'dataset');
    const file = path.join(folder, 'lintProbe.ts');
    await mkdir(folder, { recursive: true });
    await writeFile(file, "import type * as vscode from 'vscode';\nexport type Probe = vscode.Uri;\n");
    try {
      await assert.rejects(run('npx', ['eslint', file], { cwd: root }), (error: { stdout: string }) => {
        assert.match(error.stdout, /only src\/features\/ and src\/extension\.ts may import vscode/);
        return true;
      });
    } finally {
      await rm(file);
    }
  });
});
