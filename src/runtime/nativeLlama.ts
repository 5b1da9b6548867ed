import { t } from '@vscode/l10n';
import type { Llama } from 'node-llama-cpp';
import { UserError, messageOf } from '../protocol/errors';

/** Oldest glibc that the prebuilt Linux binary loads on. */
const NEEDED_GLIBC = [2, 34] as const;

/** Run-time glibc as [major, minor], or undefined where there is none (macOS, Windows, musl). */
function glibcVersion(): readonly [number, number] | undefined {
  if (process.platform !== 'linux') return undefined;
  // Without it the report asks for the names of all network addresses, which can take seconds.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const match = /^(\d+)\.(\d+)/.exec(report.header?.glibcVersionRuntime ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** What decides whether llama.cpp's binaries load. */
export interface System {
  readonly platform: string;
  readonly arch: string;
  readonly glibc: readonly [number, number] | undefined;
}

/** Systems that llama.cpp's binaries are made for. */
const TARGETS = new Set([
  'linux-x64',
  'linux-arm64',
  'linux-arm',
  'linux-riscv64',
  'darwin-arm64',
  'darwin-x64',
  'win32-x64',
  'win32-arm64',
]);

/** Why llama.cpp cannot be loaded here, in words. All but the previews works without it. */
export function explainNoLlama(system: System, error: unknown): UserError {
  const { platform, arch, glibc } = system;
  const target = `${platform}-${arch}`;
  const explained = (code: string, message: string): UserError =>
    new UserError(code, message, { remedies: ['openLog'], log: messageOf(error) }, { cause: error });
  if (!TARGETS.has(target)) {
    return explained(
      'runtime/platform',
      t(
        'Previews cannot run on this system: there is no llama.cpp for {0}. Everything else works; open the project on another machine to preview.',
        target,
      ),
    );
  }
  if (platform === 'linux' && glibc === undefined) {
    return explained(
      'runtime/glibc',
      t(
        'Previews cannot run on this system: they need Linux with glibc {0}, and none was found. Everything else works; open the project on another machine to preview.',
        NEEDED_GLIBC.join('.'),
      ),
    );
  }
  if (platform === 'linux' && glibc !== undefined && isOlder(glibc, NEEDED_GLIBC)) {
    return explained(
      'runtime/glibc',
      t(
        'Previews cannot run on this system: they need glibc {0} or newer and it has {1}. Everything else works; open the project on a newer system to preview.',
        NEEDED_GLIBC.join('.'),
        glibc.join('.'),
      ),
    );
  }
  if (platform === 'win32' && (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_DLOPEN_FAILED') {
    return explained(
      'runtime/library',
      t(
        'llama.cpp cannot be loaded: Microsoft’s Visual C++ Redistributable is missing or too old. Install it and try again. Everything else works.',
      ),
    );
  }
  return explained(
    'runtime/notInstalled',
    t(
      'llama.cpp cannot be loaded on this system ({0}). Install the Afina package made for this platform. Everything else works.',
      target,
    ),
  );
}

function isOlder(version: readonly [number, number], needed: readonly [number, number]): boolean {
  return version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1]);
}

/** What makes answers slower here than they could be, in words. */
export function slowness(
  llama: Pick<Llama, 'gpu' | 'systemInfo'>,
  wanted: 'auto' | false,
  arch: string,
): string[] {
  const notes: string[] = [];
  if (wanted === 'auto' && llama.gpu === false) {
    notes.push(
      t('No graphics card that llama.cpp can use was found: answers are computed on the processor.'),
    );
  }
  if (arch === 'x64' && llama.gpu === false && !/\bAVX2 = 1\b/.test(llama.systemInfo)) {
    notes.push(
      t(
        'This processor has no AVX2: answers take several times as long as on a newer one. Choose a small model.',
      ),
    );
  }
  return notes;
}

export interface LlamaOptions {
  readonly gpu: 'auto' | false;
  readonly log: (level: string, text: string) => void;
}

const here = {
  system: (): System => ({ platform: process.platform, arch: process.arch, glibc: glibcVersion() }),
  library: () => import('node-llama-cpp'),
};

/** Loads node-llama-cpp and its binary. Never builds and never downloads one. */
export async function loadLlama(options: LlamaOptions, { system, library } = here): Promise<Llama> {
  // node-llama-cpp tells the reason of a binary that does not load here alone, and then throws that it found none.
  const { error: consoleError } = console;
  let reason: unknown;
  console.error = (...said: unknown[]) => {
    reason ??= said.find((each) => each instanceof Error);
    consoleError(...said);
  };
  try {
    const { LlamaLogLevel, getLlama } = await library();
    const llama = await getLlama({
      gpu: options.gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.info,
      // Without a limit it takes at least 4 threads: 17 times slower on 2 cores, seen.
      maxThreads: 0,
      logger: options.log,
    });
    for (const note of slowness(llama, options.gpu, system().arch)) options.log('warn', note);
    return llama;
  } catch (error) {
    throw explainNoLlama(system(), reason ?? error);
  } finally {
    console.error = consoleError;
  }
}
