import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../shared/l10n';
import type { EditorStore } from './store';

interface Topic {
  readonly id: string;
  readonly title: string;
}

/** The record's topic: one of the domain's by its title, or any other as it is written. */
@customElement('afina-topic-box')
export class TopicBox extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property() value = '';
  @property({ type: Boolean }) invalid = false;
  /** What stands in the field while it has the focus. */
  @state() private draft: string | null = null;
  @state() private open = false;
  @state() private active = -1;
  /** Something was typed since the list was opened. */
  private filtering = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(): void {
    this.querySelector('.option.active')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): TemplateResult {
    const shown = this.draft ?? this.store.titleOf(this.value);
    const options = this.options();
    const list = this.open && options.length > 0;
    return html`
      <input
        role="combobox"
        aria-label=${t('Topic')}
        aria-autocomplete="list"
        aria-expanded=${list}
        aria-controls="topic-options"
        aria-activedescendant=${list && this.active >= 0 ? `topic-${this.active}` : nothing}
        aria-invalid=${this.invalid ? 'true' : nothing}
        autocomplete="off"
        ?readonly=${this.store.readOnly}
        placeholder=${t('None')}
        .value=${shown}
        @input=${this.onInput}
        @keydown=${this.onKey}
        @focus=${() => (this.draft = this.store.titleOf(this.value))}
        @mousedown=${() => this.unfold()}
        @blur=${() => {
          this.open = false;
          this.draft = null;
          void this.store.flush();
        }}
      />
      ${
        list
          ? html`<ul class="options" id="topic-options" role="listbox" aria-label=${t('Topics')}>
              ${options.map(
                ({ id, title }, index) =>
                  html`<li
                    class="option ${index === this.active ? 'active' : ''}"
                    id="topic-${index}"
                    role="option"
                    aria-selected=${id === this.value}
                    @mousedown=${(event: Event) => {
                      event.preventDefault(); // the field keeps the focus
                      this.choose(id);
                    }}
                  >
                    <span>${title}</span>${title === id ? nothing : html`<span class="muted">${id}</span>`}
                  </li>`,
              )}
            </ul>`
          : nothing
      }
    `;
  }

  /** All topics when the list has just been opened, else those that hold what is typed. */
  private options(): Topic[] {
    const topics = this.store.allTopics();
    if (!this.filtering) return topics;
    const typed = fold(this.draft ?? '');
    return topics.filter(({ id, title }) => fold(title).includes(typed) || fold(id).includes(typed));
  }

  private readonly onInput = (event: Event): void => {
    const text = (event.target as HTMLInputElement).value;
    this.draft = text;
    this.open = true;
    this.filtering = true;
    this.active = -1;
    const same = this.store
      .allTopics()
      .find(({ id, title }) => fold(title) === fold(text) || id === text.trim());
    this.store.type({ kind: 'topic', topic: same?.id ?? text.trim() });
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const options = this.options();
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        event.preventDefault();
        if (!this.open) {
          this.unfold();
          return;
        }
        const step = event.key === 'ArrowDown' ? 1 : -1;
        this.active = (this.active + step + options.length) % Math.max(1, options.length);
        return;
      }
      case 'Enter': {
        const chosen = this.open ? options[this.active] : undefined;
        if (chosen !== undefined) this.choose(chosen.id);
        else void this.store.flush();
        this.open = false;
        return;
      }
      case 'Escape':
        if (this.open) event.stopPropagation();
        this.open = false;
        return;
    }
  };

  private unfold(): void {
    if (this.store.readOnly) return;
    this.open = true;
    this.filtering = false;
    this.active = this.options().findIndex(({ id }) => id === this.value);
  }

  private choose(id: string): void {
    this.open = false;
    this.draft = this.store.titleOf(id);
    void this.store.edit({ kind: 'topic', topic: id });
  }
}

function fold(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}+/gu, '');
}
