import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { PreviewChoices } from '../../src/protocol/datasetEditor';
import type { PreviewSetup } from '../../src/protocol/preview';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { answerCard, referenceCard } from './answerCard';
import type { PreviewedAnswer } from './previewAnswer';
import { previewSettings } from './previewSettings';
import { hasRejected, referenceOf } from './reference';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

type Model = PreviewChoices['models'][number];

/** What models answer to the record's question: beside the record's own answer, or below each other. */
@customElement('afina-preview-area')
export class PreviewArea extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { choices, selected, previews } = this.store;
    if (choices === undefined || selected === null) return nothing;
    const model = choices.models.find(({ key }) => key === choices.model);
    const answers = previews.of(selected);
    const { setting } = previews;
    const { setup } = setting;
    return html`<section class="preview" aria-labelledby="preview-label">
      <div class="preview-bar">
        <h2 class="label" id="preview-label">${t('Preview')}</h2>
        ${model === undefined ? this.noModel() : this.bar(choices, model)}
      </div>
      ${model === undefined ? nothing : this.hint(model)}
      ${setup?.open === true && model !== undefined ? previewSettings(setting, setup, choices) : nothing}
      <div class="visually-hidden" role="status">${announce(answers)}</div>
      ${setup === undefined ? nothing : this.answers(setup, answers)}
    </section>`;
  }

  private noModel(): TemplateResult {
    return html`<span class="muted"
      >${t('The preview needs a project whose afina.yaml names a model under “models”.')}</span
    >`;
  }

  private bar({ models, adapters, adapter }: PreviewChoices, model: Model): TemplateResult {
    const { store } = this;
    const { setup } = store.previews.setting;
    const chosen = (event: Event): string => (event.target as HTMLSelectElement).value;
    return html`
      <select
        aria-label=${t('Model')}
        title=${t('Model that answers')}
        @change=${(event: Event) => store.choose(chosen(event), null)}
      >
        ${models.map(
          ({ key, title }) =>
            html`<option value=${key} .selected=${live(key === model.key)}>${title}</option>`,
        )}
      </select>
      <select
        aria-label=${t('Adapter')}
        title=${adapters.length === 0 ? t('Runs whose adapter has been fetched appear here') : t('Adapter that answers beside its base')}
        @change=${(event: Event) => store.choose(model.key, chosen(event) === '' ? null : chosen(event))}
      >
        <option value="" .selected=${live(adapter === null)}>${t('Base only')}</option>
        ${adapters.map(
          ({ run, title }) => html`<option value=${run} .selected=${live(run === adapter)}>${title}</option>`,
        )}
      </select>
      <span class="spacer"></span>
      ${setup === undefined ? nothing : this.tools(setup, model)} ${this.button(model)}
    `;
  }

  private button(model: Model): TemplateResult {
    const { previews, selected } = this.store;
    if (previews.runningKey !== null && previews.runningKey === selected) {
      return html`<vscode-button
        class="stop"
        appearance="secondary"
        title=${withKeys(t('Stop'), 'stopPreview')}
        @click=${() => previews.stop()}
        >${t('Stop')}</vscode-button
      >`;
    }
    if (model.state === 'download') {
      return html`<vscode-button class="download" @click=${() => this.store.download(model.key)}
        >${t('Download Model…')}</vscode-button
      >`;
    }
    return html`<vscode-button
      class="start"
      title=${withKeys(t('Preview Answer'), 'previewAnswer')}
      ?disabled=${model.state !== 'ready'}
      @click=${() => previews.start()}
      >${t('Preview Answer')}</vscode-button
    >`;
  }

  private hint(model: Model): TemplateResult | typeof nothing {
    if (model.state === 'download') {
      return html`<p class="message info">
        ${icon('info')} <span>${t('{0} is not on this machine yet.', model.title)}</span>
      </p>`;
    }
    if (model.state === 'ready') return nothing;
    return html`<p class="message bad" role="alert">
      ${icon('error')}
      <span
        >${model.problem ?? ''}
        <button class="link-button" @click=${() => this.store.remedy('openProject')}>
          ${t('Open afina.yaml')}
        </button></span
      >
    </p>`;
  }

  private answers(setup: PreviewSetup, answers: readonly PreviewedAnswer[]): TemplateResult | typeof nothing {
    const { store } = this;
    const record = store.record?.record;
    if (answers.length === 0 || record == null) return nothing;
    const reference = referenceOf(record);
    const count = answers.length + (reference === '' ? 0 : 1);
    const { differences, layout } = setup;
    return html`<div class="answers ${layout === 'side' ? 'beside' : ''} of-${Math.min(count, 4)}">
        ${reference === '' ? nothing : referenceCard(reference)}
        ${answers.map((answer) =>
          answerCard({ store, answer, reference, differences, preference: hasRejected(record) }),
        )}
      </div>
      ${
        differences && reference !== ''
          ? html`<p class="legend muted">
              ${t('Compared with the reference:')} <ins>${t('only in the answer')}</ins>,
              <del>${t('only in the reference')}</del>
            </p>`
          : nothing
      }`;
  }

  private tools(setup: PreviewSetup, model: Model): TemplateResult {
    const { setting } = this.store.previews;
    const side = setup.layout === 'side';
    return html`<span class="tools">
      <button
        class="tool layout"
        title=${withKeys(side ? t('Show below each other') : t('Show side by side'), 'togglePreviewLayout')}
        aria-label=${t('Side by side')}
        aria-pressed=${side}
        @click=${() => this.toggleLayout()}
      >
        ${icon(side ? 'columns' : 'stack')}
      </button>
      <button
        class="tool differences"
        title=${withKeys(t('Show differences from the reference'), 'toggleDifferences')}
        aria-label=${t('Differences from the reference')}
        aria-pressed=${setup.differences}
        @click=${() => this.toggleDifferences()}
      >
        ${icon('differences')}
      </button>
      <button
        class="tool settings ${setting.differs ? 'differs' : ''}"
        title=${withKeys(t('Preview settings'), 'togglePreviewSettings')}
        aria-label=${setting.differs ? t('Preview settings, changed') : t('Preview settings')}
        aria-expanded=${setup.open}
        aria-controls="preview-settings"
        @click=${() => this.toggleSettings(false)}
      >
        ${icon('sliders')}
      </button>
      ${
        model.state === 'ready'
          ? html`<button
              class="tool show-prompt"
              title=${withKeys(t('Show Prompt'), 'showPrompt')}
              aria-label=${t('Show Prompt')}
              @click=${() => this.store.showElsewhere('editor/showPrompt')}
            >
              ${icon('text')}
            </button>`
          : nothing
      }
    </span>`;
  }

  toggleLayout(): void {
    const { setting } = this.store.previews;
    setting.change({ layout: setting.setup?.layout === 'side' ? 'stacked' : 'side' });
  }

  toggleDifferences(): void {
    const { setting } = this.store.previews;
    setting.change({ differences: setting.setup?.differences !== true });
  }

  /** By keyboard, the focus goes where one wants to be next. */
  async toggleSettings(focus: boolean): Promise<void> {
    const { setting } = this.store.previews;
    const open = setting.setup?.open !== true;
    setting.change({ open });
    if (!focus) return;
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>(open ? '.preview-settings input' : '.tool.settings')?.focus();
  }
}

/** For screen readers: the streaming text itself would be read again with every word. */
function announce(answers: readonly PreviewedAnswer[]): string {
  if (answers.length === 0) return '';
  if (answers.every(({ state }) => state === 'done')) return t('The answer is complete.');
  if (answers.some(({ state }) => state === 'stopped')) return t('stopped');
  return answers.some(({ state }) => state === 'failed') ? '' : t('The model is answering.');
}
