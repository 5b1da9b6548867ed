import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import type { EditorStore } from './store';
import { withKeys } from './shortcuts';

const integer = new Intl.NumberFormat(language);

/** What can be done with the rows chosen together, above the form; and what came of it. */
@customElement('afina-bulk-bar')
export class BulkBar extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { bulk } = this.store;
    return html`
      ${bulk.many || bulk.running !== null ? this.bar() : nothing}
      ${
        bulk.problem === ''
          ? nothing
          : html`<p class="message bad bulk-note" role="alert">
              ${icon('error')} <span>${bulk.problem}</span>
            </p>`
      }
      <p class="message bulk-note ${bulk.outcome === '' ? 'visually-hidden' : ''}" role="status">
        ${bulk.outcome === '' ? nothing : icon('check')}
        <span>${bulk.outcome === '' ? this.selected() : bulk.outcome}</span>
      </p>
    `;
  }

  private selected(): string {
    const { bulk } = this.store;
    return bulk.many ? t('{0} records selected', integer.format(bulk.size)) : '';
  }

  private bar(): TemplateResult {
    const { store } = this;
    const { bulk } = store;
    return html`<section class="bulk-bar" aria-label=${t('Selected records')}>
      <div class="bulk-actions">
        <strong>${this.selected()}</strong>
        ${bulk.running !== null ? this.progress() : store.readOnly ? nothing : this.actions()}
      </div>
      <button
        class="tool"
        title=${t('Clear the selection (Esc in the list)')}
        aria-label=${t('Clear the selection')}
        @click=${() => bulk.clear()}
      >
        ${icon('close')}
      </button>
    </section>`;
  }

  private actions(): TemplateResult {
    const { bulk } = this.store;
    const button = (text: string, title: string, act: () => unknown): TemplateResult =>
      html`<button class="flat-button" title=${title} @click=${act}>${text}</button>`;
    return html`
      ${button(t('Status…'), withKeys(t('Set the status'), 'approved'), () => bulk.run({ kind: 'status', status: null }))}
      ${button(t('Topic…'), withKeys(t('Set the topic'), 'setTopicOfRecords'), () => bulk.run({ kind: 'topic' }))}
      ${button(t('Sources…'), withKeys(t('Set the sources'), 'setSourcesOfRecords'), () => bulk.run({ kind: 'sources' }))}
      ${button(t('Replace…'), withKeys(t('Find and replace text'), 'replaceText'), () => this.store.openReplace('target'))}
      ${button(t('Move…'), withKeys(t('Move to another dataset'), 'moveRecords'), () => bulk.run({ kind: 'move' }))}
      ${button(t('Delete…'), withKeys(t('Delete the records'), 'deleteRecord'), () => bulk.run({ kind: 'delete' }))}
    `;
  }

  private progress(): TemplateResult {
    const { bulk } = this.store;
    const { done, total } = bulk.running ?? { done: 0, total: 0 };
    return html`
      <progress aria-label=${t('Progress')} max="1" .value=${total === 0 ? 0 : done / total}></progress>
      <button class="flat-button" @click=${() => bulk.cancel()}>${t('Cancel')}</button>
    `;
  }
}
