import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { PreviewChoices, PreviewRemedy } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import type { PreviewedAnswer } from './previews';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

type Model = PreviewChoices['models'][number];

const speed = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** What the model answers to the record's question, under the record's own answer: base, and tuned below it. */
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
    return html`<section class="preview" aria-labelledby="preview-label">
      <div class="preview-bar">
        <h2 class="label" id="preview-label">${t('Preview')}</h2>
        ${model === undefined ? this.noModel() : this.bar(choices, model)}
      </div>
      ${model === undefined ? nothing : this.hint(model)}
      <div class="visually-hidden" role="status">${announce(answers)}</div>
      ${answers.map((answer) => this.answer(answer))}
    </section>`;
  }

  private noModel(): TemplateResult {
    return html`<span class="muted"
      >${t('The preview needs a project whose afina.yaml names a model under “models”.')}</span
    >`;
  }

  private bar({ models, adapters, adapter }: PreviewChoices, model: Model): TemplateResult {
    const { store } = this;
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
      ${
        model.state === 'ready'
          ? html`<button
              class="link-button show-prompt"
              title=${withKeys(t('Show Prompt'), 'showPrompt')}
              @click=${() => store.showElsewhere('editor/showPrompt')}
            >
              ${t('What it receives')}
            </button>`
          : nothing
      }
      ${this.button(model)}
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

  private answer(answer: PreviewedAnswer): TemplateResult {
    const name = answer.tuned ? t('Tuned') : t('Base');
    const { previews, readOnly } = this.store;
    return html`<article
      class="answer ${answer.tuned ? 'tuned' : 'base'} ${answer.state}"
      aria-label=${name}
      aria-busy=${answer.state === 'writing' || answer.state === 'loading' || answer.state === 'reading'}
    >
      <header>
        <strong>${name}</strong>
        <span class="by">${answer.by}</span>
        <span class="muted facts-of-answer">${describe(answer)}</span>
        <span class="spacer"></span>
        ${
          answer.state === 'done' && !readOnly
            ? html`<button
                class="link-button use"
                title=${withKeys(t('Take this text over as the record’s answer'), 'useAnswer')}
                @click=${() => previews.use(answer)}
              >
                ${icon('check')} ${t('Use as Answer')}
              </button>`
            : nothing
        }
      </header>
      ${answer.problem === '' ? nothing : this.problem(answer)}
      ${answer.text === '' ? nothing : html`<p class="answer-text">${answer.text}</p>`}
      ${answer.state === 'done' && answer.text.trim() === '' ? html`<p class="message info">${t('The model answered nothing.')}</p>` : nothing}
      ${cut(answer)}
    </article>`;
  }

  private problem(answer: PreviewedAnswer): TemplateResult {
    return html`<p class="message bad" role="alert">
      ${icon('error')}
      <span>${answer.problem} ${answer.remedies.map((remedy) => this.remedy(remedy))}</span>
    </p>`;
  }

  private remedy(remedy: PreviewRemedy | 'retry'): TemplateResult {
    const words: Readonly<Record<PreviewRemedy | 'retry', string>> = {
      retry: t('Try Again'),
      openLog: t('Open Log'),
      openProject: t('Open afina.yaml'),
      showModels: t('Show Models'),
    };
    const act = (): unknown => (remedy === 'retry' ? this.store.previews.start() : this.store.remedy(remedy));
    return html`<button class="link-button" @click=${act}>${words[remedy]}</button>`;
  }
}

function cut(answer: PreviewedAnswer): TemplateResult | typeof nothing {
  if (answer.state !== 'done' || answer.stop === 'end') return nothing;
  const why =
    answer.stop === 'maxTokens'
      ? t('Cut off at the longest preview that the settings allow.')
      : t('Cut off: the model’s context is full.');
  return html`<p class="message info">${icon('info')} <span>${why}</span></p>`;
}

function describe(answer: PreviewedAnswer): string {
  switch (answer.state) {
    case 'waiting':
      return t('waiting');
    case 'loading':
      return answer.fraction > 0 && answer.fraction < 1
        ? t('loading the model, {0} %', Math.round(answer.fraction * 100))
        : t('loading the model');
    case 'reading':
      return t('reading the question');
    case 'writing':
    case 'done':
      if (answer.tokensPerSecond <= 0) return '';
      return t('{0} tokens · {1} tokens/s', answer.tokens, speed.format(answer.tokensPerSecond));
    case 'stopped':
      return t('stopped');
    case 'failed':
      return '';
  }
}

/** For screen readers: the streaming text itself would be read again with every word. */
function announce(answers: readonly PreviewedAnswer[]): string {
  if (answers.length === 0) return '';
  if (answers.every(({ state }) => state === 'done')) return t('The answer is complete.');
  if (answers.some(({ state }) => state === 'stopped')) return t('stopped');
  return answers.some(({ state }) => state === 'failed') ? '' : t('The model is answering.');
}
