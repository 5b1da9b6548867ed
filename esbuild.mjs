// Bundles every entry point: extension host, runtime process, worker, command line, webviews, tests.
import { cpSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, context } from 'esbuild';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
/** `--tests unit/dataset` builds only the tests whose path contains that text, and nothing else. */
const onlyTests = process.argv.includes('--tests')
  ? process.argv[process.argv.indexOf('--tests') + 1]
  : undefined;

/** All files under `dir` that end in `suffix` (fs.globSync is newer than the oldest Node we support). */
function filesUnder(dir, suffix) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .map((name) => path.join(dir, name));
}

/** The folder of a package as Node would find it from `from`, or undefined. */
function packageFolder(name, from) {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const found = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(found, 'package.json'))) return found;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/**
 * Puts node-llama-cpp, this platform's binary and what both load beside the bundles, as Node expects them: the package
 * that people install has no other node_modules. Left out: llama.cpp's sources, which only a build would need.
 */
function copyNativeRuntime() {
  const root = path.resolve('.');
  const wanted = [packageFolder('node-llama-cpp', root)];
  const binary = path.join(root, 'node_modules', '@node-llama-cpp', binaryName());
  if (existsSync(path.join(binary, 'package.json'))) wanted.push(binary);
  const copied = new Set();
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (copied.has(next)) continue;
    copied.add(next);
    const folder = next;
    cpSync(folder, path.join('dist', path.relative(root, folder)), {
      recursive: true,
      filter: (source) => {
        const inside = path.relative(folder, source).split(path.sep);
        if (inside.includes('node_modules') || /\.(d\.[cm]?ts|map)$/.test(source)) return false;
        return inside[0] !== 'llama' || inside.length === 1 || source.endsWith('.json');
      },
    });
    const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    wanted.push(
      ...Object.keys(dependencies)
        .map((name) => packageFolder(name, folder))
        .filter(Boolean),
    );
  }
}

/** The package with the binary that runs on the CPU (Metal on a Mac). */
function binaryName() {
  const { platform, arch } = process;
  if (platform === 'darwin') return arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64';
  return `${platform === 'win32' ? 'win' : platform}-${arch}`;
}

const common = {
  bundle: true,
  minify: true,
  keepNames: false,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
};
/** ES modules first: some packages' CommonJS builds load their own parts in a way that no bundler can follow. */
const node = { ...common, platform: 'node', target: 'node20', mainFields: ['module', 'main'] };

/** node-llama-cpp is ESM with native files beside it: it must stay outside every bundle. */
const native = ['node-llama-cpp'];

const bundles = [
  {
    ...node,
    // ES modules can be split: what activation does not need is loaded when it is used first.
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    banner: {
      js: "import{createRequire as afinaRequire}from'node:module';const require=afinaRequire(import.meta.url);",
    },
    entryPoints: { extension: 'src/extension.ts' },
    external: ['vscode', ...native],
  },
  {
    ...node,
    format: 'cjs',
    entryPoints: { cli: 'src/cli.ts', checkWorker: 'src/checks/worker.ts' },
    external: native,
  },
  {
    ...node,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    entryPoints: { runtimeProcess: 'src/runtime/process.ts' },
    external: native,
    // CommonJS packages in an ES module call require().
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  },
  {
    ...common,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    outdir: 'dist/webview',
    tsconfig: 'webview/tsconfig.json',
    entryPoints: filesUnder('webview', 'main.ts').map((file) => ({
      in: file,
      out: path.basename(path.dirname(file)),
    })),
    loader: { '.css': 'css' },
  },
].map((options) => ({ outdir: 'dist', ...options }));

const tests = {
  ...node,
  minify: false,
  sourcemap: 'inline',
  format: 'cjs',
  packages: 'external',
  outdir: 'out/test',
  outbase: 'test',
  external: ['vscode', ...native],
  entryPoints: [
    ...filesUnder('test/unit', '.test.ts'),
    ...filesUnder('test/integration', '.ts'),
    ...filesUnder('test/e2e', '.ts'),
    ...filesUnder('test/bench', '.ts'),
  ].filter((file) => onlyTests === undefined || file.includes(onlyTests)),
};

/** An entry whose source does not exist fails with esbuild's own message. */
const all = production ? bundles : onlyTests === undefined ? [...bundles, tests] : [tests];
if (watch) {
  for (const options of all) await (await context({ ...options, logLevel: 'info' })).watch();
} else {
  if (production) rmSync('dist', { recursive: true, force: true });
  // Chunks carry a hash in their names: old ones would stay for ever.
  else if (onlyTests === undefined) rmSync('dist/chunks', { recursive: true, force: true });
  await Promise.all(all.map((options) => build(options)));
}
if (onlyTests === undefined) {
  rmSync('dist/node_modules', { recursive: true, force: true });
  if (production) copyNativeRuntime();
  // What runs on the cluster goes there as it is.
  cpSync('src/jobs/payload', 'dist/payload', {
    recursive: true,
    filter: (source) => !source.includes('__pycache__'),
  });
}
