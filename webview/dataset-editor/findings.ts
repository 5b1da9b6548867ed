import type { RecordView } from '../../src/protocol/datasetEditor';
import type { FindingName, FixScope, RecordCheck, RecordFinding } from '../../src/protocol/findings';
import { language, t } from '../shared/l10n';
import { marksIn } from './markRanges';
import type { Mark } from './markRanges';
import { placesOf } from './shapeParts';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);

/** A check of a record, and the texts of its turns as they were then. */
interface Checked extends RecordCheck {
  readonly key: number;
  readonly turns: readonly string[];
}

/** Findings of the shown record: those of what is being typed, which one is open, and what is done about them. */
export class Findings {
  /** What the last action did, or which finding was gone to; for those who hear it. */
  announcement = '';
  private shown: FindingName | null = null;
  /** To be opened as soon as its record is here. */
  private wanted: { readonly key: number; readonly finding: FindingName | 'first' | 'last' } | null = null;
  private ordered: { of: readonly RecordFinding[]; all: readonly RecordFinding[] } = { of: [], all: [] };
  private live: Checked | null = null;
  private checking = false;
  private again = false;

  constructor(private readonly store: EditorStore) {}

  /** In the order in which the form shows them. */
  get all(): readonly RecordFinding[] {
    const findings = this.check?.findings ?? [];
    if (this.ordered.of !== findings) this.ordered = { of: findings, all: this.inOrder(findings) };
    return this.ordered.all;
  }

  private inOrder(findings: readonly RecordFinding[]): readonly RecordFinding[] {
    const record = this.store.record?.record;
    if (record == null) return findings;
    const places = placesOf(record);
    const order = ({ field, range }: RecordFinding): [number, number] => {
      const turn = places.findIndex(({ path }) => field !== null && isAt(field, path));
      const place = turn >= 0 ? turn : field?.startsWith('meta.sources') === true ? places.length : -1;
      return [place, range?.start ?? -1];
    };
    return [...findings].sort((a, b) => {
      const [turn, start] = order(a);
      const [otherTurn, otherStart] = order(b);
      return turn - otherTurn || start - otherStart;
    });
  }

  /** The newest check of the record that is shown. */
  get check(): Checked | RecordView | null {
    const view = this.store.record;
    return this.live !== null && this.live.key === view?.key ? this.live : view;
  }

  /** Marks in the text of a turn. */
  marks(turn: number, findings: readonly RecordFinding[], now: string): Mark[] {
    const { live, store } = this;
    const checked = live !== null && live.key === store.record?.key ? live.turns : textsOf(store.view);
    return marksIn(findings, checked[turn] ?? now, now);
  }

  /** The finding whose explanation is open. */
  get open(): RecordFinding | null {
    const { shown } = this;
    return shown === null ? null : (this.all.find((finding) => isNamed(finding, shown)) ?? null);
  }

  show(finding: RecordFinding | null): void {
    const name = finding === null ? null : nameOf(finding);
    if (name === null && this.shown === null) return;
    this.shown = name;
    this.store.changed();
  }

  /** Chooses a record that a search may hide, and a finding in it. */
  async showRecord(key: number, finding: FindingName | null): Promise<void> {
    const { store } = this;
    await store.guard(async () => {
      if (store.filtered && (await store.indexOf(key)) < 0) await store.clearSearch();
      await store.select(key);
      if (finding !== null) this.expect(key, finding);
    });
  }

  /** Goes to a finding of a record that is being opened. */
  expect(key: number, finding: FindingName | 'first' | 'last'): void {
    this.wanted = { key, finding };
    this.arrived();
  }

  /** A record is here: what was typed before is in it, unless something is being typed still. */
  arrived(): void {
    const view = this.store.record;
    if (!this.store.typed || this.live?.key !== view?.key) this.live = null;
    const { wanted } = this;
    if (wanted === null || view?.key !== wanted.key) return;
    this.wanted = null;
    const { all } = this;
    const { finding } = wanted;
    const found =
      finding === 'first'
        ? all[0]
        : finding === 'last'
          ? all.at(-1)
          : (all.find((each) => isNamed(each, finding)) ??
            all.find(({ rule, field }) => rule === finding.rule && field === finding.field));
    if (found !== undefined) this.goTo(found);
  }

  /** Something was typed: it is checked at once, and again as long as more came in meanwhile. */
  typed(): void {
    this.again = true;
    if (!this.checking) void this.store.guard(() => this.checkTyped());
  }

  /** The finding behind the open one, or behind `from` in the turn that has the focus; then those of other records. */
  async step(back: boolean, from: { readonly turn: number; readonly offset: number } | null): Promise<void> {
    const { store } = this;
    const { all, open } = this;
    const at = open === null ? this.before(all, from, back) : all.indexOf(open);
    const next = all[back ? at - 1 : at + 1];
    if (next !== undefined) {
      this.goTo(next);
      return;
    }
    await store.guard(async () => {
      await store.flushTyping();
      const key = await store.request('findings/next', { key: store.selected, back });
      if (key === null || key === store.selected) {
        const first = back ? all.at(-1) : all[0];
        if (first === undefined) this.tell(t('No findings here.'));
        else this.goTo(first);
        return;
      }
      this.shown = null;
      this.wanted = { key, finding: back ? 'last' : 'first' };
      await store.select(key);
    });
  }

  /** Makes the fix of a finding, or all of its rule's. */
  async fix(finding: RecordFinding, scope: FixScope): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (key === null || store.readOnly) return;
    if (finding.fix === null) {
      this.tell(t('This finding has no fix of its own: change the text, or ignore the rule here.'));
      return;
    }
    await store.bulk.perform(async (options) => {
      const { records, fixed } = await store.request(
        'findings/fix',
        { key, finding: nameOf(finding), scope },
        options,
      );
      if (records === null) return null;
      this.shown = null;
      await store.refreshRecord();
      this.announcement = outcomeOf(fixed, records);
      // Of one place everybody sees that it changed.
      return scope === 'finding' ? '' : this.announcement;
    });
  }

  async ignore(finding: RecordFinding, scope: 'record' | 'shown'): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (key === null || store.readOnly) return;
    await store.bulk.perform(async (options) => {
      const { records } = await store.request('findings/ignore', { key, rule: finding.rule, scope }, options);
      if (records === null) return null;
      this.shown = null;
      await store.refreshRecord();
      this.announcement = t('{0} is ignored here from now on.', finding.rule);
      return scope === 'record' ? '' : this.announcement;
    });
  }

  async setSeverity({ rule }: RecordFinding): Promise<void> {
    await this.store.guard(async () => {
      await this.store.request('findings/severity', { rule });
    });
  }

  private goTo(finding: RecordFinding): void {
    const { all } = this;
    this.shown = nameOf(finding);
    const place = t('Finding {0} of {1}', all.indexOf(finding) + 1, all.length);
    this.tell(`${place}: ${finding.message}`);
    this.store.dispatchEvent(new CustomEvent('finding', { detail: finding }));
  }

  /** For those who hear it. */
  tell(text: string): void {
    this.announcement = text;
    this.store.changed();
  }

  /** Index of the last finding that stands before a place; behind all of them, the next one is the first. */
  private before(
    all: readonly RecordFinding[],
    from: { readonly turn: number; readonly offset: number } | null,
    back: boolean,
  ): number {
    const record = this.store.record?.record;
    if (from === null || record == null) return back ? all.length : -1;
    const places = placesOf(record);
    const isBehind = ({ field, range }: RecordFinding): boolean => {
      const turn = places.findIndex(({ path }) => field !== null && isAt(field, path));
      if (turn !== from.turn) return turn > from.turn;
      return range !== null && (back ? range.end >= from.offset : range.start >= from.offset);
    };
    const index = all.findIndex(isBehind);
    if (back) return index < 0 ? all.length : index;
    return (index < 0 ? all.length : index) - 1;
  }

  private async checkTyped(): Promise<void> {
    this.checking = true;
    try {
      while (this.again) {
        this.again = false;
        const { store } = this;
        const view = store.record;
        if (view === null) return;
        const turns = textsOf(view);
        const changes = store.view === null ? [] : store.typing.changesOver(store.view);
        const check = await store.request('editor/check', { key: view.key, changes });
        if (check === null || store.record?.key !== view.key) continue;
        this.live = { ...check, key: view.key, turns };
        store.changed();
      }
    } finally {
      this.checking = false;
    }
  }
}

export function nameOf({ rule, field, range }: RecordFinding): FindingName {
  return { rule, field, range };
}

function isNamed(finding: RecordFinding, { rule, field, range }: FindingName): boolean {
  return (
    finding.rule === rule &&
    finding.field === field &&
    finding.range?.start === range?.start &&
    finding.range?.end === range?.end
  );
}

export function isAt(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);
}

function outcomeOf(fixed: number, records: number): string {
  if (fixed === 0) return t('There was nothing to fix.');
  if (fixed === 1) return t('1 finding fixed.');
  return records === 1
    ? t('{0} findings fixed.', integer.format(fixed))
    : t('{0} findings fixed in {1} records.', integer.format(fixed), integer.format(records));
}

function textsOf(view: RecordView | null): readonly string[] {
  return view?.record?.turns.map(({ content }) => content) ?? [];
}
