// What the extension host must read and compile before activate() runs. Time cannot be had without a VS Code.
import path from 'node:path';
import { ROOT } from '../lab/paths.mjs';
import { activationLoad } from '../unit/repository/activation';
import { report } from './measure';

export async function run(): Promise<void> {
  const { files, bytes } = await activationLoad(path.join(ROOT, 'dist', 'extension.mjs'));
  report({
    bench: 'activation',
    case: `extension.mjs and what it imports statically, ${files.size} files`,
    metric: 'loaded at activation',
    value: bytes,
    unit: 'bytes',
  });
}
