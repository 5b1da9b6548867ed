import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { CancelledError, UserError } from '../protocol/errors';
import { C_LOCALE, PROCESS_IDENTITY } from './shellParts';
import { lastLine, remoteFailure } from './sshErrors';
import type { CommandResult, Transport } from './transport';

export interface EnvironmentRequest {
  /** The run folder; holds prepare.sh and requirements.txt. */
  readonly folder: string;
  /** Folder of the environment, absolute. */
  readonly environment: string;
  /** Interpreter that creates it. */
  readonly interpreter: string;
  readonly modules: readonly string[];
  readonly pipArgs: readonly string[];
  /** sha256 of requirements.txt: what a finished environment says it was made from. */
  readonly requirements: string;
}

export interface EnvironmentProgress {
  readonly message: string;
  /** Packages; `total` 0 is not known yet. */
  readonly done: number;
  readonly total: number;
}

/** Runs detached: the connection may go while gigabytes are installed. Arguments: run folder, environment, interpreter, number of modules, modules, pip's arguments. */
const CHILD = `
${C_LOCALE}
${PROCESS_IDENTITY}
trap '' HUP
run=$1 environment=$2 interpreter=$3 modules=$4
shift 4
cd "$run" || exit 1
printf '%s\\n' "$$@$host:$(born $$)" >prepare.pid
code=0
while [ "$modules" -gt 0 ]; do
  if [ $code = 0 ] && ! module load "$1"; then
    echo "the module $1 cannot be loaded"
    code=1
  fi
  shift
  modules=$((modules - 1))
done
if [ $code = 0 ]; then
  sh "$run/prepare.sh" "$environment" "$run/requirements.txt" "$interpreter" "$@"
  code=$?
fi
printf '%s\\n' "$code" >prepare.exit.tmp && mv -f prepare.exit.tmp prepare.exit
`;

/** Arguments: look|start, CHILD, requirements' sha256, then CHILD's. Says what is known, one thing a line. */
const STEP = `
${C_LOCALE}
${PROCESS_IDENTITY}
mode=$1 child=$2 requirements=$3
run=$4 environment=$5
shift 3
cd "$run" || exit 30
if [ "$(cat "$environment/.ready" 2>/dev/null)" = "$requirements" ] && [ -x "$environment/bin/python" ]; then echo ready; exit 0; fi
alive "$(cat prepare.pid 2>/dev/null || echo none)"
state=$?
if [ "$mode" = start ] && [ $state != 0 ]; then
  rm -f prepare.exit
  : >prepare.log || exit 31
  if command -v bash >/dev/null 2>&1; then
    detached bash -l -c "$child" afina "$@" >prepare.log 2>&1 </dev/null
  else
    detached sh -c "$child" afina "$@" >prepare.log 2>&1 </dev/null
  fi
  state=0
fi
echo "alive $state"
[ -s prepare.exit ] && echo "exit $(cat prepare.exit)"
[ -s "$environment.state" ] && echo "state $(head -n 1 "$environment.state")"
echo "log $(grep -v '^[[:space:]]*$' prepare.log 2>/dev/null | tail -n 1)"
exit 0
`;

const stateSchema = z.object({
  state: z.string(),
  step: z.optional(z.string()),
  done: z._default(z.number(), 0),
  total: z._default(z.number(), 0),
  message: z._default(z.string(), ''),
});

const MOST_STARTS = 3;
/** A detached child needs a moment before it can be seen. */
const UNSEEN_POLLS = 5;

/**
 * Creates the Python environment on the cluster's host unless it is there, and waits for it. May be cut off and called
 * again at any moment. Throws UserError `environment/failed`.
 */
export async function prepareEnvironment(
  transport: Transport,
  request: EnvironmentRequest,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: EnvironmentProgress) => void;
    readonly pollMs?: number;
  } = {},
): Promise<void> {
  const { folder, environment, interpreter, modules, pipArgs, requirements } = request;
  const childArgs = [folder, environment, interpreter, String(modules.length), ...modules, ...pipArgs];
  const step = async (mode: 'look' | 'start'): Promise<Map<string, string>> => {
    const result = await transport.script(STEP, [mode, CHILD, requirements, ...childArgs], {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.code !== 0) throw unusable(result, folder, transport.title);
    const lines = result.stdout.toString('utf8').split('\n');
    return new Map(
      lines.map((line) => {
        const space = line.indexOf(' ');
        return space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
      }),
    );
  };

  let starts = 0;
  let unseen = 0;
  let known = await step('start');
  for (;;) {
    if (known.has('ready')) return;
    const state = parseState(known.get('state'));
    const exit = known.get('exit');
    if (exit !== undefined) {
      if (exit === '0') return;
      throw failed(
        state?.state === 'failed' && state.message !== '' ? state.message : (known.get('log') ?? ''),
        environment,
        transport.title,
      );
    }
    if (state?.state === 'creating')
      options.onProgress?.({ message: state.message, done: state.done, total: state.total });
    unseen = known.get('alive') === '0' ? 0 : unseen + 1;
    let mode: 'look' | 'start' = 'look';
    if (unseen > UNSEEN_POLLS) {
      // Killed, or its machine was restarted: prepare.sh goes on where that is safe.
      starts += 1;
      if (starts >= MOST_STARTS) throw failed(known.get('log') ?? '', environment, transport.title);
      unseen = 0;
      mode = 'start';
    }
    await delay(options.pollMs ?? 1000, options.signal);
    known = await step(mode);
  }
}

/** Throws UserError `environment/missing` unless `venv` has a Python. */
export async function checkVenv(transport: Transport, venv: string, signal?: AbortSignal): Promise<void> {
  const { code } = await transport.script(
    '[ -x "$1/bin/python" ]',
    [venv],
    signal === undefined ? {} : { signal },
  );
  if (code === 0) return;
  throw new UserError(
    'environment/missing',
    t(
      'There is no Python environment at {0} on {1}. Correct "python: venv" of the cluster in afina.yaml, or remove it to have one created.',
      venv,
      transport.title,
    ),
    { remedies: ['openSettings'] },
  );
}

export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(new CancelledError());
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(new CancelledError());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

function parseState(text: string | undefined): z.infer<typeof stateSchema> | undefined {
  try {
    const parsed = z.safeParse(stateSchema, JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function failed(message: string, environment: string, title: string): UserError {
  return new UserError(
    'environment/failed',
    t(
      'The Python environment could not be created on {0}: {1}. What pip said is in {2}.',
      title,
      message.replace(/\.$/, ''),
      `${environment}.log`,
    ),
    { remedies: ['retry'] },
  );
}

function unusable({ code, stderr }: CommandResult, folder: string, title: string): UserError {
  return (
    remoteFailure(stderr, folder, title) ??
    new UserError(
      'environment/failed',
      t(
        'The Python environment could not be created on {0}: {1}. What pip said is in {2}.',
        title,
        lastLine(stderr) || String(code),
        folder,
      ),
      {
        remedies: ['retry'],
        log: stderr,
      },
    )
  );
}
