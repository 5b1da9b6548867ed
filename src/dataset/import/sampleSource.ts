import { textOf } from './importRecord';
import type { BrokenRow, ImportSource, SourceRow } from './importSource';

export interface ImportField {
  readonly name: string;
  /** The beginnings of some of its values. */
  readonly samples: readonly string[];
}

export interface SourceSample {
  readonly fields: readonly ImportField[];
  readonly rows: readonly SourceRow[];
  readonly broken: readonly BrokenRow[];
}

/** Rows that are looked at to find the fields, and that a preview can show. */
const ROWS = 50;
const SAMPLES = 3;
const LONGEST = 200;

/** The first rows of a source and the fields that they have. */
export async function sampleSource(source: ImportSource, signal?: AbortSignal): Promise<SourceSample> {
  const rows: SourceRow[] = [];
  const broken: BrokenRow[] = [];
  const samples = new Map<string, string[]>();
  for await (const row of source.rows({ signal })) {
    if ('problem' in row) broken.push(row);
    else {
      rows.push(row);
      for (const [name, value] of Object.entries(row.values)) {
        const list = samples.get(name) ?? [];
        samples.set(name, list);
        const text = shown(value);
        if (list.length < SAMPLES && text !== '' && !list.includes(text)) list.push(text);
      }
    }
    if (rows.length + broken.length >= ROWS) break;
  }
  return { fields: [...samples].map(([name, list]) => ({ name, samples: list })), rows, broken };
}

function shown(value: unknown): string {
  const text = textOf(value) || (value === undefined || value === null ? '' : JSON.stringify(value));
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
}
