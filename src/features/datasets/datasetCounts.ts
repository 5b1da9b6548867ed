import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { STATUSES } from '../../dataset/record';
import type { Status } from '../../dataset/record';
import { buildLineIndex } from '../../dataset/lineIndex';

export interface DatasetCounts {
  readonly records: number;
  /** null for a file too large to read every record of just for a label. */
  readonly byStatus: Readonly<Record<Status, number>> | null;
}

/** Up to here every record is parsed: about 0.2 s. Larger files are only counted. */
const PARSED_BYTES = 32_000_000;

/** Records of a dataset, and how many are in which state. A record without a state counts as a draft. */
export async function countRecords(file: string, signal?: AbortSignal): Promise<DatasetCounts> {
  const { size } = await stat(file);
  if (size > PARSED_BYTES) {
    const index = await buildLineIndex(file, { signal });
    return { records: index.recordCount, byStatus: null };
  }
  const byStatus: Record<Status, number> = { draft: 0, review: 0, approved: 0, rejected: 0 };
  let records = 0;
  const input = createReadStream(file, signal === undefined ? {} : { signal });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    records++;
    byStatus[statusOf(line)]++;
  }
  return { records, byStatus };
}

function statusOf(line: string): Status {
  try {
    const record = JSON.parse(line) as { meta?: { status?: unknown } } | null;
    const status = record?.meta?.status;
    return STATUSES.find((known) => known === status) ?? 'draft';
  } catch {
    return 'draft'; // broken JSON is a finding of the checks, not of this count
  }
}
