import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { RecordView } from '../../src/protocol/datasetEditor';
import type { ReviewCommand, ReviewShown, ReviewStep } from '../../src/protocol/review';
import { icon } from '../shared/icons';
import type { Icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import './reasonBox';
import { keysOf } from './shortcuts';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);
const dayAndTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

/** Below the form: what the record's review has come to, the verdicts with their keys, and how far the queue is. */
@customElement('afina-review-bar')
export class ReviewBar extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { store } = this;
    const { reviewing } = store;
    const view = store.record;
    const review = view?.review;
    if (view === null || review == null || store.readOnly) return nothing;
    return html`<section class="review-bar" aria-label=${t('Review')}>
      ${this.head(view, review)} ${review.disagreement ? this.disagreement(review) : nothing}
      ${
        reviewing.asking === null
          ? this.verdicts(view)
          : keyed(
              `${view.key} ${reviewing.asking}`,
              html`<afina-reason-box .store=${store} .verdict=${reviewing.asking}></afina-reason-box>`,
            )
      }
      <p class="visually-hidden" role="status">${reviewing.news}</p>
    </section>`;
  }

  private head(view: RecordView, review: ReviewShown): TemplateResult {
    const { reviewing } = this.store;
    return html`<div class="review-head">
      <div class="review-facts">${this.facts(view, review)}</div>
      <span class="spacer"></span>
      ${this.queue()}
      <button
        class="tool toggle"
        aria-pressed=${reviewing.state.blind}
        title=${t('Blind review: verdicts of others are hidden until you have given yours ({0})', keysOf('toggleBlindReview'))}
        @click=${() => reviewing.run('toggleBlindReview')}
      >
        ${icon('eyeOff')} ${t('Blind')}
      </button>
    </div>`;
  }

  private facts(view: RecordView, review: ReviewShown): TemplateResult {
    const last = review.history.at(-1);
    const counted =
      view.record?.status === 'review' && review.reviewers > 1
        ? html`<span class="muted">${t('{0} of {1} verdicts', review.verdicts, review.reviewers)}</span>`
        : nothing;
    const hidden =
      review.hidden > 0
        ? html`<span class="muted hidden-note">${icon('eyeOff')} ${t('Verdicts of others are hidden')}</span>`
        : nothing;
    const author = review.author
      ? html`<span class="message warn author-note"
          >${icon('warning')}<span
            >${t('You wrote this record: somebody else should decide too.')}</span
          ></span
        >`
      : nothing;
    if (last === undefined) {
      const none = review.hidden > 0 ? nothing : html`<span class="muted">${t('No verdict yet')}</span>`;
      return html`${none} ${counted} ${hidden} ${author}`;
    }
    return html`<details class="history">
        <summary>
          ${stepLine(last)}${review.history.length > 1 ? html` <span class="muted">${t('(history: {0})', review.history.length)}</span>` : nothing}
        </summary>
        <ol>
          ${[...review.history]
            .reverse()
            .map(
              (step) =>
                html`<li class=${step.current ? '' : 'muted'}>
                  ${stepLine(step)}${step.reason === '' ? nothing : html`<span class="reason">${step.reason}</span>`}
                </li>`,
            )}
        </ol>
      </details>
      ${last.reason === '' ? nothing : html`<span class="reason last-reason" title=${last.reason}>${last.reason}</span>`}
      ${counted} ${hidden} ${author}`;
  }

  private queue(): TemplateResult | typeof nothing {
    const { reviewing } = this.store;
    const { queue, collecting } = reviewing;
    if (collecting !== null) {
      return html`<span class="muted">${t('Collecting… {0} found', integer.format(collecting.found))}</span>`;
    }
    if (queue === null) return nothing;
    const text =
      queue.key === null
        ? queue.total === 0 && queue.kind === 'disagreements'
          ? t('No disagreements')
          : queue.total === 0
            ? t('Nothing to review')
            : t('All {0} done', integer.format(queue.total))
        : t('{0} of {1}', integer.format(queue.position), integer.format(queue.total));
    return html`<span class="queue">
      <span>${queue.kind === 'disagreements' ? html`${t('Disagreements')}: ` : nothing}${text}</span>
      <progress
        max=${Math.max(1, queue.total)}
        .value=${queue.done}
        aria-label=${t('{0} of {1} reviewed', queue.done, queue.total)}
      ></progress>
      <button
        class="tool"
        title=${t('End the review')}
        aria-label=${t('End the review')}
        @click=${() => reviewing.stop()}
      >
        ${icon('close')}
      </button>
    </span>`;
  }

  /** What people differ on, side by side, for whoever decides. */
  private disagreement({ history }: ReviewShown): TemplateResult {
    const verdicts = history.filter((step) => step.current && isVerdictStep(step) && !step.adjudication);
    return html`<div class="differ" role="group" aria-label=${t('Verdicts that differ')}>
      ${verdicts.map(
        (step) =>
          html`<article>
            <p>${stepLine(step)}</p>
            <p class=${step.reason === '' ? 'muted' : ''}>
              ${step.reason === '' ? t('No reason given') : step.reason}
            </p>
          </article>`,
      )}
      <p class="muted">${t('Your verdict decides.')}</p>
    </div>`;
  }

  private verdicts(view: RecordView): TemplateResult {
    const { reviewing } = this.store;
    const inQueue = reviewing.queue !== null;
    const draft = view.record?.status !== 'review';
    return html`<div class="review-actions" role="toolbar" aria-label=${t('Verdict')}>
      <div class="review-group">
        ${this.action('approveRecord', 'check', t('Approve'), 'good')}
        ${this.action('rejectRecord', 'close', t('Reject'), 'bad')}
        ${this.action('repairRecord', 'wrench', t('Repair'), '')}
      </div>
      <div class="review-group">
        ${draft ? this.action('submitForReview', 'up', t('Submit for review'), '') : nothing}
        ${inQueue ? this.action('previousReviewed', 'back', t('Back'), '') : nothing}
        ${inQueue ? this.action('skipRecord', 'skip', t('Skip'), '') : this.action('startReview', 'play', t('Start review'), '')}
        ${inQueue ? nothing : this.action('reviewDisagreements', 'scales', t('Disagreements'), '')}
      </div>
    </div>`;
  }

  private action(command: ReviewCommand, name: Icon, label: string, tone: string): TemplateResult {
    return html`<button class="action ${tone}" @click=${() => this.store.reviewing.run(command)}>
      ${icon(name)} <span>${label}</span> <kbd aria-hidden="true">${keysOf(command)}</kbd>
    </button>`;
  }
}

function isVerdictStep({ what }: ReviewStep): boolean {
  return what === 'approved' || what === 'rejected' || what === 'repair';
}

/** «Aprovado por Ana Silva, 3/03/2026, 10:00». */
function stepLine(step: ReviewStep): TemplateResult {
  const time = new Date(step.at);
  const when = Number.isNaN(time.getTime()) ? step.at : dayAndTime.format(time);
  const tone = step.what === 'repair' ? 'draft' : isVerdictStep(step) ? step.what : 'review';
  return html`<span class="status ${tone}">${whatLabel(step)}</span>
    <span class="muted"
      >${[step.by, when].filter((part) => part !== '').join(', ')}${step.blind ? ` · ${t('blind')}` : ''}</span
    >`;
}

function whatLabel({ what, adjudication }: ReviewStep): string {
  switch (what) {
    case 'approved':
      return adjudication ? t('Decided: approved') : t('Approved');
    case 'rejected':
      return adjudication ? t('Decided: rejected') : t('Rejected');
    case 'repair':
      return adjudication ? t('Decided: repair') : t('For repair');
    case 'submitted':
      return t('Submitted');
    case 'edited':
      return t('Edited: to be reviewed again');
    case 'merged':
      return t('Merged: to be reviewed again');
  }
}
