import { LitElement, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { CompareSide } from '../../src/protocol/compareView';
import { t } from '../shared/l10n';

/** Asks why: a usual reason by its digit, or a text of one's own. Announces `reason` and `dismiss`. */
@customElement('afina-compare-reason')
export class CompareReason extends LitElement {
  @property() side: CompareSide = 'left';
  @state() private text = '';

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector('input')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<section class="reason-box" aria-label=${t('Reason')}>
      <label>
        <span>${question(this.side)}</span>
        <input
          maxlength="4000"
          placeholder=${t('A digit for a usual reason, or a text of your own')}
          .value=${this.text}
          @input=${(event: Event) => (this.text = (event.target as HTMLInputElement).value)}
          @keydown=${this.onKey}
        />
      </label>
      <ul aria-label=${t('Usual reasons')}>
        ${reasons(this.side).map(
          (reason, index) =>
            html`<li>
              <button class="action" @click=${() => this.give(reason)}>
                <kbd aria-hidden="true">${index + 1}</kbd> ${reason}
              </button>
            </li>`,
        )}
      </ul>
      <div class="row">
        <button class="action" @click=${() => this.give(this.text)}>
          ${t('Confirm')} <kbd aria-hidden="true">Enter</kbd>
        </button>
        <button class="action" @click=${() => this.dispatchEvent(new Event('dismiss'))}>
          ${t('Cancel')} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </section>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^[1-9]$/.test(event.key) && this.text === '' ? Number(event.key) : 0;
    const chosen = reasons(this.side)[digit - 1];
    if (chosen !== undefined) this.give(chosen);
    else if (event.key === 'Enter') this.give(this.text);
    else if (event.key === 'Escape') this.dispatchEvent(new Event('dismiss'));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private give(reason: string): void {
    this.dispatchEvent(new CustomEvent('reason', { detail: reason.trim() }));
  }
}

function question(side: CompareSide): string {
  switch (side) {
    case 'left':
      return t('Why is the left one better?');
    case 'right':
      return t('Why is the right one better?');
    case 'tie':
      return t('Why is neither better?');
    case 'bad':
      return t('Why are both bad?');
  }
}

function reasons(side: CompareSide): readonly string[] {
  switch (side) {
    case 'left':
    case 'right':
      return [
        t('Legally more accurate'),
        t('More complete'),
        t('Better sources'),
        t('Clearer language'),
        t('Nothing superfluous'),
      ];
    case 'tie':
      return [t('Both say the same'), t('Each has its strengths')];
    case 'bad':
      return [
        t('Legally wrong'),
        t('Source missing or wrong'),
        t('Answer incomplete'),
        t('Beside the question'),
        t('Language or spelling'),
      ];
  }
}
