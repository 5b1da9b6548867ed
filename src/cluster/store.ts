import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { C_LOCALE, SHA256 } from './shellParts';
import { lastLine, remoteFailure } from './sshErrors';
import type { CommandResult, TransferOptions, Transport } from './transport';

/** A file of a run folder: where it is here, and its path in that folder. */
export interface StoredFile {
  readonly local: string;
  /** In the run folder, with forward slashes. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Arguments: root, then sha256 and size of each file. Says `have SHA` or `need SHA` for each. */
const LOOK = `
${C_LOCALE}
${SHA256}
root=$1
shift
mkdir -p "$root/store" "$root/runs" "$root/envs" || exit 20
[ -w "$root/store" ] && [ -w "$root/runs" ] && [ -w "$root/envs" ] || { echo "Permission denied" >&2; exit 20; }
# What interrupted uploads left behind.
find "$root/store" -name '*.tmp.*' -mtime +1 -exec rm -f {} + 2>/dev/null
while [ $# -gt 0 ]; do
  file=$root/store/$1
  if [ -f "$file" ] && [ "$(($(wc -c <"$file")))" = "$2" ] && [ "$(sha "$file")" = "$1" ]; then
    echo "have $1"
  else
    echo "need $1"
  fi
  shift 2
done
`;

/**
 * Arguments: root, run folder, then sha256 and path of each file. Hard links, so that a run costs no space; a copy
 * where the file system has none. Done again it changes nothing.
 */
const PLACE = `
${C_LOCALE}
root=$1
run=$2
shift 2
mkdir -p "$run" || exit 20
while [ $# -gt 0 ]; do
  to=$run/$2
  mkdir -p "\${to%/*}" || exit 20
  if ! [ "$to" -ef "$root/store/$1" ] 2>/dev/null; then
    ln -f "$root/store/$1" "$to" 2>/dev/null || { cp "$root/store/$1" "$to.tmp.$$" && mv -f "$to.tmp.$$" "$to"; } || exit 20
  fi
  shift 2
done
`;

/** Sends what the cluster does not have yet into its content-addressed store. */
export async function storeFiles(
  transport: Transport,
  root: string,
  files: readonly StoredFile[],
  options: TransferOptions = {},
): Promise<void> {
  const distinct = [...new Map(files.map((file) => [file.sha256, file])).values()];
  const look = await transport.script(
    LOOK,
    [root, ...distinct.flatMap(({ sha256, bytes }) => [sha256, String(bytes)])],
    {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      // Hashing a model of several gigabytes takes its time.
      timeoutMs: 15 * 60_000,
    },
  );
  if (look.code !== 0) throw failed(look, root, transport.title);
  const said = new Set(look.stdout.toString('utf8').split('\n'));
  const missing = distinct.filter(({ sha256 }) => !said.has(`have ${sha256}`));
  if (missing.length === 0) return;
  await transport.upload(
    missing.map(({ local, sha256, bytes }) => ({ local, sha256, bytes, remote: `${root}/store/${sha256}` })),
    options,
  );
}

/** Makes the run folder out of what is in the store. */
export async function placeFiles(
  transport: Transport,
  root: string,
  folder: string,
  files: readonly StoredFile[],
  signal?: AbortSignal,
): Promise<void> {
  const result = await transport.script(
    PLACE,
    [root, folder, ...files.flatMap(({ sha256, path }) => [sha256, path])],
    {
      ...(signal === undefined ? {} : { signal }),
    },
  );
  if (result.code !== 0) throw failed(result, root, transport.title);
}

function failed({ code, stderr }: CommandResult, root: string, title: string): UserError {
  return (
    remoteFailure(stderr, root, title) ??
    new UserError(
      'cluster/root',
      t('The folder {0} on {1} cannot be used: {2}', root, title, lastLine(stderr) || String(code)),
      { remedies: ['retry'], log: stderr },
    )
  );
}
