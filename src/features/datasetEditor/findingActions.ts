import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { applyLineEdits, fixLine, ignoreRule } from '../../checks/applyFix';
import type { Finding } from '../../checks/finding';
import { allKeys, changesOf, rowsOf } from '../../dataset/bulk';
import type { Change, Row, RowKey } from '../../dataset/document';
import { afterEdit } from '../../dataset/reviewText';
import type { HandlerContext, Handlers } from '../../protocol/channel';
import type {
  FindingName,
  FixResult,
  FixScope,
  RecordFinding,
  findingMethods,
} from '../../protocol/findings';
import { CancelledError } from '../../protocol/errors';
import type { FindingsService } from '../findings/findingsService';
import type { EditorDocument } from './editorDocument';

export interface FindingActionsOptions {
  readonly document: EditorDocument;
  readonly findings: FindingsService;
  /** What the page's list shows; undefined: the whole dataset. */
  readonly found: () => readonly RowKey[] | undefined;
  /** Who edits: an edit of an approved record says so in its reviews. Empty when nobody is known. */
  readonly by: () => Promise<string>;
}

interface FindingApi {
  readonly methods: typeof findingMethods;
  readonly events: Readonly<Record<string, never>>;
}
type Context = HandlerContext<{ readonly done: number; readonly total: number }>;

const TELL_MS = 100;
const NOTHING: FixResult = { records: null, fixed: 0 };

/** What the page asks about findings: their fixes, exemptions from a rule, the next record that has any. */
export class FindingActions {
  constructor(private readonly options: FindingActionsOptions) {}

  handlers(): Handlers<FindingApi> {
    return {
      'findings/fix': ({ key, finding, scope }, context) => this.fix(key, finding, scope, context),
      'findings/ignore': ({ key, rule, scope }, context) => this.ignore(key, rule, scope, context),
      'findings/next': ({ key, back }) => this.next(key, back),
      'findings/severity': async ({ rule }) => {
        await vscode.commands.executeCommand('afina.setRuleSeverity', rule, this.file);
        return null;
      },
    };
  }

  private get file(): string {
    return this.options.document.uri.fsPath;
  }

  private async fix(key: RowKey, wanted: FindingName, scope: FixScope, context: Context): Promise<FixResult> {
    const one = scope === 'finding';
    const chosen = (found: readonly Finding[]): readonly Finding[] => {
      const ofRule = found.filter(({ rule, fix }) => rule === wanted.rule && fix !== undefined);
      return one ? ofRule.filter((each) => isNamed(each, wanted)).slice(0, 1) : ofRule;
    };
    if (one || scope === 'record') {
      return this.options.document.exclusive(async (apply) => {
        const row = await this.options.document.row(key);
        const change = row === undefined ? undefined : (await this.fixes([row], chosen))[0];
        if (change === undefined) return { records: 0, fixed: 0 };
        apply({ label: t('Fix: {0}', change.title), changes: [await this.judged(change)] });
        return { records: 1, fixed: change.fixed };
      });
    }
    return this.fixMany(scope, wanted.rule, chosen, context);
  }

  /** One step of undo for the whole list or dataset. Records are checked as they stand, unsaved edits included. */
  private async fixMany(
    scope: 'shown' | 'dataset',
    rule: string,
    chosen: (found: readonly Finding[]) => readonly Finding[],
    { signal, progress }: Context,
  ): Promise<FixResult> {
    const { document } = this.options;
    return document.exclusive(async (apply) => {
      const keys = this.keysOf(scope).filter((key) => this.mayHave(key, rule));
      const made: Fixed[] = [];
      let told = Date.now();
      const onProgress = (done: number): void => {
        if (Date.now() - told < TELL_MS) return;
        told = Date.now();
        progress({ done, total: keys.length });
      };
      for await (const rows of rowsOf(document.data, keys, { signal, onProgress })) {
        made.push(...(await this.fixes(rows, chosen)));
      }
      const fixed = made.reduce((sum, each) => sum + each.fixed, 0);
      if (fixed === 0) return { records: 0, fixed: 0 };
      const question = t('Fix {0} findings of {1} in {2} records?', fixed, rule, made.length);
      if (made.length > 1 && !(await confirm(question, t('Fix')))) return NOTHING;
      if (signal.aborted) throw new CancelledError();
      const changes: Change[] = [];
      for (const each of made) changes.push(await this.judged(each));
      apply({ label: t('Fix all of {0}', rule), changes });
      return { records: made.length, fixed };
    });
  }

  private async fixes(
    rows: readonly Row[],
    chosen: (found: readonly Finding[]) => readonly Finding[],
  ): Promise<Fixed[]> {
    // Rows have no lines of their own while they are edited: their places in the list tell their findings apart.
    const texts = rows.flatMap(({ text }, at) => (text === null ? [] : [{ line: at + 1, text }]));
    const byRow = new Map<number, Finding[]>();
    for (const finding of await this.options.findings.checkTexts(this.file, texts)) {
      const known = byRow.get(finding.line);
      if (known === undefined) byRow.set(finding.line, [finding]);
      else known.push(finding);
    }
    const made: Fixed[] = [];
    for (const [at, found] of byRow) {
      const row = rows[at - 1];
      if (row === undefined || row.text === null) continue;
      const { edits, settled } = fixLine(row.text, chosen(found));
      const [first] = settled;
      if (first === undefined) continue;
      made.push({
        key: row.key,
        before: row.text,
        after: applyLineEdits(row.text, edits),
        fixed: settled.length,
        title: first.fix?.title ?? first.rule,
      });
    }
    return made;
  }

  private async judged({ key, before, after }: Fixed): Promise<Change> {
    const text = afterEdit(before, after, await this.options.by(), new Date().toISOString());
    return { kind: 'replace', key, text };
  }

  private async ignore(
    key: RowKey,
    rule: string,
    scope: 'record' | 'shown',
    { signal }: Context,
  ): Promise<FixResult> {
    const { document } = this.options;
    const keys = scope === 'record' ? [key] : this.keysOf('shown').filter((each) => this.mayHave(each, rule));
    if (keys.length === 0) return { records: 0, fixed: 0 };
    const question = t('Ignore {0} in {1} records?', rule, keys.length);
    if (keys.length > 1 && !(await confirm(question, t('Ignore')))) return NOTHING;
    return document.exclusive(async (apply) => {
      const { changes } = await changesOf(document.data, keys, (text) => ignoreRule(text, rule), { signal });
      if (changes.length > 0) apply({ label: t('Ignore {0}', rule), changes });
      return { records: changes.length, fixed: 0 };
    });
  }

  private next(key: RowKey | null, back: boolean): RowKey | null {
    const { data } = this.options.document;
    const shown = this.options.found();
    const count = shown?.length ?? data.count;
    const at = key === null ? -1 : shown === undefined ? data.indexOf(key) : shown.indexOf(key);
    for (let step = 1; step < count + (at < 0 ? 1 : 0); step++) {
      const index = ((((at < 0 && back ? 0 : at) + (back ? -step : step)) % count) + count) % count;
      const candidate = shown === undefined ? data.row(index) : shown[index];
      if (candidate !== undefined && this.hasAny(candidate)) return candidate;
    }
    return null;
  }

  private hasAny(key: RowKey): boolean {
    const { document, findings } = this.options;
    const counts = document.data.isEdited(key)
      ? document.liveCounts.get(key)
      : findings.countsAt(this.file, document.data.lineOf(key));
    return counts !== undefined && counts.errors + counts.warnings + counts.infos > 0;
  }

  /** Rows whose text differs from the file's may have anything. */
  private mayHave(key: RowKey, rule: string): boolean {
    const { document, findings } = this.options;
    const line = document.data.lineOf(key);
    return line === undefined || document.data.isEdited(key) || findings.mayHave(this.file, line, rule);
  }

  private keysOf(scope: 'shown' | 'dataset'): RowKey[] {
    const shown = scope === 'shown' ? this.options.found() : undefined;
    return [...(shown ?? allKeys(this.options.document.data))];
  }
}

interface Fixed {
  readonly key: RowKey;
  readonly before: string;
  readonly after: string;
  readonly fixed: number;
  readonly title: string;
}

/** What the page gets of a finding. */
export function findingView({ rule, severity, message, field, textRange, fix }: Finding): RecordFinding {
  return { rule, severity, message, field, range: textRange ?? null, fix: fix?.title ?? null };
}

export function isNamed(finding: Finding, { rule, field, range }: FindingName): boolean {
  return (
    finding.rule === rule &&
    finding.field === field &&
    (finding.textRange?.start ?? -1) === (range?.start ?? -1) &&
    (finding.textRange?.end ?? -1) === (range?.end ?? -1)
  );
}

async function confirm(question: string, yes: string): Promise<boolean> {
  const detail = t('It can be undone in one step.');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}
