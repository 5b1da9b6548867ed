import { jaccard } from '../dataset/shingles';
import type { SetSlice } from '../dataset/shingles';
import { Anchor, AnchorReader, placeOf, twinFinding } from './anchors';
import type { CheckCache } from './checkCache';
import { TWIN_RULES, hash53 } from './checkRange';
import { duplicateExact } from './duplicate';
import type { Finding, Twin } from './finding';
import { DUPLICATE_NEAR, NEAR_SCOPES, NEAR_SEVERITY, NearColumnBuilder, nearMessage } from './near';
import { AllRecords } from './records';
import type { FileRecords } from './records';
import { NEAR_DUPLICATE, severityOf } from './rule';
import type { CheckedLine, RuleContext, RuleSettings, TwinPlace } from './rule';

/** A record as it stands in an editor. */
export interface Row {
  readonly line: CheckedLine;
  readonly place: { readonly file: string; readonly line: number };
}

export interface RowOptions {
  readonly rules: RuleSettings;
  readonly context: RuleContext;
  readonly cache?: CheckCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Nearest = TwinPlace & { readonly similarity: number };

/** The records of a file as they were checked last, but for those whose lines are being edited. */
class KnownRecords {
  private readonly records: AllRecords;
  private readonly reader: AnchorReader;

  constructor(
    private readonly known: FileRecords,
    private readonly edited: ReadonlySet<number>,
    signal: AbortSignal | undefined,
  ) {
    this.records = new AllRecords([known]);
    this.reader = new AnchorReader(this.records, signal);
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  async twinOf(rule: number, key: string): Promise<TwinPlace | undefined> {
    const { count, chunks, chunkOf, indexOf, lineOf } = this.known;
    const columns = chunks.map(({ result }) => result.hashes[rule]);
    const hash = hash53(key);
    for (let record = 0; record < count; record++) {
      if (columns[chunkOf[record] ?? 0]?.[indexOf[record] ?? 0] !== hash) continue;
      if (!this.edited.has(lineOf[record] ?? 0)) return this.placeOf(record);
    }
    return undefined;
  }

  /** The most similar one. All bands are looked at: 100,000 records take some milliseconds. */
  async nearest(
    scope: number,
    own: SetSlice,
    bands: Uint32Array,
    threshold: number,
  ): Promise<Nearest | undefined> {
    const { count, chunks, chunkOf, indexOf, lineOf } = this.known;
    const columns = chunks.map(({ result }) => {
      const column = result.near[scope];
      // Checked with another threshold, or not at all.
      if (column?.bands.length !== (column?.ends.length ?? 0) * bands.length) return undefined;
      return column.bands;
    });
    let best = -1;
    let most = 0;
    for (let record = 0; record < count; record++) {
      const column = columns[chunkOf[record] ?? 0];
      if (column === undefined) continue;
      const start = (indexOf[record] ?? 0) * bands.length;
      let band = 0;
      while (band < bands.length && column[start + band] !== bands[band]) band++;
      if (band === bands.length || this.edited.has(lineOf[record] ?? 0)) continue;
      const similarity = jaccard(own, this.records.set(scope, record), Math.max(most, threshold));
      if (similarity <= most) continue;
      most = similarity;
      best = record;
    }
    return best === -1 ? undefined : { ...(await this.placeOf(best)), similarity: most };
  }

  private async placeOf(record: number): Promise<TwinPlace> {
    return placeOf(this.records, record, await this.reader.read(record));
  }
}

/**
 * What is said of rows because of others: of each other, and of the records that the cache has of the file, but for the
 * one in the row's own line.
 */
export async function rowFindings(
  file: string,
  rows: readonly Row[],
  options: RowOptions,
): Promise<Finding[]> {
  const { rules, context, cache, signal } = options;
  const findings: Finding[] = [];
  const threshold = context.nearDuplicate ?? NEAR_DUPLICATE;
  const records = cache?.known(file);
  const edited = new Set(rows.map(({ place }) => place.line));
  const known = records === undefined ? undefined : new KnownRecords(records, edited, signal);
  const seen = new Map<string, TwinPlace>();
  const near = NEAR_SCOPES.map((scope) => new NearColumnBuilder(scope, threshold));
  const compares = severityOf(DUPLICATE_NEAR, 'warning', rules) !== undefined;
  const above: { readonly place: TwinPlace; readonly sets: readonly SetSlice[] }[] = [];

  const nearest = async (at: number, own: SetSlice, bands: Uint32Array): Promise<Nearest | undefined> => {
    let best: Nearest | undefined;
    for (const { place, sets } of above) {
      const similarity = jaccard(own, sets[at] ?? own, threshold);
      if (similarity > (best?.similarity ?? 0)) best = { ...place, similarity };
    }
    const other = await known?.nearest(at, own, bands, threshold);
    return (other?.similarity ?? 0) > (best?.similarity ?? 0) ? other : best;
  };

  try {
    for (const { line, place } of rows) {
      const here: TwinPlace = { ...place, id: line.id };
      let anchor: Anchor | undefined;
      const add = (
        rule: { readonly rule: string; readonly severity: 'error' | 'warning' | 'info' },
        spot: string,
        message: string,
        twin: Twin,
      ): void => {
        anchor ??= new Anchor(line);
        const finding = twinFinding(
          rule,
          { place: here, anchor, spot: anchor.spot(spot) },
          message,
          twin,
          rules,
        );
        if (finding !== undefined) findings.push(finding);
      };
      let copied = false;
      for (const [at, rule] of TWIN_RULES.entries()) {
        const key = rule.keyOf(line);
        if (key === undefined) continue;
        const twin = seen.get(`${at} ${key}`) ?? (await known?.twinOf(at, key));
        if (twin === undefined) {
          seen.set(`${at} ${key}`, here);
          continue;
        }
        copied ||= rule === duplicateExact;
        add(rule, rule.rule, rule.message(here, twin), {
          ...twin,
          of: rule === duplicateExact ? 'record' : 'id',
        });
      }
      if (copied || !compares) continue;
      const sets: SetSlice[] = [];
      let said = false;
      for (const [at, column] of near.entries()) {
        const { scope } = column;
        const { set, bands } = column.of(line);
        sets.push(set);
        const twin = said ? undefined : await nearest(at, set, bands);
        if (twin === undefined) continue;
        said = true;
        const { similarity, ...rest } = twin;
        const message = nearMessage(scope, here, rest, similarity);
        add({ rule: DUPLICATE_NEAR, severity: NEAR_SEVERITY[scope] }, scope, message, {
          ...rest,
          similarity,
          of: scope,
        });
      }
      above.push({ place: here, sets });
    }
    return findings;
  } finally {
    await known?.close();
  }
}
