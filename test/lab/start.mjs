// `npm start`: a real VS Code with the extension on a copy of the sample project, in the browser, until Ctrl-C.
// AFINA_PORT, AFINA_LOCALE (en, pt-pt, pt-br) and AFINA_WORKSPACE change where, in which language and on what.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LAB, paths, ROOT } from './paths.mjs';
import { setUp } from './setup.mjs';
import { startCodeServer } from './vscode.mjs';

/** @param {string} workspace */
function copySample(workspace) {
  if (existsSync(workspace)) return;
  cpSync(join(ROOT, 'media', 'sample'), workspace, { recursive: true });
  // The sample's small model, already on disk: the preview then works without a download.
  const local = { models: { smollm2: { gguf: paths.model } } };
  writeFileSync(join(workspace, 'afina.local.yaml'), `${JSON.stringify(local, undefined, 2)}\n`);
}

/** @param {string | undefined} value */
function localeOf(value) {
  if (value === undefined || value === 'en' || value === 'pt-pt' || value === 'pt-br') return value;
  throw new Error(`AFINA_LOCALE is "${value}"; it can be en, pt-pt or pt-br.`);
}

async function main() {
  const locale = localeOf(process.env.AFINA_LOCALE);
  await setUp(['node', 'build', 'apt', 'vscode', 'model']);
  const workspace = resolve(process.env.AFINA_WORKSPACE ?? paths.workspace);
  mkdirSync(LAB, { recursive: true });
  copySample(workspace);
  const vscode = await startCodeServer({
    workspace,
    vsixOrExtensionDir: ROOT,
    userDataDir: join(LAB, 'vscode'),
    port: process.env.AFINA_PORT === undefined ? undefined : Number(process.env.AFINA_PORT),
    locale,
    env: { AFINA_HOME: paths.afinaHome },
  });
  console.log(`\nVS Code with Afina, on ${workspace}:\n\n  ${vscode.url}\n\nCtrl-C stops it.`);
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, done);
  });
  await vscode.stop();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
