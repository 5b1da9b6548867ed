import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { FINDING_KINDS } from '../../src/protocol/bulk';
import type { RecordLength, RecordQuery } from '../../src/protocol/bulk';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { NO_FILTER, chipsOf, findingLabel, isFilter } from './filter';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);
const ANY_LENGTH: RecordLength = { of: 'answer', unit: 'words', min: null, max: null };

/** Search field, filters that unfold under it, and chips of those that are set. */
@customElement('afina-filter-bar')
export class FilterBar extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;
  @state() private open = false;
  @state() private rules: readonly { readonly rule: string; readonly count: number }[] = [];
  private length: RecordLength = ANY_LENGTH;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  focusSearch(): void {
    const field = this.querySelector<HTMLInputElement>('.search input');
    field?.focus();
    field?.select();
  }

  /** Unfolds the filters and goes to the first; or folds them. */
  async toggle(): Promise<void> {
    this.open = !this.open;
    await this.updateComplete;
    if (!this.open) {
      this.querySelector<HTMLElement>('.filter-toggle')?.focus();
      return;
    }
    this.querySelector<HTMLElement>('.filters select')?.focus();
    this.rules = await this.store.request('editor/findingRules', {});
  }

  protected override render(): TemplateResult {
    const { store } = this;
    const { filter } = store;
    const chips = chipsOf(filter, (id) => store.titleOf(id));
    const title = withKeys(t('Filters'), 'filterRecords');
    return html`<div role="search" aria-label=${t('Records')}>
      <div class="list-tools">
        ${this.searchField()}
        <button
          class="tool filter-toggle ${chips.length > 0 ? 'on' : ''}"
          title=${title}
          aria-label=${chips.length === 0 ? title : t('{0}, {1} set', title, chips.length)}
          aria-expanded=${this.open}
          aria-controls="filters"
          @click=${() => this.toggle()}
        >
          ${icon('filter')}
        </button>
      </div>
      ${
        store.filterProblem === ''
          ? nothing
          : html`<p class="message bad search-problem" id="search-problem" role="alert">
              ${icon('error')} <span>${store.filterProblem}</span>
            </p>`
      }
      <div id="filters" class="filters" ?hidden=${!this.open} @keydown=${this.onFilterKey}>
        ${this.open ? this.filters(filter) : nothing}
      </div>
      ${
        isFilter(filter)
          ? html`<div class="chips">
              ${chips.map(
                ({ text, off }) =>
                  html`<button
                    class="chip"
                    title=${t('Remove this filter')}
                    @click=${() => store.setFilter(off)}
                  >
                    <span>${text}</span>${icon('close')}<span class="visually-hidden"
                      >${t('Remove this filter')}</span
                    >
                  </button>`,
              )}
              <button
                class="link-button"
                title=${withKeys(t('Show all records'), 'clearFilters')}
                @click=${() => this.clear()}
              >
                ${t('Show all records')}
              </button>
              ${
                store.total > 0 && store.searching === null
                  ? html`<button
                      class="link-button"
                      title=${withKeys(t('Select all that the list shows'), 'selectAllRecords')}
                      @click=${() => store.bulk.selectAll()}
                    >
                      ${t('Select all {0}', integer.format(store.total))}
                    </button>`
                  : nothing
              }
            </div>`
          : nothing
      }
    </div>`;
  }

  private clear(): void {
    this.store.setFilter(NO_FILTER);
    this.focusSearch();
  }

  private searchField(): TemplateResult {
    const { store } = this;
    const { filter } = store;
    return html`<div class="search">
      ${icon('search')}
      <input
        type="search"
        aria-label=${t('Search records')}
        aria-invalid=${store.filterProblem === '' ? nothing : 'true'}
        aria-describedby=${store.filterProblem === '' ? nothing : 'search-problem'}
        .value=${live(filter.text)}
        placeholder=${t('Search records')}
        title=${withKeys(t('Searches text, id and topic'), 'searchRecords')}
        @input=${(event: InputEvent) => store.setFilter({ text: (event.target as HTMLInputElement).value })}
        @keydown=${this.onSearchKey}
      />
      <span class="options-of-search">
        ${this.option('Aa', t('Match case'), 'matchCase')}
        ${this.option('ã', t('Match accents'), 'matchAccents')}
        ${this.option('.*', t('Regular expression'), 'regex')}
      </span>
    </div>`;
  }

  private option(text: string, title: string, name: 'matchCase' | 'matchAccents' | 'regex'): TemplateResult {
    const on = this.store.filter[name];
    return html`<button
      class="option-toggle"
      title=${title}
      aria-label=${title}
      aria-pressed=${on}
      @click=${() => this.store.setFilter({ [name]: !on })}
    >
      ${text}
    </button>`;
  }

  private filters(filter: RecordQuery): TemplateResult {
    const { store } = this;
    const topics = store.allTopics();
    const NONE = '\u0000';
    return html`
      ${this.select(
        t('Topic'),
        [
          ['', t('All topics')],
          [NONE, t('No topic')],
          ...topics.map(({ id, title }): [string, string] => [id, title]),
        ],
        filter.topic === '' ? NONE : (filter.topic ?? ''),
        (value) => store.setFilter({ topic: value === '' ? null : value === NONE ? '' : value }),
      )}
      ${this.select(
        t('Findings'),
        [
          ['', t('With and without')],
          ...FINDING_KINDS.map((kind): [string, string] => [kind, findingLabel(kind)]),
          ...this.rules.map(({ rule, count }): [string, string] => [rule, `${rule} (${count})`]),
          ...(filter.finding === null || this.knows(filter.finding)
            ? []
            : [[filter.finding, filter.finding] as [string, string]]),
        ],
        filter.finding ?? '',
        (value) => store.setFilter({ finding: value === '' ? null : value }),
      )}
      ${this.name(t('Author'), filter.author, (author) => store.setFilter({ author }))}
      ${this.name(t('Reviewer'), filter.reviewer, (reviewer) => store.setFilter({ reviewer }))}
      ${this.lengths(filter.length ?? this.length)}
    `;
  }

  private knows(finding: string): boolean {
    return FINDING_KINDS.some((kind) => kind === finding) || this.rules.some(({ rule }) => rule === finding);
  }

  private select(
    label: string,
    options: readonly (readonly [string, string])[],
    value: string,
    choose: (value: string) => void,
  ): TemplateResult {
    return html`<label class="filter">
      <span class="label">${label}</span>
      <select @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${options.map(
          ([id, title]) => html`<option value=${id} .selected=${live(id === value)}>${title}</option>`,
        )}
      </select>
    </label>`;
  }

  private name(label: string, value: string, set: (value: string) => void): TemplateResult {
    return html`<label class="filter">
      <span class="label">${label}</span>
      <input
        .value=${live(value)}
        placeholder=${t('Part of the name')}
        @input=${(event: Event) => set((event.target as HTMLInputElement).value)}
      />
    </label>`;
  }

  private lengths(length: RecordLength): TemplateResult {
    const set = (change: Partial<RecordLength>): void => {
      this.length = { ...length, ...change };
      const { min, max } = this.length;
      this.store.setFilter({ length: min === null && max === null ? null : this.length });
      this.requestUpdate();
    };
    const bound = (label: string, value: number | null, name: 'min' | 'max'): TemplateResult =>
      html`<input
        type="number"
        min="0"
        step="1"
        aria-label=${label}
        placeholder=${name === 'min' ? t('from') : t('to')}
        .value=${live(value === null ? '' : String(value))}
        @input=${(event: Event) => {
          const number = Math.floor((event.target as HTMLInputElement).valueAsNumber);
          set({ [name]: Number.isFinite(number) && number >= 0 && number <= 1e9 ? number : null });
        }}
      />`;
    return html`<fieldset class="filter wide">
      <legend class="label">${t('Text length')}</legend>
      <div class="lengths">
        <select
          aria-label=${t('Length of what')}
          @change=${(event: Event) => set({ of: (event.target as HTMLSelectElement).value as 'answer' })}
        >
          <option value="answer" .selected=${live(length.of === 'answer')}>${t('Answer')}</option>
          <option value="record" .selected=${live(length.of === 'record')}>${t('Record')}</option>
        </select>
        ${bound(t('At least'), length.min, 'min')} ${bound(t('At most'), length.max, 'max')}
        <select
          aria-label=${t('Counted in')}
          @change=${(event: Event) => set({ unit: (event.target as HTMLSelectElement).value as 'words' })}
        >
          <option value="words" .selected=${live(length.unit === 'words')}>${t('words')}</option>
          <option value="characters" .selected=${live(length.unit === 'characters')}>
            ${t('characters')}
          </option>
        </select>
      </div>
    </fieldset>`;
  }

  private readonly onSearchKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault();
      this.dispatchEvent(new Event('to-list'));
    }
    if (event.key === 'Escape') this.store.setFilter({ text: '' });
  };

  private readonly onFilterKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    void this.toggle();
  };
}
