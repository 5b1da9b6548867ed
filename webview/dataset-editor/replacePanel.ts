import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { RecordTarget, TextHit, TextHits, TextPattern } from '../../src/protocol/bulk';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

/** Where it looks: one turn, the record, the chosen rows, all that the list shows. */
export type ReplaceScope = 'turn' | 'record' | 'target' | 'shown';

const integer = new Intl.NumberFormat(language);
/** Milliseconds without typing before it looks. */
const PAUSE = 250;

/** Find and replace: in one turn, in the record, or in all records that the list shows; with what comes of it. */
@customElement('afina-replace-panel')
export class ReplacePanel extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;
  @state() private find: TextPattern = { text: '', regex: false, matchCase: true, matchAccents: true };
  @state() private replacement = '';
  @state() private result: TextHits | undefined;
  @state() private problem = '';
  @state() private looking = false;
  private asked = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller: AbortController | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Puts the cursor into the search field; text that is chosen in a turn is looked for. */
  async focusFind(chosen: string): Promise<void> {
    if (chosen !== '' && !chosen.includes('\n')) this.find = { ...this.find, text: chosen };
    await this.updateComplete;
    const field = this.querySelector<HTMLInputElement>('.find');
    field?.focus();
    field?.select();
  }

  protected override updated(): void {
    const signature = this.store.replacing === null ? '' : this.signature();
    if (signature === this.asked) return;
    this.asked = signature;
    clearTimeout(this.timer);
    this.controller?.abort();
    if (signature !== '') this.timer = setTimeout(() => void this.look(), PAUSE);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { store, result } = this;
    if (store.replacing === null) return nothing;
    const off = store.readOnly || store.bulk.running !== null || result === undefined || result.count === 0;
    return html`<section class="replace" aria-label=${t('Find and replace')} @keydown=${this.onKey}>
      <div class="replace-fields">
        <div class="search">
          <input
            class="find"
            aria-label=${t('Find')}
            placeholder=${t('Find')}
            title=${withKeys(t('Find and replace'), 'replaceText')}
            aria-invalid=${this.problem === '' ? nothing : 'true'}
            aria-describedby=${this.problem === '' ? nothing : 'replace-problem'}
            .value=${live(this.find.text)}
            @input=${(event: Event) => this.set({ text: (event.target as HTMLInputElement).value })}
          />
          <span class="options-of-search">
            ${this.option('Aa', t('Match case'), 'matchCase')}
            ${this.option('ã', t('Match accents'), 'matchAccents')}
            ${this.option('.*', t('Regular expression'), 'regex')}
          </span>
        </div>
        <input
          aria-label=${t('Replace with')}
          placeholder=${t('Replace with')}
          title=${this.find.regex ? t('$1, $2 … stand for what the parentheses found') : nothing}
          ?readonly=${store.readOnly}
          .value=${live(this.replacement)}
          @input=${(event: Event) => (this.replacement = (event.target as HTMLInputElement).value)}
        />
        ${this.scope()}
        <button
          class="tool"
          title=${t('Close (Esc)')}
          aria-label=${t('Close find and replace')}
          @click=${() => this.close()}
        >
          ${icon('close')}
        </button>
      </div>
      ${
        this.problem === ''
          ? nothing
          : html`<p class="message bad" id="replace-problem" role="alert">
              ${icon('error')} <span>${this.problem}</span>
            </p>`
      }
      <div class="replace-result">
        <span class="muted" role="status">${this.countText()}</span>
        <span class="spacer"></span>
        <button class="flat-button replace-all" ?disabled=${off} @click=${() => this.replaceAll()}>
          ${result === undefined || result.count === 0 ? t('Replace All') : t('Replace All {0}', integer.format(result.count))}
        </button>
      </div>
      ${result === undefined || result.hits.length === 0 ? nothing : this.hits(result)}
    </section>`;
  }

  private option(text: string, title: string, name: 'matchCase' | 'matchAccents' | 'regex'): TemplateResult {
    return html`<button
      class="option-toggle"
      title=${title}
      aria-label=${title}
      aria-pressed=${this.find[name]}
      @click=${() => this.set({ [name]: !this.find[name] })}
    >
      ${text}
    </button>`;
  }

  private scope(): TemplateResult {
    const { store } = this;
    const { bulk } = store;
    const scopes: [ReplaceScope, string][] = [
      ['turn', t('In turn {0}', store.turn + 1)],
      ['record', t('In this record')],
      ...(bulk.many
        ? [['target', t('In {0} selected records', integer.format(bulk.size))] as [ReplaceScope, string]]
        : []),
      [
        'shown',
        store.filtered
          ? t('In all {0} records shown', integer.format(store.total))
          : t('In all {0} records', integer.format(store.total)),
      ],
    ];
    return html`<select
      class="scope"
      aria-label=${t('Where to look')}
      @change=${(event: Event) => store.openReplace((event.target as HTMLSelectElement).value as ReplaceScope)}
    >
      ${scopes.map(
        ([id, title]) =>
          html`<option value=${id} .selected=${live(id === this.effective())}>${title}</option>`,
      )}
    </select>`;
  }

  private hits({ hits, count }: TextHits): TemplateResult {
    return html`<ul class="hits" aria-label=${t('Places found')}>
      ${hits.map(
        (hit) =>
          html`<li>
            <button class="hit" @click=${() => this.show(hit)}>
              <span class="hit-where">${t('{0}, turn {1}', hit.id, hit.turn + 1)}</span>
              <span class="hit-text"
                >${hit.left}<del>${hit.found}</del>${
                  this.store.readOnly ? nothing : html`<ins>${hit.replaced}</ins>`
                }${hit.right}</span
              >
            </button>
          </li>`,
      )}
      ${
        count > hits.length
          ? html`<li class="muted hits-more">${t('… and {0} more', integer.format(count - hits.length))}</li>`
          : nothing
      }
    </ul>`;
  }

  private countText(): string {
    if (this.find.text === '') return '';
    if (this.looking) return t('Searching…');
    const { result } = this;
    if (result === undefined) return '';
    if (result.count === 0) return t('Nothing found');
    return t('{0} places in {1} records', integer.format(result.count), integer.format(result.records));
  }

  /** Rows that were chosen may not be chosen any more. */
  private effective(): ReplaceScope {
    const scope = this.store.replacing ?? 'record';
    return scope === 'target' && !this.store.bulk.many ? 'record' : scope;
  }

  private target(): RecordTarget {
    const { store } = this;
    switch (this.effective()) {
      case 'shown':
        return { kind: 'shown', except: [] };
      case 'target':
        return store.bulk.target();
      default:
        return { kind: 'keys', keys: store.selected === null ? [] : [store.selected] };
    }
  }

  private turn(): number | null {
    return this.effective() === 'turn' ? this.store.turn : null;
  }

  private signature(): string {
    const { store } = this;
    const scope = this.effective();
    const about = scope === 'shown' ? store.filter : scope === 'target' ? store.bulk.size : store.selected;
    return JSON.stringify([
      this.find,
      this.replacement,
      scope,
      about,
      this.turn(),
      store.revision,
      store.total,
    ]);
  }

  private set(change: Partial<TextPattern>): void {
    this.find = { ...this.find, ...change };
  }

  private async look(): Promise<void> {
    const { find, replacement } = this;
    if (find.text === '') {
      this.result = undefined;
      this.problem = '';
      return;
    }
    const controller = new AbortController();
    this.controller = controller;
    this.looking = true;
    try {
      await this.store.flush();
      this.result = await this.store.request(
        'editor/hits',
        { target: this.target(), find, replacement, turn: this.turn() },
        { signal: controller.signal },
      );
      this.problem = '';
    } catch (error) {
      if (isCancelled(error)) return;
      this.result = undefined;
      this.problem = messageOf(error);
    } finally {
      if (this.controller === controller) this.looking = false;
    }
  }

  private async replaceAll(): Promise<void> {
    const { find, replacement } = this;
    await this.store.bulk.run({ kind: 'replace', find, replacement, turn: this.turn() }, this.target());
  }

  private async show({ key, turn, start, end }: TextHit): Promise<void> {
    await this.store.select(key);
    this.store.dispatchEvent(new CustomEvent('place', { detail: { turn, start, end } }));
  }

  private close(): void {
    this.store.replacing = null;
    this.store.changed();
    this.store.dispatchEvent(new Event('closed'));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.close();
  };
}
