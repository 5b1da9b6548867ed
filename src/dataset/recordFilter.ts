import { t } from '@vscode/l10n';
import type { RecordLength } from '../protocol/bulk';
import { CancelledError, UserError } from '../protocol/errors';
import type { Row } from './documentTypes';
import type { DatasetRecord } from './record';
import { isObject } from './record';
import { parseRecordText } from './recordText';
import { fold, needleOf, searchOf } from './textPattern';
import { within } from './timeLimit';

/** What a record must be like to be found; what is left out does not matter. */
export interface SearchQuery {
  /** Found anywhere in turns, id and topic; empty finds all. Case and accents matter only when that is said. */
  readonly text: string;
  readonly regex?: boolean | undefined;
  readonly matchCase?: boolean | undefined;
  readonly matchAccents?: boolean | undefined;
  readonly status?: string | undefined;
  /** Empty: records without one. */
  readonly topic?: string | undefined;
  /** Part of the name, whatever its case and accents. */
  readonly author?: string | undefined;
  readonly reviewer?: string | undefined;
  /** A rule, a family such as `pii/*`, or `any`, `error`, `warning`, `none`. */
  readonly finding?: string | undefined;
  readonly length?: RecordLength | undefined;
}

export interface FindingOfRow {
  readonly rule: string;
  readonly severity: string;
}

/** What the checks have to say of a row. */
export type FindingsOf = (row: Row) => readonly FindingOfRow[] | Promise<readonly FindingOfRow[]>;

/** Milliseconds that the expression may take for a batch; then for each of its records. */
const BATCH_LIMIT = 300;
const RECORD_LIMIT = 100;

/** Decides which rows a query finds. An expression of the user's that takes too long for one record ends the search. */
export class RecordFilter {
  private readonly text: RegExp | undefined;
  private readonly author: RegExp | undefined;
  private readonly reviewer: RegExp | undefined;
  private readonly inLine: readonly RegExp[];

  /** Throws UserError `search/pattern`. */
  constructor(
    private readonly query: SearchQuery,
    private readonly findingsOf?: FindingsOf,
  ) {
    const { text, regex = false, matchCase = false, matchAccents = false } = query;
    const wanted = regex ? text : text.trim();
    this.text = wanted === '' ? undefined : searchOf({ text, regex, matchCase, matchAccents });
    this.author = nameNeedle(query.author);
    this.reviewer = nameNeedle(query.reviewer);
    // What JSON never escapes stands in the line as it is: most lines need not be parsed.
    const plain = !regex && wanted !== '' && !/[\s"\\/]/.test(wanted);
    this.inLine = [
      ...(plain && this.text !== undefined ? [this.text] : []),
      ...[query.status, query.topic].flatMap((value) =>
        value === undefined || value === '' ? [] : [new RegExp(literal(JSON.stringify(value)))],
      ),
    ];
  }

  /** Throws UserError `search/too-slow`, and CancelledError. */
  async match(rows: readonly Row[], signal?: AbortSignal): Promise<Row[]> {
    const fitting: { row: Row; texts: readonly string[] }[] = [];
    for (const row of rows) {
      const texts = this.textsOf(row);
      if (texts !== undefined && (await this.hasFinding(row))) fitting.push({ row, texts });
    }
    if (this.text === undefined || fitting.length === 0) return fitting.map(({ row }) => row);
    if (this.query.regex !== true) {
      return fitting.filter(({ texts }) => this.inSome(texts)).map(({ row }) => row);
    }
    const all = within(BATCH_LIMIT, () => fitting.map(({ texts }) => this.inSome(texts)));
    if (all !== undefined) return fitting.filter((_, at) => all[at] === true).map(({ row }) => row);
    const found: Row[] = [];
    for (const { row, texts } of fitting) {
      if (signal?.aborted === true) throw new CancelledError();
      const matches = within(RECORD_LIMIT, () => this.inSome(texts));
      if (matches === undefined) throw tooSlow(row);
      if (matches) found.push(row);
      // Slow as it is, it must not keep everything else in this process waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return found;
  }

  private inSome(texts: readonly string[]): boolean {
    const { text } = this;
    return texts.some((each) => {
      if (text === undefined) return true;
      text.lastIndex = 0;
      return text.test(each);
    });
  }

  /** The texts to be searched, or undefined when the row does not fit already. */
  private textsOf({ text }: Row): readonly string[] | undefined {
    const { query } = this;
    if (text === null) return undefined;
    if (!text.includes('\\') && !this.inLine.every((each) => foundIn(each, text))) return undefined;
    const { raw, record } = parseRecordText(text);
    // A line that cannot be read is found by its text alone.
    if (!isObject(raw)) return this.asksForMore() ? undefined : [text];
    const meta = isObject(raw.meta) ? raw.meta : {};
    const topic = typeof meta.topic === 'string' ? meta.topic : '';
    if (query.status !== undefined && meta.status !== query.status) return undefined;
    if (query.topic !== undefined && topic !== query.topic) return undefined;
    if (this.author !== undefined && !namesOf(meta.author).some((name) => foundIn(this.author, name))) {
      return undefined;
    }
    if (this.reviewer !== undefined && !reviewersOf(meta).some((name) => foundIn(this.reviewer, name))) {
      return undefined;
    }
    if (query.length !== undefined && !fits(query.length, record)) return undefined;
    const id = typeof raw.id === 'string' ? raw.id : '';
    return record === undefined ? [text] : [id, topic, ...record.messages.map(({ content }) => content)];
  }

  private asksForMore(): boolean {
    const { status, topic, length } = this.query;
    return (
      status !== undefined ||
      topic !== undefined ||
      length !== undefined ||
      this.author !== undefined ||
      this.reviewer !== undefined
    );
  }

  private async hasFinding(row: Row): Promise<boolean> {
    const { finding } = this.query;
    if (finding === undefined) return true;
    const known = this.findingsOf?.(row) ?? [];
    const findings = known instanceof Promise ? await known : known;
    const family = finding.endsWith('/*') ? finding.slice(0, -1) : undefined;
    switch (finding) {
      case 'any':
        return findings.length > 0;
      case 'none':
        return findings.length === 0;
      case 'error':
      case 'warning':
        return findings.some(({ severity }) => severity === finding);
      default:
        return findings.some(
          ({ rule }) => rule === finding || (family !== undefined && rule.startsWith(family)),
        );
    }
  }
}

/** A record's length as the filter counts it. */
export function lengthOf(record: DatasetRecord, { of, unit }: Pick<RecordLength, 'of' | 'unit'>): number {
  let length = 0;
  for (const { role, content } of record.messages) {
    if (of === 'answer' && role !== 'assistant') continue;
    length += unit === 'characters' ? Array.from(content).length : (content.match(/\S+/g)?.length ?? 0);
  }
  return length;
}

function fits(wanted: RecordLength, record: DatasetRecord | undefined): boolean {
  if (record === undefined) return false;
  const length = lengthOf(record, wanted);
  return length >= (wanted.min ?? 0) && length <= (wanted.max ?? Infinity);
}

function foundIn(expression: RegExp | undefined, text: string): boolean {
  if (expression === undefined) return true;
  expression.lastIndex = 0;
  return expression.test(text);
}

function nameNeedle(name = ''): RegExp | undefined {
  return fold(name.trim()) === '' ? undefined : needleOf(name);
}

function namesOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}

/** Who reviewed: the reviewer that `meta` names, and everybody in its list of reviews. */
function reviewersOf(meta: Readonly<Record<string, unknown>>): string[] {
  const reviews: unknown[] = Array.isArray(meta.reviews) ? meta.reviews : [];
  return [
    ...namesOf(meta.reviewer),
    ...reviews.flatMap((each) => (isObject(each) && each.verdict !== undefined ? namesOf(each.by) : [])),
  ];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function tooSlow({ index }: Row): UserError {
  return new UserError(
    'search/too-slow',
    t(
      'The expression takes too long for record {0}, so the search was stopped. Avoid repetitions inside repetitions such as “(a+)+”.',
      index + 1,
    ),
  );
}
