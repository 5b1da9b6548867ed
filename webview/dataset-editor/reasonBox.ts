import { LitElement, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { t } from '../shared/l10n';
import type { EditorStore } from './store';

/** Asks in the page why a record is rejected or sent back: a usual reason by its digit, or a text of one's own. */
@customElement('afina-reason-box')
export class ReasonBox extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property() verdict: 'rejected' | 'repair' = 'rejected';
  @state() private text = '';
  /** Reason that is chosen with the arrows; -1: the text is. */
  @state() private active = -1;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus();
  }

  protected override render(): TemplateResult {
    const reasons = this.reasons();
    const question = this.verdict === 'rejected' ? t('Why is it rejected?') : t('What has to be repaired?');
    return html`<div class="reason-box">
      <label class="reason-field">
        <span class="label">${question}</span>
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls="reasons"
          aria-autocomplete="none"
          aria-activedescendant=${this.active < 0 ? '' : `reason-${this.active}`}
          maxlength="4000"
          placeholder=${t('A digit for a usual reason, or a text of your own')}
          .value=${this.text}
          @input=${(event: Event) => {
            this.text = (event.target as HTMLInputElement).value;
            this.active = -1;
          }}
          @keydown=${this.onKey}
        />
      </label>
      <ul id="reasons" role="listbox" aria-label=${t('Usual reasons')}>
        ${reasons.map(
          (reason, index) =>
            html`<li
              id="reason-${index}"
              class=${index === this.active ? 'active' : ''}
              role="option"
              aria-selected=${index === this.active}
              @click=${() => this.give(reason)}
            >
              <kbd aria-hidden="true">${index + 1}</kbd> ${reason}
            </li>`,
        )}
      </ul>
      <div class="reason-keys">
        <button class="action" @click=${() => this.confirm()}>
          ${t('Confirm')} <kbd aria-hidden="true">Enter</kbd>
        </button>
        <button class="action" @click=${() => this.store.reviewing.dismiss()}>
          ${t('Cancel')} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </div>`;
  }

  private reasons(): readonly string[] {
    const own = this.store.reviewing.state.reasons;
    return own.length > 0 ? own : usualReasons();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const reasons = this.reasons();
    const digit = /^[1-9]$/.test(event.key) && this.text === '' ? Number(event.key) : 0;
    const chosen = reasons[digit - 1];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (chosen !== undefined) void this.give(chosen);
    else if (step !== undefined) {
      const places = reasons.length + 1;
      this.active = ((this.active + 1 + step + places) % places) - 1;
    } else if (event.key === 'Enter') void this.confirm();
    else if (event.key === 'Escape') this.store.reviewing.dismiss();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private confirm(): Promise<void> {
    const reason = this.reasons()[this.active] ?? this.text.trim();
    if (reason !== '') return this.give(reason);
    this.querySelector('input')?.focus();
    return Promise.resolve();
  }

  private give(reason: string): Promise<void> {
    return this.store.reviewing.judge(this.verdict, reason);
  }
}

function usualReasons(): readonly string[] {
  return [
    t('Legally wrong'),
    t('Source missing or wrong'),
    t('Answer incomplete'),
    t('Question unclear'),
    t('Language or spelling'),
    t('Same as another record'),
  ];
}
