import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { CancelledError } from '../protocol/errors';
import { TWIN_RULES, checkedLine } from './checkRange';
import type { RangeResult } from './checkRange';
import type { Finding } from './finding';
import { findingOf } from './rule';
import type { CheckedLine, RuleSettings, TwinPlace, TwinRule } from './rule';

interface Part {
  readonly file: string;
  readonly result: RangeResult;
  readonly before: number;
}

/** Finds equal records among the hashes that the workers made, and reads only those that have an equal. */
export class TwinFinder {
  private readonly parts: Part[] = [];

  constructor(private readonly rules: RuleSettings) {}

  /** Files and their stretches are to be added in order. `before`: lines of the file above the stretch. */
  add(file: string, result: RangeResult, before: number): void {
    this.parts.push({ file, result, before });
  }

  async find(signal?: AbortSignal): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const [at, rule] of TWIN_RULES.entries()) {
      if (rule.acrossFiles) await this.findAmong(at, rule, this.parts, findings, signal);
      else {
        for (const file of new Set(this.parts.map((part) => part.file))) {
          const own = this.parts.filter((part) => part.file === file);
          await this.findAmong(at, rule, own, findings, signal);
        }
      }
    }
    return findings;
  }

  private async findAmong(
    at: number,
    rule: TwinRule,
    parts: readonly Part[],
    findings: Finding[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const repeated = repeatedHashes(parts.map(({ result }) => result.hashes[at] ?? new Float64Array()));
    if (repeated.size === 0) return;
    const seen = new Map<string, TwinPlace>();
    let open: { readonly file: string; readonly handle: FileHandle } | undefined;
    try {
      for (const { file, result, before } of parts) {
        const hashes = result.hashes[at] ?? new Float64Array();
        for (let record = 0; record < hashes.length; record++) {
          if (!repeated.has(hashes[record] ?? -1)) continue;
          if (signal?.aborted === true) throw new CancelledError();
          if (open?.file !== file) {
            await open?.handle.close();
            open = undefined;
            open = { file, handle: await openFile(file) };
          }
          const bytes = Buffer.alloc(result.lengths[record] ?? 0);
          await open.handle.read(bytes, 0, bytes.length, result.offsets[record] ?? 0);
          const line = checkedLine(bytes);
          const here = { file, line: (result.lineOf[record] ?? 0) + before, id: line.id };
          findings.push(...compare(rule, line, here, seen, this.rules));
        }
      }
    } finally {
      await open?.handle.close();
    }
  }
}

/** The same for lines that are at hand. */
export function twinsOf(
  rule: TwinRule,
  lines: readonly {
    readonly line: CheckedLine;
    readonly place: { readonly file: string; readonly line: number };
  }[],
  rules: RuleSettings,
): Finding[] {
  const seen = new Map<string, TwinPlace>();
  return lines.flatMap(({ line, place }) => compare(rule, line, { ...place, id: line.id }, seen, rules));
}

function compare(
  rule: TwinRule,
  line: CheckedLine,
  here: TwinPlace,
  seen: Map<string, TwinPlace>,
  rules: RuleSettings,
): Finding[] {
  const text = rule.keyOf(line);
  if (text === undefined) return [];
  // A digest, not the text: half of a large file may be the other half again.
  const key = createHash('sha256').update(text).digest('base64');
  const twin = seen.get(key);
  if (twin === undefined) {
    seen.set(key, here);
    return [];
  }
  const { rule: name, severity } = rule;
  const finding = findingOf({ rule: name, severity, ...rule.report(line, here, twin) }, line, here, rules);
  return finding === undefined ? [] : [finding];
}

/** Hashes that occur more than once. Sorting doubles takes less than a map of a million of them. */
function repeatedHashes(columns: readonly Float64Array[]): Set<number> {
  const all = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  all.sort();
  const repeated = new Set<number>();
  all.forEach((hash, index) => {
    if (hash >= 0 && hash === all[index - 1]) repeated.add(hash);
  });
  return repeated;
}

function openFile(file: string): Promise<FileHandle> {
  return open(file, 'r');
}
