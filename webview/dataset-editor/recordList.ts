import { VirtualizerController } from '@tanstack/lit-virtual';
import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { createRef, ref } from 'lit/directives/ref.js';
import type { Ref } from 'lit/directives/ref.js';
import type { RecordStatus, RowSummary } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { statusLabel } from '../shared/statusLabel';
import { conflictBar, loadingBar, waitingRow } from './listNotices';
import { NO_FILTER } from './filter';
import type { FilterBar } from './filterBar';
import { STATUSES } from './labels';
import { ScrollMap } from './scrollMap';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);

/** The records on the left: search, status filter, and a list of which only what is in sight exists. */
@customElement('afina-record-list')
export class RecordList extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  /** Changes with every change of the store: the store itself stays the same object. */
  @property({ type: Number }) tick = 0;

  private readonly scroller: Ref<HTMLDivElement> = createRef();
  private readonly map = new ScrollMap();
  /** Two lines of text and their padding, in pixels, whatever the size of VS Code's font. */
  private readonly rowHeight = Math.round(parseFloat(getComputedStyle(document.body).fontSize) * 3.6) || 47;
  private readonly virtualizer = new VirtualizerController<HTMLDivElement, HTMLDivElement>(this, {
    getScrollElement: () => this.scroller.value ?? null,
    count: 0,
    estimateSize: () => this.rowHeight,
    overscan: 8,
    // A million rows are taller than browsers let an element be.
    observeElementOffset: (_instance, report) => {
      const element = this.scroller.value;
      if (element === undefined) return undefined;
      const scrolled = (): void => report(this.map.scrolled(element.scrollTop), false);
      element.addEventListener('scroll', scrolled, { passive: true });
      report(this.map.offset, false);
      return () => element.removeEventListener('scroll', scrolled);
    },
    scrollToFn: (offset) => {
      const element = this.scroller.value;
      if (element !== undefined) element.scrollTop = this.map.goTo(offset);
    },
  });

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  focusSearch(): void {
    this.querySelector<FilterBar>('afina-filter-bar')?.focusSearch();
  }

  toggleFilters(): void {
    void this.querySelector<FilterBar>('afina-filter-bar')?.toggle();
  }

  focusList(): void {
    this.scroller.value?.focus();
  }

  protected override willUpdate(): void {
    const virtualizer = this.virtualizer.getVirtualizer();
    const count = this.store.total + this.waiting;
    if (virtualizer.options.count !== count) virtualizer.setOptions({ ...virtualizer.options, count });
  }

  protected override updated(): void {
    // Sizes and positions are set as properties: the page's policy allows no style attributes.
    const element = this.scroller.value;
    const space = this.querySelector<HTMLElement>('.list-space');
    if (element === undefined || space === null) return;
    this.map.resize((this.store.total + this.waiting) * this.rowHeight, element.clientHeight);
    space.style.height = `${this.map.height}px`;
    if (this.store.reveal !== null) {
      const index = this.store.reveal;
      this.store.reveal = null;
      this.show(index, element);
    }
    for (const row of space.querySelectorAll<HTMLElement>('.row')) {
      row.style.height = `${this.rowHeight}px`;
      row.style.transform = `translateY(${Number(row.dataset.start) - this.map.shift}px)`;
    }
  }

  protected override render(): TemplateResult {
    const { store } = this;
    return html`
      <afina-filter-bar
        .store=${store}
        .tick=${this.tick}
        @to-list=${() => this.focusList()}
      ></afina-filter-bar>
      <div class="list-bar">
        ${this.statusFilter()}
        <span class="muted count-text" role="status">${this.countText()}</span>
        <span class="spacer"></span>
        ${this.tool('add', withKeys(t('Add record'), 'addRecord'), store.readOnly, () => store.add(false))}
        ${this.tool(
          'copy',
          withKeys(t('Duplicate record'), 'duplicateRecord'),
          store.readOnly || store.selected === null,
          () => store.add(true),
        )}
        ${this.tool(
          'trash',
          withKeys(t('Delete record'), 'deleteRecord'),
          store.readOnly || store.selected === null,
          () => store.delete(),
        )}
      </div>
      ${loadingBar(store)} ${conflictBar(store)}
      <div
        class="list"
        tabindex="0"
        role=${store.total === 0 ? 'group' : 'listbox'}
        aria-label=${t('Records')}
        aria-multiselectable=${store.total === 0 ? nothing : 'true'}
        aria-activedescendant=${this.current() ?? nothing}
        ${ref(this.scroller)}
        @keydown=${this.onKey}
      >
        <div class="list-space" role="presentation">
          ${this.virtualizer
            .getVirtualizer()
            .getVirtualItems()
            .map((item) => this.row(item.index, item.start))}
        </div>
        ${store.loaded && store.total === 0 && store.loading === null ? this.empty() : nothing}
      </div>
    `;
  }

  private statusFilter(): TemplateResult {
    const { store } = this;
    return html`<select
      aria-label=${t('Show only records of one status')}
      @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        store.setFilter({ status: value === '' ? null : (value as RecordStatus) });
      }}
    >
      <option value="" ?selected=${store.filter.status === null}>${t('All statuses')}</option>
      ${STATUSES.map(
        (status) =>
          html`<option value=${status} ?selected=${store.filter.status === status}>
            ${statusLabel(status)}
          </option>`,
      )}
    </select>`;
  }

  private tool(
    name: Parameters<typeof icon>[0],
    title: string,
    off: boolean,
    act: () => unknown,
  ): TemplateResult {
    return html`<button class="tool" title=${title} aria-label=${title} ?disabled=${off} @click=${act}>
      ${icon(name)}
    </button>`;
  }

  private countText(): string {
    const { store } = this;
    if (!store.loaded) return t('Loading…');
    if (store.loading !== null && !store.filtered) {
      return t('The first {0} records', integer.format(store.count));
    }
    if (store.searching !== null) {
      return t('Searching… {0} found', integer.format(store.searching.found));
    }
    if (!store.filtered) {
      return store.count === 1 ? t('1 record') : t('{0} records', integer.format(store.count));
    }
    if (store.more)
      return t('The first {0} of {1}', integer.format(store.total), integer.format(store.count));
    return t('{0} of {1}', integer.format(store.total), integer.format(store.count));
  }

  /** A row below the last one says that there are more to come. */
  private get waiting(): number {
    return this.store.loading !== null && !this.store.filtered ? 1 : 0;
  }

  /** The row that is shown in the form, when it is among those that exist. */
  private current(): string | undefined {
    const items = this.virtualizer.getVirtualizer().getVirtualItems();
    const { selected } = this.store;
    const there = selected !== null && items.some(({ index }) => this.store.rowAt(index)?.key === selected);
    return there ? `row-${selected}` : undefined;
  }

  private row(index: number, start: number): TemplateResult {
    const { store } = this;
    if (store.loading !== null && index >= store.total) return waitingRow(store.loading, start);
    const row = store.rowAt(index);
    if (row === undefined) {
      return html`<div class="row waiting" data-start=${start} role="presentation">${t('Loading…')}</div>`;
    }
    const { bulk } = store;
    const current = row.key === store.selected;
    const selected = bulk.size === 0 ? current : bulk.selection.has(row.key);
    return html`<div
      class="row ${selected ? 'selected' : ''} ${current ? 'current' : ''}"
      id="row-${row.key}"
      data-start=${start}
      role="option"
      aria-selected=${selected}
      aria-posinset=${index + 1}
      aria-setsize=${store.total}
      @mousedown=${(event: MouseEvent) => this.choose(row.key, index, event)}
    >
      <span class="row-title ${row.title === '' ? 'muted' : ''}" title=${row.title}
        >${row.title === '' ? t('No question yet') : row.title}</span
      >
      <span class="row-facts">
        ${badge(row)}
        <span class="row-id">${row.id === '' ? t('line {0}', row.index + 1) : row.id}</span>
        ${row.edited ? html`<span class="dot" role="img" title=${t('Not saved yet')} aria-label=${t('Not saved yet')}></span>` : nothing}
        ${row.topic === '' ? nothing : html`<span class="row-topic">${store.titleOf(row.topic)}</span>`}
        <span class="spacer"></span>
        ${row.conflict ? html`<span class="status conflict">${t('Conflict')}</span>` : nothing}
        ${row.broken ? html`<span class="status broken">${t('Unreadable')}</span>` : nothing}
        ${
          row.broken || row.status === ''
            ? nothing
            : html`<span class="status ${row.status}">${statusLabel(row.status)}</span>`
        }
      </span>
    </div>`;
  }

  private empty(): TemplateResult {
    const { store } = this;
    if (store.filtered) {
      return html`<div class="empty">
        <p class="muted">${t('No record matches.')}</p>
        <vscode-button appearance="secondary" @click=${() => store.setFilter(NO_FILTER)}
          >${t('Show all records')}</vscode-button
        >
      </div>`;
    }
    return html`<div class="empty">
      <p class="muted">${t('This dataset has no records yet.')}</p>
      ${
        store.readOnly
          ? nothing
          : html`<vscode-button @click=${() => store.add(false)}>${t('Add the first record')}</vscode-button>`
      }
    </div>`;
  }

  private show(index: number, element: HTMLElement): void {
    const start = index * this.rowHeight;
    const below = start + this.rowHeight - element.clientHeight;
    const { offset } = this.map;
    if (start >= offset && below <= offset) return;
    // A row far away is shown in the middle, the next one by a step.
    const far = Math.abs(start - offset) > 2 * element.clientHeight;
    const middle = start - (element.clientHeight - this.rowHeight) / 2;
    element.scrollTop = this.map.goTo(far ? middle : start < offset ? start : below);
    element.dispatchEvent(new Event('scroll'));
  }

  /** Chosen rows are added to and taken from with the space bar, while Ctrl and the arrows go from one to the next. */
  private async toggleCurrent(key: number): Promise<void> {
    this.store.bulk.toggle(key, await this.store.indexOf(key));
  }

  private choose(key: number, index: number, event: MouseEvent): void {
    const { bulk } = this.store;
    if (event.ctrlKey || event.metaKey) bulk.toggle(key, index);
    else if (event.shiftKey) void bulk.extend(index);
    else bulk.selection.clear();
    void this.store.select(key);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((this.scroller.value?.clientHeight ?? 0) / this.rowHeight) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.store.total,
      End: this.store.total,
    };
    if (event.altKey) return;
    const { store } = this;
    const control = event.ctrlKey || event.metaKey;
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      void store.step(step, event.shiftKey ? 'extend' : control ? 'keep' : 'move');
    } else if (control && event.key.toLowerCase() === 'a' && !event.shiftKey) {
      event.preventDefault();
      store.bulk.selectAll();
    } else if (event.key === ' ' && store.selected !== null) {
      event.preventDefault();
      void this.toggleCurrent(store.selected);
    } else if (event.key === 'Escape' && store.bulk.size > 0) {
      event.stopPropagation();
      store.bulk.clear();
    }
  };
}

function badge(row: RowSummary): TemplateResult | typeof nothing {
  if (row.errors === 0 && row.warnings === 0) return nothing;
  const bad = row.errors > 0;
  const count = bad ? row.errors : row.warnings;
  const title = bad
    ? count === 1
      ? t('1 error')
      : t('{0} errors', count)
    : count === 1
      ? t('1 warning')
      : t('{0} warnings', count);
  return html`<span
    class="finding-count ${bad ? 'bad' : 'warn'}"
    role="img"
    title=${title}
    aria-label=${title}
    >${icon(bad ? 'error' : 'warning')}${count > 1 ? count : nothing}</span
  >`;
}
