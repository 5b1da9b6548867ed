import { Channel } from '../../src/protocol/channel';
import { datasetEditorHostApi, datasetEditorViewApi } from '../../src/protocol/datasetEditor';
import type {
  EditorCommand,
  LoadingState,
  PreviewChoices,
  PreviewRemedy,
  RecordChange,
  RecordStatus,
  RecordView,
  RowSummary,
} from '../../src/protocol/datasetEditor';
import type { RecordQuery } from '../../src/protocol/bulk';
import { UserError, isCancelled, messageOf } from '../../src/protocol/errors';
import { hostTransport, saveState, savedState } from '../shared/host';
import { Bulk } from './bulk';
import { Comparison } from './comparison';
import { NO_FILTER, filterOf, isFilter } from './filter';
import { ConflictActions } from './conflictActions';
import { Findings } from './findings';
import { Previews } from './previews';
import type { ReplaceScope } from './replacePanel';
import { Reviewing } from './reviewing';
import { RowCache } from './rowCache';
import { Typing } from './typing';

/** Milliseconds. */
const TYPING_PAUSE = 400;
const LONGEST_BURST = 1500;
const SEARCH_PAUSE = 200;

interface Saved {
  readonly id: string;
  readonly index: number;
  readonly listWidth: number;
  readonly filter?: unknown;
}

type HostChannel = Channel<typeof datasetEditorViewApi, typeof datasetEditorHostApi>;
type CommandListener = (command: EditorCommand, status: RecordStatus | null) => void;

/** What the dataset editor shows, and its one way to the extension host. Components listen to `change`. */
export class EditorStore extends EventTarget {
  /** Rows of the shown list. */
  total = 0;
  /** Rows of the whole dataset, whatever the search shows. */
  count = 0;
  topics: readonly { readonly id: string; readonly title: string }[] = [];
  readOnly = false;
  selected: number | null = null;
  choices: PreviewChoices | undefined;
  filter: RecordQuery = NO_FILTER;
  /** What is wrong with the filter's expression. */
  filterProblem = '';
  /** How far a search is, while one runs. */
  searching: { readonly found: number; readonly scanned: number } | null = null;
  /** The search stopped at the most that a list can hold. */
  more = false;
  loaded = false;
  /** How far the file is known; null when it is known to its end. */
  loading: LoadingState | null = null;
  /** Records that another program and an unsaved edit have both changed. */
  conflicts = 0;
  /** Only those are shown. */
  onlyConflicts = false;
  failure = '';
  listWidth: number;
  /** Index to be scrolled to when the list is drawn next. */
  reveal: number | null = null;

  readonly previews = new Previews(this);
  readonly conflictActions = new ConflictActions(this);
  readonly bulk = new Bulk(this);
  readonly comparison = new Comparison(this);
  readonly findings = new Findings(this);
  /** Find and replace is open, and where it looks. */
  replacing: ReplaceScope | null = null;
  /** The turn that had the focus last. */
  turn = 0;
  readonly reviewing = new Reviewing(this);
  view: RecordView | null = null;
  private viewing: Promise<void> | undefined;
  private viewAgain = false;
  private deleting = false;
  private searchTimer: ReturnType<typeof setTimeout> | undefined;
  private search: AbortController | undefined;
  private readonly saved = savedState() as Saved | undefined;
  private readonly channel: HostChannel;
  private readonly commands = new Set<CommandListener>();
  private readonly rows = new RowCache({
    load: async (from, count) => {
      const page = await this.request('editor/page', { from, count, found: this.filtered });
      this.total = page.total;
      if (!this.filtered) this.count = page.total;
      return page;
    },
    onChange: () => this.changed(),
    onError: (error) => this.fail(error),
  });
  readonly typing = new Typing({
    pause: TYPING_PAUSE,
    longest: LONGEST_BURST,
    send: async (key, change) => (await this.request('editor/edit', { key, change }))?.version ?? null,
  });

  constructor() {
    super();
    this.listWidth = this.saved?.listWidth ?? 320;
    this.filter = filterOf(this.saved?.filter);
    hostTransport.post({ kind: 'hello' });
    this.channel = new Channel(
      datasetEditorViewApi,
      datasetEditorHostApi,
      {
        'view/flush': async () => {
          await this.flush();
          return null;
        },
      },
      hostTransport,
    );
    this.channel.on('editor/changed', (change) => void this.guard(() => this.follow(change)));
    this.channel.on('editor/counted', ({ key }) => {
      void this.guard(async () => this.rows.update(await this.request('editor/rows', { keys: [key] })));
    });
    this.channel.on('editor/findings', () => {
      this.rows.invalidate();
      this.changed();
      void this.guard(() => this.refreshRecord());
    });
    this.channel.on('editor/loading', (loading) => {
      this.loading = loading;
      this.changed();
    });
    this.channel.on('editor/show', ({ key, finding }) => void this.findings.showRecord(key, finding));
    this.channel.on('editor/filter', ({ finding }) => this.setFilter({ ...NO_FILTER, finding }));
    this.channel.on('preview/changed', () => void this.loadChoices());
    this.channel.on('editor/command', ({ command, status }) => {
      for (const listener of this.commands) listener(command, status);
    });
    window.addEventListener('blur', () => void this.flush());
  }

  get request(): HostChannel['request'] {
    return this.channel.request.bind(this.channel);
  }

  get emit(): HostChannel['emit'] {
    return this.channel.emit.bind(this.channel);
  }

  get filtered(): boolean {
    return this.onlyConflicts || isFilter(this.filter);
  }

  /** The chosen record, with what is being typed. */
  get record(): RecordView | null {
    return this.view === null ? null : this.typing.over(this.view);
  }

  /** Differs whenever the shown record or what is known of it does. */
  get revision(): number {
    return this.view?.version ?? 0;
  }

  /** Whether something typed is not an edit yet. */
  get typed(): boolean {
    return this.typing.pending;
  }

  onCommand(listener: CommandListener): void {
    this.commands.add(listener);
  }

  async start(): Promise<void> {
    await this.guard(async () => {
      const state = await this.request('editor/state', {});
      this.count = this.total = state.count;
      this.topics = state.topics;
      this.readOnly = state.readOnly;
      this.loading = state.loading;
      this.conflicts = state.conflicts;
      this.loaded = true;
      const { saved } = this;
      const again = state.show ?? (saved === undefined ? null : await this.request('editor/keyOfId', saved));
      const key = again ?? (await this.rows.fetch(0))?.key;
      if (state.filter !== null) this.filter = { ...NO_FILTER, finding: state.filter };
      if (key !== undefined) await this.select(key);
      if (key !== undefined && state.showFinding !== null) this.findings.expect(key, state.showFinding);
      if (this.filtered) this.startSearch(0);
    });
    await this.guard(() => this.reviewing.load());
    await this.loadChoices();
  }

  rowAt(index: number): RowSummary | undefined {
    return this.rows.at(index);
  }

  titleOf(topic: string): string {
    return this.topics.find(({ id }) => id === topic)?.title ?? topic;
  }

  /** Topics of the domain, then others that rows seen so far have. */
  allTopics(): { readonly id: string; readonly title: string }[] {
    const known = new Set(this.topics.map(({ id }) => id));
    const others = new Set<string>();
    for (const { topic } of this.rows.known()) if (topic !== '' && !known.has(topic)) others.add(topic);
    return [...this.topics, ...[...others].sort().map((id) => ({ id, title: id }))];
  }

  async select(key: number): Promise<void> {
    await this.guard(async () => {
      await this.typing.flush();
      this.selected = key;
      this.changed();
      await this.refreshRecord();
      this.remember();
      const index = await this.indexOf(key);
      if (index >= 0 && this.selected === key) this.reveal = index;
    });
  }

  /** Selects the row `by` places further in the shown list; `extend` chooses the rows between together. */
  async step(by: number, how: 'move' | 'extend' | 'keep' = 'move'): Promise<void> {
    await this.guard(async () => {
      if (this.total === 0) return;
      const at = this.selected === null ? -1 : await this.indexOf(this.selected);
      const next = Math.min(this.total - 1, Math.max(0, at + by));
      if (how === 'extend') await this.bulk.extend(next);
      else if (how === 'move') this.bulk.selection.clear();
      const row = await this.rows.fetch(next);
      if (row !== undefined) await this.select(row.key);
    });
  }

  /** A change that is complete: made at once. */
  async edit(change: RecordChange): Promise<void> {
    const key = this.selected;
    if (key === null || this.readOnly) return;
    await this.guard(async () => {
      await this.typing.flush();
      await this.request('editor/edit', { key, change });
      await this.refreshRecord();
    });
  }

  /** A change that is still being typed: made after a pause, on blur, or before anything else happens. */
  type(change: RecordChange): void {
    if (this.selected === null || this.readOnly) return;
    this.typing.type(this.selected, change);
    this.findings.typed();
    this.previews.typed(change);
    this.changed();
  }

  /** Makes what was typed an edit. */
  async flush(): Promise<void> {
    await this.guard(() => this.typing.flush());
  }

  async add(copy: boolean): Promise<void> {
    if (this.readOnly || (copy && this.selected === null)) return;
    await this.guard(async () => {
      await this.typing.flush();
      // A new record would be hidden by most searches.
      if (this.filtered) await this.clearSearch();
      const after = this.selected;
      const { key } = await this.request('editor/add', { after, copy: copy ? after : null });
      await this.select(key);
      this.dispatchEvent(new Event('added'));
    });
  }

  async delete(): Promise<void> {
    if (this.bulk.many) return this.bulk.run({ kind: 'delete' });
    const key = this.selected;
    if (key === null || this.readOnly) return;
    await this.guard(async () => {
      await this.typing.flush();
      const index = await this.indexOf(key);
      this.deleting = true;
      try {
        this.selected = null;
        this.view = null;
        await this.request('editor/delete', { key });
        this.rows.invalidate();
        await this.rows.fetch(Math.max(0, index)); // tells how many are left
        const next = await this.rows.fetch(Math.max(0, Math.min(index, this.total - 1)));
        if (next !== undefined) await this.select(next.key);
      } finally {
        this.deleting = false;
      }
    });
  }

  /** As `flush`, for work that shows its own failure. */
  flushTyping(): Promise<void> {
    return this.typing.flush();
  }

  async repair(): Promise<void> {
    const key = this.selected;
    if (key === null) return;
    await this.guard(async () => {
      await this.typing.flush();
      await this.request('editor/repair', { key });
    });
  }

  /** Goes on reading the file, or stops. */
  async load(go: boolean): Promise<void> {
    await this.guard(() => this.request('editor/load', { go }));
  }

  setFilter(change: Partial<RecordQuery>): void {
    this.onlyConflicts = false;
    this.filter = { ...this.filter, ...change };
    this.bulk.selection.clear();
    this.startSearch(SEARCH_PAUSE);
    this.remember();
    this.changed();
  }

  openReplace(scope: ReplaceScope): void {
    this.replacing = scope;
    this.changed();
    this.dispatchEvent(new Event('replace'));
  }

  resizeList(width: number): void {
    const most = Math.max(200, window.innerWidth * 0.6);
    this.listWidth = Math.round(Math.min(most, Math.max(200, width)));
    this.remember();
    this.changed();
  }

  async choose(model: string | null, adapter: string | null): Promise<void> {
    await this.guard(async () => {
      this.choices = await this.request('preview/choose', { model, adapter });
    });
  }

  async download(model: string): Promise<void> {
    await this.guard(async () => {
      this.choices = await this.request('preview/download', { model });
    });
  }

  async remedy(remedy: PreviewRemedy): Promise<void> {
    await this.guard(() => this.request('preview/remedy', { remedy }));
  }

  async openAsText(): Promise<void> {
    await this.flush();
    await this.guard(async () => {
      await this.request('editor/openAsText', {});
    });
  }

  /** Shows the chosen record elsewhere. */
  async showElsewhere(method: 'editor/openRecordText' | 'editor/showPrompt'): Promise<void> {
    await this.flush();
    const key = this.selected;
    if (key === null) return;
    await this.guard(async () => {
      await this.request(method, { key });
    });
  }

  /** Says why something cannot be done. */
  report(message: string): void {
    this.failure = message;
    this.changed();
  }

  changed(): void {
    this.dispatchEvent(new Event('change'));
  }

  private async loadChoices(): Promise<void> {
    await this.guard(async () => {
      this.choices = await this.previews.choices();
    });
  }

  /** The document changed: by this editor, by another one of the same file, by undo, or on the disk. */
  private async follow(change: { structure: boolean; all: boolean; keys: readonly number[] }): Promise<void> {
    // After a save or a revert every row may look different, but nobody has changed what was chosen.
    if (!(change.structure && change.all)) this.bulk.outdated(change.structure);
    if ((change.structure || this.onlyConflicts) && this.filtered) this.startSearch(0);
    if (change.structure || change.all) {
      this.rows.invalidate();
      const { count, loading, conflicts } = await this.request('editor/state', {});
      this.count = count;
      this.loading = loading;
      this.conflicts = conflicts;
      if (conflicts === 0) this.onlyConflicts = false;
      if (!this.filtered) this.total = count;
      await this.keepSelection();
      this.changed();
    } else {
      if (this.conflicts > 0) this.conflicts = (await this.request('editor/state', {})).conflicts;
      this.rows.update(await this.request('editor/rows', { keys: change.keys.slice(0, 500) }));
    }
    if (change.all || (this.selected !== null && change.keys.includes(this.selected))) {
      await this.refreshRecord();
    }
  }

  /** The file was read again, or an undo took the record away: the row in its place is shown, if there is one. */
  private async keepSelection(): Promise<void> {
    // Deleting chooses a successor by itself.
    if (this.deleting) return;
    const { selected, view } = this;
    if (selected !== null && (await this.request('editor/indexOf', { key: selected, found: false })) >= 0)
      return;
    const index = view?.index ?? 0;
    const id = view?.record?.id ?? '';
    const again = id === '' ? null : await this.request('editor/keyOfId', { id, index });
    const key = again ?? (await this.rows.fetch(Math.max(0, Math.min(index, this.total - 1))))?.key;
    this.view = null;
    this.selected = null;
    if (key !== undefined) await this.select(key);
  }

  /** Fetches the chosen record; calls during a fetch are joined into one more. */
  async refreshRecord(): Promise<void> {
    this.viewAgain = true;
    this.viewing ??= this.fetchRecord().finally(() => (this.viewing = undefined));
    await this.viewing;
  }

  private async fetchRecord(): Promise<void> {
    while (this.viewAgain) {
      this.viewAgain = false;
      const key = this.selected;
      const view = key === null ? null : await this.request('editor/record', { key });
      if (this.selected !== key) continue;
      this.view = view;
      void this.guard(() => this.comparison.refresh());
      if (view !== null) this.typing.seen(view.key, view.version);
      this.findings.arrived();
      this.changed();
    }
  }

  async clearSearch(): Promise<void> {
    this.filter = NO_FILTER;
    this.filterProblem = '';
    this.searching = null;
    this.search?.abort();
    clearTimeout(this.searchTimer);
    await this.request('editor/search', NO_FILTER);
    this.rows.clear();
    this.total = this.count;
  }

  private startSearch(delay: number): void {
    clearTimeout(this.searchTimer);
    this.search?.abort();
    const search = new AbortController();
    this.search = search;
    this.searchTimer = setTimeout(() => {
      void this.guard(() => this.runSearch(search));
    }, delay);
  }

  private async runSearch(search: AbortController): Promise<void> {
    this.searching = { found: 0, scanned: 0 };
    this.changed();
    const { filter, filtered } = this;
    let shown = false;
    try {
      if (this.onlyConflicts) {
        this.total = (await this.request('editor/showConflicts', {})).found;
        this.rows.clear();
        return;
      }
      const { found, more } = await this.request('editor/search', filter, {
        signal: search.signal,
        progress: (progress) => {
          this.searching = progress;
          // What is found so far can be read while the search goes on.
          this.total = progress.found;
          if (shown) this.rows.invalidate();
          else this.rows.clear();
          shown = true;
          this.changed();
        },
      });
      this.filterProblem = '';
      this.more = more;
      this.total = filtered ? found : this.count;
      this.rows.clear();
    } catch (error) {
      if (!(error instanceof UserError) || !error.code.startsWith('search/')) throw error;
      this.filterProblem = error.message;
      return;
    } finally {
      if (this.search === search) this.searching = null;
    }
    if (this.selected !== null) {
      const index = await this.indexOf(this.selected);
      this.reveal = Math.max(0, index);
    }
  }

  indexOf(key: number): Promise<number> {
    return this.request('editor/indexOf', { key, found: this.filtered });
  }

  private remember(): void {
    const { view, listWidth, filter } = this;
    saveState({ id: view?.record?.id ?? '', index: view?.index ?? 0, listWidth, filter } satisfies Saved);
  }

  async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.failure = '';
    } catch (error) {
      this.fail(error);
    }
    this.changed();
  }

  private fail(error: unknown): void {
    if (!isCancelled(error)) this.failure = messageOf(error);
  }
}
