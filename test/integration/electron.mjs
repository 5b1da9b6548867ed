// The same suite in a desktop VS Code, for machines that can download one: npm run test:electron
// AFINA_VSCODE_VERSION picks the version ("stable" unless told; the oldest supported one is in package.json's engines).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { paths, ROOT } from '../lab/paths.mjs';

const workspace = mkdtempSync(join(tmpdir(), 'afina-workspace-'));
try {
  process.exitCode = await runTests({
    version: process.env.AFINA_VSCODE_VERSION ?? 'stable',
    cachePath: join(ROOT, '.lab', 'electron'),
    extensionDevelopmentPath: [ROOT, join(ROOT, 'test', 'integration', 'otherExtension')],
    extensionTestsPath: join(ROOT, 'out', 'test', 'integration', 'index.js'),
    extensionTestsEnv: { AFINA_ROOT: ROOT, AFINA_HOME: paths.afinaHome },
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  console.error(`VS Code could not be run: ${error instanceof Error ? error.message : String(error)}`);
  console.error('Without a download, `npm test integration` runs the same suite in code-server.');
  process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
