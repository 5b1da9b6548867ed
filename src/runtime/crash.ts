import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';

/** How a runtime process ended that nobody had asked to end. */
export interface Crash {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Last lines of llama.cpp and of the process's error output. */
  readonly log: string;
}

/** How Windows reports, as exit codes, what other systems do with signals. */
const WINDOWS_CODES: Readonly<Record<number, NodeJS.Signals>> = {
  0xc0000005: 'SIGSEGV',
  0xc000001d: 'SIGILL',
  0xc0000017: 'SIGKILL',
};

/** What llama.cpp and C++ say last before they give up; and what may have to do with it. */
const LAST_WORDS = [
  /GGML_ASSERT|GGML_ABORT|what\(\):|bad_alloc|fatal error|out of memory|not enough (memory|space)/i,
  /error|abort|assert|fail|exception|terminate/i,
];

function causeOf({ code, signal }: Crash, stuck: boolean, failure: Error | undefined): string {
  if (stuck) return t('it no longer answered');
  switch (signal ?? WINDOWS_CODES[(code ?? 0) >>> 0]) {
    case 'SIGILL':
      return t('this processor lacks an instruction that llama.cpp needs');
    case 'SIGKILL':
      return t('SIGKILL: another program ended it, or the system because memory ran out');
    case 'SIGSEGV':
    case 'SIGBUS':
      return t('{0}: the file of the model or of the adapter may be damaged', signal ?? 'SIGSEGV');
    case undefined:
      return failure?.message ?? t('exit code {0}', code ?? '?');
    default:
      return t('signal {0}', signal ?? '?');
  }
}

/**
 * The error for whoever waited for the process. `recent` are the lines that it wrote since somebody waits: what it
 * said before is about something else.
 */
export function crashError(
  crash: Crash,
  recent: readonly string[],
  { stuck, failure }: { readonly stuck: boolean; readonly failure: Error | undefined },
): UserError {
  const cause = causeOf(crash, stuck, failure);
  // Killed, it had no last words.
  const lines = crash.signal === 'SIGKILL' ? [] : recent;
  const complaint = LAST_WORDS.map((words) => lines.findLast((line) => words.test(line))).find(
    (line) => line !== undefined,
  );
  const last = complaint ?? (crash.signal === null ? lines.at(-1) : undefined) ?? '';
  return new UserError(
    'runtime/crashed',
    last === '' || last === failure?.message
      ? t('The process that runs the model ended unexpectedly ({0}). Try again: it starts anew.', cause)
      : t(
          'The process that runs the model ended unexpectedly ({0}). Try again: it starts anew. Its last message: {1}',
          cause,
          last,
        ),
    { remedies: ['retry', 'openLog'], log: crash.log },
  );
}
