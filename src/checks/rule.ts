import { nodeAt, propertyNode, treeOf } from '../dataset/jsonTree';
import type { JsonPath, Node } from '../dataset/jsonTree';
import { isObject } from '../dataset/record';
import { layoutOf } from '../dataset/shapes/layout';
import { readTurns } from '../dataset/shapes/read';
import type { ShapedTurn } from '../dataset/shapes/shape';
import type { Finding, Fix, Severity, TextRange } from './finding';
import type { Variety } from '../portuguese/varieties';
import { rangeInLiteral } from './stringLiteral';

/** Severities by rule id, or by `family/*`, that override the rules' own. */
export type RuleSettings = Readonly<Record<string, Severity | 'off'>>;

/** What rules need to know of the project that a record belongs to. Plain data: workers get it, too. */
export interface RuleContext {
  /** The variety that the project writes. */
  readonly variety: Variety;
  /** Phrases of legal claims that an answer has to give a source for, as the domain says. */
  readonly mustCite: readonly string[];
  /** Jaccard similarity from which two records are near-duplicates. Default: NEAR_DUPLICATE. */
  readonly nearDuplicate?: number | undefined;
}

export const NEAR_DUPLICATE = 0.8;

export const DEFAULT_CONTEXT: RuleContext = { variety: 'pt-PT', mustCite: [] };

/** What a rule reports: a finding before it is known which file and line it is of. */
export interface Report {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** Path inside the record, or null for the line. */
  readonly path: JsonPath | null;
  /** Range in the line, for what has no path; else the path's value. */
  readonly range?: TextRange;
  /** Range within the text at `path`, in its own UTF-16 units: before it was written as JSON. */
  readonly textRange?: TextRange;
  readonly fix?: Fix;
}

/** One line as the rules see it. */
export class CheckedLine {
  private tree: Node | undefined | null = null;
  private read: readonly ShapedTurn[] | undefined;

  constructor(
    /** The line without its end; where it is not UTF-8, with replacement characters. */
    readonly text: string,
    /** What JSON.parse makes of it, or undefined when it is not JSON. */
    readonly value: unknown,
    /** Offset in `text` of the first byte that is not UTF-8. */
    readonly invalidAt?: number,
  ) {}

  get id(): string | null {
    return isObject(this.value) && typeof this.value.id === 'string' ? this.value.id : null;
  }

  /** `meta.ignore`: rules that this record is exempt from, as ids or `family/*`. */
  get ignored(): readonly string[] {
    const meta = isObject(this.value) ? this.value.meta : undefined;
    const ignore = isObject(meta) ? meta.ignore : undefined;
    return Array.isArray(ignore) ? ignore.filter((rule) => typeof rule === 'string') : [];
  }

  /** The turns, of whatever shape the record is; none of a record whose turns cannot be read. */
  get turns(): readonly ShapedTurn[] {
    if (this.read === undefined) {
      const layout = layoutOf(this.value);
      const reading = layout === undefined ? undefined : readTurns(layout, this.value);
      this.read = reading === undefined || reading.problems.length > 0 ? [] : reading.turns;
    }
    return this.read;
  }

  /** `meta.sources`, as far as they are texts. */
  get sources(): readonly string[] {
    const meta = isObject(this.value) ? this.value.meta : undefined;
    const sources = isObject(meta) ? meta.sources : undefined;
    return Array.isArray(sources) ? sources.filter((source) => typeof source === 'string') : [];
  }

  /** Range in the line of a range within the text at `path`. */
  rangeInText(path: JsonPath, range: TextRange): TextRange {
    const { start, end } = this.rangeOf(path);
    return rangeInLiteral(this.text, { start, end }, range);
  }

  /** Range of the value at `path`, or of the nearest part of the path that exists. The tree is made on first use. */
  rangeOf(path: JsonPath): TextRange {
    if (this.tree === null) this.tree = this.value === undefined ? undefined : treeOf(this.text);
    for (let length = path.length; length > 0; length--) {
      const node = nodeAt(this.tree, path.slice(0, length));
      if (node !== undefined) return { start: node.offset, end: node.offset + node.length };
    }
    return { start: 0, end: this.text.length };
  }

  /** Range of a property with its name. */
  rangeOfProperty(path: JsonPath, name: string): TextRange {
    this.rangeOf([]);
    const node = propertyNode(nodeAt(this.tree ?? undefined, path), name);
    return node === undefined ? this.rangeOf(path) : { start: node.offset, end: node.offset + node.length };
  }
}

/** Default severity of every rule of a family, by rule id. */
export type RuleDefaults = Readonly<Record<string, Severity>>;

/** A family that looks at one record at a time. Pure. */
export interface RecordRules {
  readonly rules: RuleDefaults;
  check(
    line: CheckedLine,
    report: (report: Omit<Report, 'severity'> & { severity?: Severity }) => void,
    context: RuleContext,
  ): void;
}

/**
 * A rule that compares records: workers hand in a key a record, whoever has all keys looks for equal ones. The
 * keys are hashed on the way; `keyOf` is asked again before two records are called equal.
 */
export interface TwinRule {
  readonly rule: string;
  readonly severity: Severity;
  /** Whether records of different files are compared. */
  readonly acrossFiles: boolean;
  /** What must be equal, or undefined for a record that the rule has nothing to say of. */
  keyOf(line: CheckedLine): string | undefined;
  /** What a finding on the later one of the two points at. */
  pathOf(line: CheckedLine): JsonPath;
  message(here: TwinPlace, twin: TwinPlace): string;
}

export interface TwinPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly id: string | null;
}

/** Severity under the settings; undefined when the rule is off or the record is exempt from it. */
export function severityOf(
  rule: string,
  severity: Severity,
  settings: RuleSettings,
  ignored: readonly string[] = [],
): Severity | undefined {
  const family = `${rule.split('/')[0] ?? rule}/*`;
  if (ignored.includes(rule) || ignored.includes(family)) return undefined;
  const own = (name: string): Severity | 'off' | undefined =>
    Object.hasOwn(settings, name) ? settings[name] : undefined;
  const set = own(rule) ?? own(family) ?? severity;
  return set === 'off' ? undefined : set;
}

/** `['messages', 1, 'content']` → `messages[1].content`. */
export function fieldOf(path: JsonPath | null): string | null {
  if (path === null || path.length === 0) return null;
  return path
    .map((segment, at) => (typeof segment === 'number' ? `[${segment}]` : at === 0 ? segment : `.${segment}`))
    .join('');
}

/** The finding that a report becomes, or undefined when settings or the record say that it is none. */
export function findingOf(
  report: Report,
  line: CheckedLine,
  place: { readonly file: string; readonly line: number },
  settings: RuleSettings,
): Finding | undefined {
  const severity = severityOf(report.rule, report.severity, settings, line.ignored);
  if (severity === undefined) return undefined;
  const { path, textRange } = report;
  const range =
    path !== null && textRange !== undefined
      ? line.rangeInText(path, textRange)
      : (report.range ?? (path === null ? { start: 0, end: line.text.length } : line.rangeOf(path)));
  return {
    rule: report.rule,
    severity,
    file: place.file,
    line: place.line,
    id: line.id,
    message: report.message,
    field: fieldOf(path),
    start: range.start,
    end: range.end,
    ...(textRange === undefined ? {} : { textRange }),
    ...(report.fix === undefined ? {} : { fix: report.fix }),
  };
}
