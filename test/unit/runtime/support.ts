import { existsSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export const MODEL = path.resolve('.lab/models/SmolLM2-135M-Instruct.Q4_1.gguf');

/** A Llama of 127,000 parameters with a chat template: loads and answers in milliseconds, and talks nonsense. */
export const TINY = path.resolve('.lab/fixtures/tiny-llama/base.gguf');

/** Builds the process from the sources as they are, so that no test runs an old one. */
export async function buildRuntimeProcess(): Promise<string> {
  const outfile = path.resolve('out/runtime/runtimeProcess.mjs');
  await build({
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    entryPoints: ['src/runtime/process.ts'],
    outfile,
    external: ['node-llama-cpp'],
    logLevel: 'warning',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

export function requireModel(): void {
  if (!existsSync(MODEL)) throw new Error(`${MODEL} is missing: run \`node test/lab/setup.mjs model\``);
}

export function requireTiny(): void {
  if (!existsSync(TINY)) throw new Error(`${TINY} is missing: run \`node test/lab/setup.mjs fixtures\``);
}
