// Where things lie. The lab's modules run as they are and also bundled into the tests (CommonJS, where import.meta is
// empty), so the repository is found by walking up from the running script, or from the working folder.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

function findRoot() {
  for (const start of [process.argv[1], process.cwd()]) {
    for (
      let folder = resolve(start ?? '.'), above = '';
      folder !== above;
      above = folder, folder = dirname(folder)
    ) {
      const manifest = join(folder, 'package.json');
      if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).name === 'afina') return folder;
    }
  }
  throw new Error(`No repository of Afina above ${process.argv[1]} or ${process.cwd()}: run it from there.`);
}

export const ROOT = findRoot();
/** What set-up made and the tests leave: caches, models, environments, screenshots. Git-ignored, safe to remove. */
export const LAB = join(ROOT, '.lab');

export const paths = {
  afinaHome: process.env.AFINA_HOME ?? join(LAB, 'home'),
  venv: join(LAB, 'venv'),
  venvPython: join(LAB, 'venv', 'bin', 'python'),
  model: join(LAB, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf'),
  fixtures: join(LAB, 'fixtures'),
  /** A Hugging Face folder with base.gguf beside its weights. */
  tinyLlama: join(LAB, 'fixtures', 'tiny-llama'),
  adapters: join(LAB, 'fixtures', 'adapters'),
  llamaCpp: join(LAB, 'llama.cpp'),
  screenshots: join(LAB, 'screenshots'),
  reports: join(LAB, 'reports'),
  workspace: join(LAB, 'workspace'),
  vsix: join(ROOT, 'dist', 'afina.vsix'),
};

/**
 * Whether `script` (a path under the repository) is what Node was started with, rather than imported.
 * @param {string} script
 */
export function isMain(script) {
  return resolve(process.argv[1] ?? '') === join(ROOT, script);
}
