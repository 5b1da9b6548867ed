import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { describeAnswer } from '../shared/answerState';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { shown } from './comparison';
import { isUnderWay } from './previewAnswer';
import type { AnswerRemedy, PreviewedAnswer } from './previewAnswer';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
/** What varies answers without making nonsense of them. */
const VARYING = 0.7;

export interface AnswerCardOptions {
  readonly store: EditorStore;
  readonly answer: PreviewedAnswer;
  /** The record's own answer. */
  readonly reference: string;
  readonly differences: boolean;
  /** The record has a place for a rejected answer. */
  readonly preference: boolean;
}

/** What one model answers, and what can be done with it. */
export function answerCard(options: AnswerCardOptions): TemplateResult {
  const { answer } = options;
  const name = answer.run === null ? t('Base') : t('Tuned');
  return html`<article
    class="answer ${answer.run === null ? 'base' : 'tuned'} ${answer.state}"
    aria-label="${name}: ${answer.by}"
    aria-busy=${isUnderWay(answer)}
  >
    <header>
      <strong>${name}</strong>
      <span class="by" title=${answer.by}>${answer.by}</span>
    </header>
    ${problem(options)} ${text(options)} ${notes(options)}
    <footer>
      <span class="muted facts-of-answer">${describe(answer)}</span>
      ${actions(options)}
    </footer>
  </article>`;
}

/** The record's own answer beside the model's. */
export function referenceCard(reference: string): TemplateResult {
  return html`<article class="answer reference" aria-label=${t('Reference')}>
    <header>
      <strong>${t('Reference')}</strong>
      <span class="by">${t('the record’s own answer')}</span>
    </header>
    <p class="answer-text">${reference}</p>
  </article>`;
}

function text({ answer, reference, differences, store }: AnswerCardOptions): TemplateResult | typeof nothing {
  if (answer.text === '') return isUnderWay(answer) ? html`<p class="answer-text"></p>` : nothing;
  const compared = differences && reference !== '' && !isUnderWay(answer);
  const parts = compared ? store.previews.differences.of(answer, reference) : null;
  if (parts !== null) return html`<p class="answer-text compared">${parts.map(shown)}</p>`;
  return html`<p class="answer-text">${answer.text}</p>
    ${compared ? note(t('The texts differ too much to be compared word by word.')) : nothing}`;
}

function notes({ answer, store }: AnswerCardOptions): TemplateResult {
  const done = answer.state === 'done';
  return html`${done && answer.text.trim() === '' ? note(t('The model answered nothing.')) : nothing}
  ${done && answer.stop === 'maxTokens' ? note(t('Cut off at the longest preview that the settings allow.')) : nothing}
  ${done && answer.stop === 'context' ? note(t('Cut off: the model’s context is full.')) : nothing}
  ${
    answer.fixed
      ? html`<p class="message info" role="status">
          ${icon('info')}
          <span
            >${t('With temperature 0 every seed gives the same answer.')}
            <button class="link-button vary" @click=${() => store.previews.vary(VARYING)}>
              ${t('Use temperature {0}', decimal.format(VARYING))}
            </button></span
          >
        </p>`
      : nothing
  }`;
}

function note(words: string): TemplateResult {
  return html`<p class="message info">${icon('info')} <span>${words}</span></p>`;
}

function actions({ answer, store, preference }: AnswerCardOptions): TemplateResult | typeof nothing {
  const { previews, readOnly } = store;
  if (isUnderWay(answer)) return nothing;
  const done = answer.state === 'done' && answer.text.trim() !== '';
  return html`<span class="actions">
    ${
      done && !readOnly
        ? html`<button
              class="link-button use"
              title=${withKeys(t('Take this text over as the record’s answer'), 'useAnswer')}
              @click=${() => previews.use(answer)}
            >
              ${icon('check')} ${t('Use as Answer')}
            </button>
            <button
              class="link-button reject"
              title=${withKeys(
                preference
                  ? t('Take this text over as the rejected answer')
                  : t('Make a preference record: the record’s answer is preferred, this one rejected'),
                'useAsRejected',
              )}
              @click=${() => previews.reject(answer)}
            >
              ${icon('close')} ${preference ? t('Use as Rejected') : t('Create Preference Record…')}
            </button>`
        : nothing
    }
    <button
      class="link-button again"
      title=${withKeys(t('Have it written again with the next seed'), 'regenerateAnswer')}
      @click=${() => previews.regenerate(answer)}
    >
      ${icon('again')} ${t('Regenerate')}
    </button>
  </span>`;
}

function problem({ answer, store }: AnswerCardOptions): TemplateResult | typeof nothing {
  if (answer.problem === '') return nothing;
  return html`<p class="message bad" role="alert">
    ${icon('error')}
    <span>${answer.problem} ${answer.remedies.map((each) => remedy(store, each))}</span>
  </p>`;
}

function remedy(store: EditorStore, what: AnswerRemedy): TemplateResult {
  const words: Readonly<Record<AnswerRemedy, string>> = {
    retry: t('Try Again'),
    openLog: t('Open Log'),
    openProject: t('Open afina.yaml'),
    showModels: t('Show Models'),
  };
  const act = (): unknown => (what === 'retry' ? store.previews.start() : store.remedy(what));
  return html`<button class="link-button" @click=${act}>${words[what]}</button>`;
}

/** What is going on, and how a text that is written was drawn. */
function describe(answer: PreviewedAnswer): string {
  const { origin, run, state } = answer;
  const parts = [describeAnswer(answer)];
  if (origin !== null && (state === 'writing' || state === 'done')) {
    if (origin.temperature !== 0) parts.push(t('seed {0}', origin.seed));
    if (run !== null && origin.scale !== 1) parts.push(t('strength {0}', decimal.format(origin.scale)));
  }
  return parts.filter((part) => part !== '').join(' · ');
}
