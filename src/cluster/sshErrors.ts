import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';

export interface SshContext {
  readonly host: string;
  readonly sshConfig?: string | undefined;
}

/** Codes after which the same command may succeed later, unchanged. */
const TRANSIENT = new Set([
  'ssh/lost',
  'ssh/timeout',
  'ssh/refused',
  'ssh/unreachable',
  'ssh/failed',
  'ssh/host-not-found',
  'cluster/timeout',
  'cluster/locked',
  'slurm/unknown',
]);

export function isTransient(error: unknown): boolean {
  return error instanceof UserError && TRANSIENT.has(error.code);
}

export function lostConnection(host: string, cause?: unknown): UserError {
  return new UserError(
    'ssh/lost',
    t('The connection to {0} was lost. Nothing is sent twice: try again when the network is back.', host),
    { remedies: ['retry'] },
    { cause },
  );
}

export function noSsh(program: string, cause: unknown): UserError {
  return new UserError(
    'ssh/missing',
    t(
      'The program {0} was not found. Install OpenSSH (on Windows: Settings > Optional features > OpenSSH Client) and see that it is on the PATH.',
      program,
    ),
    { remedies: ['retry'] },
    { cause },
  );
}

/** Says in words why ssh ended with 255 before the remote command began. */
export function sshError(stderr: string, { host, sshConfig }: SshContext): UserError {
  const command = sshConfig === undefined ? `ssh ${host}` : `ssh -F ${sshConfig} ${host}`;
  const details = { remedies: ['retry'] as const, log: stderr.trim() };
  const make = (code: string, message: string): UserError => new UserError(code, message, details);
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING/.test(stderr)) {
    const offending = /Offending \S+ key in (.+):(\d+)/.exec(stderr);
    return make(
      'ssh/host-key-changed',
      t(
        'The key of {0} is not the one stored in {1} (line {2}): the host was reinstalled, or something stands between you and it. Ask its administrators; only if they confirm the new key, remove that line and connect once with: {3}',
        host,
        offending?.[1] ?? '~/.ssh/known_hosts',
        offending?.[2] ?? '?',
        command,
      ),
    );
  }
  if (/Host key verification failed|host key is known for|authenticity of host/i.test(stderr)) {
    return make(
      'ssh/host-key-unknown',
      t(
        'The host {0} is not known on this machine yet. Connect once in a terminal with "{1}", compare the key it shows with the one that its administrators publish, and answer yes.',
        host,
        command,
      ),
    );
  }
  if (/Permission denied|Too many authentication failures|no mutual signature/i.test(stderr)) {
    return make(
      'ssh/denied',
      t(
        '{0} refused the login. See that your key is registered there and loaded (ssh-add -l), and that this works in a terminal: {1}',
        host,
        command,
      ),
    );
  }
  if (/Could not resolve hostname|Name or service not known/i.test(stderr)) {
    return make(
      'ssh/host-not-found',
      t(
        'The host {0} was not found. Check its name in afina.yaml and in the ssh configuration, and whether a VPN is needed.',
        host,
      ),
    );
  }
  if (/Connection refused/i.test(stderr)) {
    return make(
      'ssh/refused',
      t(
        '{0} does not accept ssh connections on that port. Check the port, or wait until the host is back.',
        host,
      ),
    );
  }
  if (/timed out/i.test(stderr)) {
    return make(
      'ssh/timeout',
      t('{0} did not answer in time. Check the network and whether a VPN is needed.', host),
    );
  }
  if (/No route to host|Network is (unreachable|down)|Host is down/i.test(stderr)) {
    return make(
      'ssh/unreachable',
      t('{0} cannot be reached from this network. Check the network and whether a VPN is needed.', host),
    );
  }
  if (
    /Bad configuration option|Can't open user config file|Bad owner or permissions|terminating, \d+ bad/i.test(
      stderr,
    )
  ) {
    return make('ssh/config', t('ssh does not accept its configuration file: {0}', lastLine(stderr)));
  }
  if (
    /Connection (to .* )?(closed|reset)|kex_exchange_identification|Broken pipe|client_loop|disconnect/i.test(
      stderr,
    )
  ) {
    return new UserError(
      'ssh/lost',
      t('The connection to {0} was lost. Nothing is sent twice: try again when the network is back.', host),
      details,
    );
  }
  return make('ssh/failed', t('ssh could not connect to {0}: {1}', host, lastLine(stderr)));
}

/** A remote command that ran and failed on something its user can change; undefined when it is none of these. */
export function remoteFailure(stderr: string, folder: string, host: string): UserError | undefined {
  const details = { remedies: ['retry'] as const, log: stderr.trim() };
  if (/No space left on device|Disk quota exceeded|quota exceeded/i.test(stderr)) {
    return new UserError(
      'cluster/disk-full',
      t(
        'The disk or the quota of {0} is full at {1}. Free space there or choose another "root" for the cluster; then try again.',
        host,
        folder,
      ),
      details,
    );
  }
  if (/Permission denied|Read-only file system|Operation not permitted/i.test(stderr)) {
    return new UserError(
      'cluster/not-writable',
      t(
        '{0} does not allow writing in {1}. Choose a "root" for the cluster that belongs to you.',
        host,
        folder,
      ),
      details,
    );
  }
  return undefined;
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
