// `npm run screenshots`: sets up what the pictures of the README need, and takes them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { setUp } from './setup.mjs';

await setUp(['node', 'build', 'apt', 'vscode', 'python', 'model']);
const child = spawn(process.execPath, [join(ROOT, 'out', 'test', 'e2e', 'screenshots.js')], {
  cwd: ROOT,
  stdio: 'inherit',
});
child.once('close', (code) => (process.exitCode = code ?? 1));
