import { t } from '@vscode/l10n';
import type { Llama } from 'node-llama-cpp';
import { UserError, messageOf } from '../protocol/errors';

/** Oldest glibc that the prebuilt Linux binary loads on. */
const NEEDED_GLIBC = [2, 34] as const;

/** Run-time glibc as [major, minor], or undefined where there is none (macOS, Windows, musl). */
function glibcVersion(): readonly [number, number] | undefined {
  if (process.platform !== 'linux') return undefined;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const match = /^(\d+)\.(\d+)/.exec(report.header?.glibcVersionRuntime ?? '');
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** The reason why llama.cpp cannot run here, in words, or undefined when none is known. */
export function unsupportedSystem(
  platform: NodeJS.Platform,
  glibc: readonly [number, number] | undefined,
): UserError | undefined {
  if (platform !== 'linux') return undefined;
  if (glibc === undefined) {
    return new UserError(
      'runtime/glibc',
      t('Previews cannot run on this system: they need Linux with glibc {0}, and none was found.', '2.34'),
    );
  }
  if (glibc[0] > NEEDED_GLIBC[0] || (glibc[0] === NEEDED_GLIBC[0] && glibc[1] >= NEEDED_GLIBC[1])) {
    return undefined;
  }
  return new UserError(
    'runtime/glibc',
    t(
      'Previews cannot run on this system: they need glibc {0} or newer and it has {1}. Everything else works; open the project on a newer system to preview.',
      '2.34',
      glibc.join('.'),
    ),
  );
}

export interface LlamaOptions {
  readonly gpu: 'auto' | false;
  readonly log: (level: string, text: string) => void;
}

/** Loads node-llama-cpp and its binary. Never builds and never downloads one. */
export async function loadLlama(options: LlamaOptions): Promise<Llama> {
  try {
    const { LlamaLogLevel, getLlama } = await import('node-llama-cpp');
    return await getLlama({
      gpu: options.gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.info,
      // Without a limit it takes at least 4 threads: 17 times slower on 2 cores, seen.
      maxThreads: 0,
      logger: options.log,
    });
  } catch (error) {
    const reason = unsupportedSystem(process.platform, glibcVersion());
    if (reason !== undefined) throw reason;
    throw new UserError(
      'runtime/notInstalled',
      t(
        'llama.cpp cannot be loaded on this system ({0}). Install the Afina package made for this platform.',
        `${process.platform}-${process.arch}`,
      ),
      { remedies: ['openLog'], log: messageOf(error) },
      { cause: error },
    );
  }
}
