import { setImmediate } from 'node:timers/promises';
import { bandsFor } from '../dataset/minHash';
import { BandFilter, NearIndex } from '../dataset/nearIndex';
import type { NearTwin } from '../dataset/nearIndex';
import { CancelledError } from '../protocol/errors';
import { AnchorReader, placeOf, twinFinding } from './anchors';
import type { Anchor, Spot } from './anchors';
import { TWIN_RULES, nearScopes } from './checkRange';
import { duplicateExact } from './duplicate';
import type { Finding, Severity } from './finding';
import { LEAKAGE_SOURCE, LEAKAGE_SPLIT, SIDES, sourceMessage, splitMessage } from './leakage';
import { DUPLICATE_NEAR, NEAR_SEVERITY, nearMessage } from './near';
import type { NearScope } from './near';
import { AllRecords } from './records';
import type { FileRecords } from './records';
import { NEAR_DUPLICATE, severityOf } from './rule';
import type { RuleContext, RuleSettings, TwinRule } from './rule';

export interface CrossOptions {
  readonly rules: RuleSettings;
  readonly context: RuleContext;
  /** Whether a file's records are held out for evaluation, where they do not say it themselves. */
  readonly isEvaluation: (file: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

const EXACT = TWIN_RULES.indexOf(duplicateExact);
/** Records between two pauses in which the event loop gets its turn. */
const BREATH = 20_000;

/** What is said of records because of others: twins, near-duplicates, leakage between the sides of a split. */
export async function crossFindings(
  files: readonly FileRecords[],
  options: CrossOptions,
): Promise<Finding[]> {
  const finder = new CrossFinder(new AllRecords(files), options);
  try {
    await finder.run();
    return finder.findings;
  } finally {
    await finder.close();
  }
}

class CrossFinder {
  readonly findings: Finding[] = [];
  private readonly reader: AnchorReader;

  constructor(
    private readonly records: AllRecords,
    private readonly options: CrossOptions,
  ) {
    this.reader = new AnchorReader(records, options.signal);
  }

  async run(): Promise<void> {
    for (const [at, rule] of TWIN_RULES.entries()) {
      if (severityOf(rule.rule, rule.severity, this.options.rules) !== undefined) await this.twins(at, rule);
    }
    await this.near();
    await this.sources();
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async twins(at: number, rule: TwinRule): Promise<void> {
    const { records } = this;
    const hashes = this.hashesOf(at);
    const groups = rule.acrossFiles
      ? [{ start: 0, end: records.count }]
      : records.firsts.map((start, file) => ({ start, end: records.firsts[file + 1] ?? records.count }));
    for (const { start, end } of groups) {
      const repeated = repeatedHashes(hashes.subarray(start, end));
      if (repeated.size === 0) continue;
      const seen = new Map<string, number>();
      for (let record = start; record < end; record++) {
        if (!repeated.has(hashes[record] ?? 0)) continue;
        const anchor = await this.reader.read(record);
        const key = anchor.keys[at];
        if (key === undefined) continue;
        const twin = seen.get(key);
        if (twin === undefined) seen.set(key, record);
        else {
          await this.report(
            rule,
            record,
            twin,
            anchor.spot(rule.rule),
            at === EXACT ? 'record' : 'id',
            (here, there) => rule.message(here, there),
          );
        }
      }
    }
  }

  private async near(): Promise<void> {
    const { rules, context } = this.options;
    const scopes = nearScopes(rules);
    if (scopes.length === 0) return;
    const threshold = context.nearDuplicate ?? NEAR_DUPLICATE;
    const hashes = this.hashesOf(EXACT);
    const sides = this.sides();
    if (severityOf(DUPLICATE_NEAR, 'warning', rules) !== undefined) {
      const copies = exactCopies(hashes);
      const whole = await this.nearTwins(0, threshold, (record) => copies[record] === 0);
      const prompts = await this.nearTwins(1, threshold, (record) => copies[record] === 0);
      for (const record of [...new Set([...whole.keys(), ...prompts.keys()])].sort((a, b) => a - b)) {
        const scope = whole.has(record) ? 'record' : 'prompt';
        const found = whole.get(record) ?? prompts.get(record);
        if (found === undefined) continue;
        const rule = { rule: DUPLICATE_NEAR, severity: NEAR_SEVERITY[scope] };
        await this.reportNear(rule, record, found, scope, (here, there) =>
          nearMessage(scope, here, there, found.similarity),
        );
      }
    }
    if (sides === undefined) return;
    if (severityOf(LEAKAGE_SPLIT.rule, LEAKAGE_SPLIT.severity, rules) === undefined) return;
    const leaks = await this.nearTwins(0, threshold, () => true, sides);
    for (const [record, found] of leaks) {
      await this.reportNear(LEAKAGE_SPLIT, record, found, 'record', (here, there) =>
        splitMessage(here, there, found.similarity),
      );
    }
  }

  /**
   * For each record the most similar one above it; with `sides`, for each one that is held out the most similar one that
   * trains.
   */
  private async nearTwins(
    scope: number,
    threshold: number,
    wanted: (record: number) => boolean,
    sides?: Uint8Array,
  ): Promise<Map<number, NearTwin>> {
    const { records, options } = this;
    const shape = bandsFor(threshold);
    const filter = new BandFilter(shape, records.count);
    const index = new NearIndex(shape, threshold, filter);
    const found = new Map<number, NearTwin>();
    const each = async (visit: (record: number, bands: Uint32Array, at: number) => void): Promise<void> => {
      for (let record = 0; record < records.count; record++) {
        if (record % BREATH === BREATH - 1) {
          await setImmediate();
          if (options.signal?.aborted === true) throw new CancelledError();
        }
        if (!wanted(record)) continue;
        const column = records.chunk(record).near(scope);
        const local = records.index(record);
        if (column.ends[local] !== (local === 0 ? 0 : column.ends[local - 1]))
          visit(record, column.bands, local * shape.count);
      }
    };
    const add = (record: number, bands: Uint32Array, at: number): void =>
      index.add(record, records.set(scope, record), bands, at);
    const ask = (record: number, bands: Uint32Array, at: number): void => {
      const twin = index.twinOf(records.set(scope, record), bands, at);
      if (twin !== undefined) found.set(record, twin);
    };
    await each((_, bands, at) => filter.note(bands, at));
    if (sides === undefined) {
      await each((record, bands, at) => {
        if (!filter.meets(bands, at)) return;
        ask(record, bands, at);
        add(record, bands, at);
      });
      return found;
    }
    await each((record, bands, at) => {
      if (sides[record] === SIDES.train && filter.meets(bands, at)) add(record, bands, at);
    });
    await each((record, bands, at) => {
      if (sides[record] === SIDES.evaluation && filter.meets(bands, at)) ask(record, bands, at);
    });
    return found;
  }

  private async sources(): Promise<void> {
    const { records } = this;
    if (severityOf(LEAKAGE_SOURCE.rule, LEAKAGE_SOURCE.severity, this.options.rules) === undefined) return;
    const sides = this.sides();
    if (sides === undefined) return;
    const trained = new Map<number, number>();
    for (let record = 0; record < records.count; record++) {
      if (sides[record] !== SIDES.train) continue;
      for (const key of records.chunk(record).passagesOf(records.index(record)))
        if (!trained.has(key)) trained.set(key, record);
    }
    for (let record = 0; record < records.count; record++) {
      if (sides[record] !== SIDES.evaluation) continue;
      const keys = records.chunk(record).passagesOf(records.index(record));
      for (const [at, key] of keys.entries()) {
        const twin = trained.get(key);
        if (twin === undefined) continue;
        const passage = (await this.reader.read(record)).passages[at];
        if (passage === undefined) continue;
        await this.report(LEAKAGE_SOURCE, record, twin, passage.spot, 'source', (here, there) =>
          sourceMessage(here, there, passage.text),
        );
      }
    }
  }

  /** The side of every record, or undefined where nothing is held out or nothing else is there. */
  private sides(): Uint8Array | undefined {
    const { records } = this;
    const sides = new Uint8Array(records.count);
    const ofFiles = records.files.map(({ file }) =>
      this.options.isEvaluation(file) ? SIDES.evaluation : SIDES.train,
    );
    let held = 0;
    for (let record = 0; record < records.count; record++) {
      const own = records.chunk(record).result.sides[records.index(record)] ?? 0;
      sides[record] = own !== SIDES.unsaid ? own : (ofFiles[records.fileOf[record] ?? 0] ?? SIDES.train);
      if (sides[record] === SIDES.evaluation) held++;
    }
    return held === 0 || held === records.count ? undefined : sides;
  }

  private hashesOf(rule: number): Float64Array {
    const { records } = this;
    const hashes = new Float64Array(records.count);
    for (let record = 0; record < records.count; record++)
      hashes[record] = records.chunk(record).result.hashes[rule]?.[records.index(record)] ?? -1;
    return hashes;
  }

  private async reportNear(
    rule: { readonly rule: string; readonly severity: Severity },
    record: number,
    twin: NearTwin,
    scope: NearScope,
    message: Parameters<CrossFinder['report']>[5],
  ): Promise<void> {
    const spot = (await this.reader.read(record)).spot(scope);
    await this.report(rule, record, twin.record, spot, scope, message, twin.similarity);
  }

  private async report(
    rule: { readonly rule: string; readonly severity: Severity },
    record: number,
    twin: number,
    spot: Spot,
    of: 'id' | 'record' | 'prompt' | 'source',
    message: (here: ReturnType<typeof placeOf>, twin: ReturnType<typeof placeOf>) => string,
    similarity?: number,
  ): Promise<void> {
    const anchor: Anchor = await this.reader.read(record);
    const here = placeOf(this.records, record, anchor);
    const there = placeOf(this.records, twin, await this.reader.read(twin));
    const finding = twinFinding(
      rule,
      { place: here, anchor, spot },
      message(here, there),
      { ...there, ...(similarity === undefined ? {} : { similarity }), of },
      this.options.rules,
    );
    if (finding !== undefined) this.findings.push(finding);
  }
}

/** Which records have the same key as one above them. */
function exactCopies(hashes: Float64Array): Uint8Array {
  const repeated = repeatedHashes(hashes);
  const copies = new Uint8Array(hashes.length);
  const seen = new Set<number>();
  hashes.forEach((hash, record) => {
    if (!repeated.has(hash)) return;
    if (seen.has(hash)) copies[record] = 1;
    else seen.add(hash);
  });
  return copies;
}

/** Hashes that occur more than once. Sorting doubles takes less than a map of a million of them. */
function repeatedHashes(hashes: Float64Array): Set<number> {
  const sorted = hashes.slice().sort();
  const repeated = new Set<number>();
  for (let at = 1; at < sorted.length; at++) {
    const hash = sorted[at] ?? 0;
    if (hash >= 0 && hash === sorted[at - 1]) repeated.add(hash);
  }
  return repeated;
}
