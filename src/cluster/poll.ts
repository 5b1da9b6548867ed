import { randomBytes } from 'node:crypto';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import type { JobStatus, Scheduler } from './scheduler';
import { C_LOCALE } from './shellParts';
import { lastLine } from './sshErrors';
import type { Transport } from './transport';

export interface PollRequest {
  readonly folder: string;
  readonly jobId: string | null;
  /** Bytes of metrics.jsonl and train.log that are here already. */
  readonly metricsOffset: number;
  readonly logOffset: number;
}

/** The part of a growing file after the offset that was asked for. */
export interface FilePart {
  /** Size of the whole file at that moment, or -1 when it is not there; less than the offset when it began anew. */
  readonly size: number;
  /** Changes when the file was replaced by another; empty when it is not there. */
  readonly inode: string;
  readonly data: Buffer;
}

export interface PollResult {
  readonly folderExists: boolean;
  /** From the run folder: known even when the answer of the submission was lost. */
  readonly jobId: string | null;
  /** Content of status.json, or null. */
  readonly status: string | null;
  readonly metrics: FilePart;
  readonly log: FilePart;
  readonly job: JobStatus;
}

export interface PollAnswer {
  /** The cluster's clock, in milliseconds since 1970. */
  readonly now: number;
  readonly runs: readonly PollResult[];
}

/** Bytes of one file in one poll; the rest comes with the next ones. */
const MOST_BYTES = 256 * 1024;

/**
 * Arguments: mark, bytes, then folder, job id (or -), offset of metrics, offset of log for each run. Every part is
 * "MARK NAME SIZE INODE", its bytes, and "MARK end": the mark is random, so no content can be taken for it.
 */
const script = (scheduler: Scheduler): string => `
${C_LOCALE}
${scheduler.statesFunction}
mark=$1
most=$2
shift 2
part() {
  if [ -f "$2" ]; then
    size=$(($(wc -c <"$2")))
    printf '%s %s %s %s\\n' "$mark" "$1" "$size" "$(ls -i "$2" | sed 's/^ *//; s/ .*//')"
    [ "$size" -gt "$3" ] && tail -c "+$(($3 + 1))" "$2" | head -c "$most"
  else
    printf '%s %s -1\\n' "$mark" "$1"
  fi
  printf '\\n%s end\\n' "$mark"
}
printf '%s now %s\\n\\n%s end\\n' "$mark" "$(date +%s)" "$mark"
ids=
count=$#
while [ "$count" -gt 0 ]; do
  folder=$1 id=$2 metrics=$3 log=$4
  shift 4
  if [ -d "$folder" ]; then printf '%s folder 1\\n\\n%s end\\n' "$mark" "$mark"; else printf '%s folder 0\\n\\n%s end\\n' "$mark" "$mark"; fi
  part job "$folder/job_id" 0
  part status "$folder/status.json" 0
  part metrics "$folder/metrics.jsonl" "$metrics"
  part log "$folder/train.log" "$log"
  [ "$id" = - ] && id=$(head -n 1 "$folder/job_id" 2>/dev/null)
  [ -n "$id" ] && set -- "$@" "$id"
  count=$((count - 4))
done
printf '%s states 0\\n' "$mark"
states "$@"
printf '\\n%s end\\n' "$mark"
`;

/** Everything about any number of runs of one cluster, with one remote command. */
export async function pollRuns(
  transport: Transport,
  scheduler: Scheduler,
  requests: readonly PollRequest[],
  signal?: AbortSignal,
): Promise<PollAnswer> {
  const mark = `afina-${randomBytes(12).toString('hex')}`;
  const args = requests.flatMap(({ folder, jobId, metricsOffset, logOffset }) => [
    folder,
    jobId ?? '-',
    String(metricsOffset),
    String(logOffset),
  ]);
  const { code, stdout, stderr } = await transport.script(
    script(scheduler),
    [mark, String(MOST_BYTES), ...args],
    {
      timeoutMs: 180_000,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const parts = partsOf(stdout, mark);
  const now = parts.shift();
  const states = parts.pop();
  if (now?.name !== 'now' || states?.name !== 'states' || parts.length !== requests.length * 5) {
    throw new UserError(
      'cluster/poll',
      t('{0} gave no usable answer about its runs: {1}', transport.title, lastLine(stderr) || String(code)),
      { remedies: ['retry'], log: stderr },
    );
  }
  const ids = requests.map(({ jobId }, index) => jobId ?? told(parts[index * 5 + 1]));
  const jobs = scheduler.parseStates(
    states.data.toString('utf8'),
    ids.filter((id) => id !== null),
  );
  return {
    now: now.size * 1000,
    runs: ids.map((jobId, index) => {
      const [folder, , status, metrics, log] = parts.slice(index * 5, index * 5 + 5);
      const none = { size: -1, inode: '', data: Buffer.alloc(0) };
      return {
        folderExists: folder?.size === 1,
        jobId,
        status: told(status),
        metrics: metrics ?? none,
        log: log ?? none,
        job: (jobId === null ? undefined : jobs.get(jobId)) ?? { state: 'unknown' },
      };
    }),
  };
}

function told(part: FilePart | undefined): string | null {
  const text = part?.data.toString('utf8').trim() ?? '';
  return text === '' ? null : text;
}

interface Part extends FilePart {
  readonly name: string;
}

/** Exported for its test: output is cut only at marks, whatever bytes lie between them. */
export function partsOf(output: Buffer, mark: string): Part[] {
  const parts: Part[] = [];
  const begin = Buffer.from(`${mark} `);
  const end = Buffer.from(`\n${mark} end\n`);
  let at = output.indexOf(begin);
  while (at !== -1) {
    const line = output.indexOf('\n', at);
    const stop = line === -1 ? -1 : output.indexOf(end, line);
    if (stop === -1) break;
    const [name = '', size = '', inode = ''] = output
      .subarray(at + begin.length, line)
      .toString('latin1')
      .split(' ');
    // An empty part's newline is the one that ends its header.
    parts.push({
      name,
      size: Number(size),
      inode,
      data: output.subarray(line + 1, Math.max(line + 1, stop)),
    });
    at = output.indexOf(begin, stop + end.length);
  }
  return parts;
}
