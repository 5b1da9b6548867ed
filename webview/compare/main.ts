import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { Channel } from '../../src/protocol/channel';
import { compareHostApi, compareViewApi } from '../../src/protocol/compareView';
import type {
  CompareCommand,
  CompareResultsView,
  CompareSide,
  CompareState,
} from '../../src/protocol/compareView';
import { isCancelled } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './compare.css';
import { COMPARE_KEYS } from './keys';
import './reasonBox';
import { resultsView } from './results';

registerToolkit();
const format = makeFormat(language);
const mac = navigator.userAgent.includes('Macintosh');
const channel = new Channel(compareViewApi, compareHostApi, {}, hostTransport);
const page = document.createElement('main');
page.id = 'page';
page.tabIndex = -1;
document.body.append(page);

let state: CompareState | undefined;
let results: CompareResultsView | undefined;
/** The reference is one more answer to lean on: hidden until it is asked for. */
let reference = false;
/** The verdict that waits for its reason. */
let asking: CompareSide | undefined;
/** Said to screen readers: what was done last. */
let news = '';

/** Errors of what the page asks for are shown by the host. */
function ignore(error: unknown): void {
  if (!isCancelled(error)) console.error(error);
}

async function vote(side: CompareSide, reason: string): Promise<void> {
  const item = state?.item;
  if (item?.answers == null) return;
  await stopAsking();
  await channel.request('compare/vote', { key: item.key, side, reason });
  news = said(side);
  results = undefined;
  show();
}

/** The box is there once the host's keys are off: else a digit would be a reason and the next record's verdict. */
async function ask(side: CompareSide): Promise<void> {
  if (state?.item?.answers == null || asking !== undefined) return;
  await channel.request('compare/asking', { on: true });
  asking = side;
  show();
}

async function stopAsking(): Promise<void> {
  if (asking === undefined) return;
  asking = undefined;
  show();
  page.focus();
  await channel.request('compare/asking', { on: false });
}

async function showResults(): Promise<void> {
  results = (await channel.request('compare/results', {})) ?? undefined;
  show();
  page.querySelector('.results')?.scrollIntoView({ block: 'nearest' });
}

async function act(command: CompareCommand): Promise<void> {
  switch (command) {
    case 'compareLeft':
      return asking === undefined ? vote('left', '') : undefined;
    case 'compareRight':
      return asking === undefined ? vote('right', '') : undefined;
    case 'compareTie':
      return asking === undefined ? vote('tie', '') : undefined;
    case 'compareBothBad':
      return asking === undefined ? vote('bad', '') : undefined;
    case 'compareLeftReason':
      return ask('left');
    case 'compareRightReason':
      return ask('right');
    case 'compareTieReason':
      return ask('tie');
    case 'compareBothBadReason':
      return ask('bad');
    case 'compareUndo': {
      await stopAsking();
      await channel.request('compare/undo', {});
      news = t('The last verdict was taken back.');
      results = undefined;
      show();
      return;
    }
    case 'compareReference':
      reference = !reference;
      show();
      return;
    case 'compareResults':
      return showResults();
    case 'compareExport':
      await channel.request('compare/export', {});
  }
}

function run(command: CompareCommand): void {
  act(command).catch(ignore);
}

function said(side: CompareSide): string {
  switch (side) {
    case 'left':
      return t('The left one was better.');
    case 'right':
      return t('The right one was better.');
    case 'tie':
      return t('A tie.');
    case 'bad':
      return t('Both were bad.');
  }
}

function show(): void {
  if (state === undefined) return;
  const { dataset, judge, total, judged, item } = state;
  const position = Math.min(judged + 1, total);
  render(
    html`
      <header>
        <h1>${t('Blind comparison: {0}', dataset)}</h1>
        <span class="where" role="status">
          ${item === null ? t('All {0} judged', format.integer(total)) : t('{0} of {1}', format.integer(position), format.integer(total))}
          · ${judge}
          <span class="visually-hidden">${news}</span>
        </span>
        <progress
          max=${Math.max(1, total)}
          .value=${judged}
          aria-label=${t('{0} of {1} judged', judged, total)}
        ></progress>
      </header>
      ${failureView(state)} ${item === null ? doneView() : itemView(state, item)}
      ${results === undefined ? nothing : resultsView(results, format)}
      <footer>
        ${item === null ? nothing : verdictBar()}
        <div class="row">
          ${button('compareUndo', t('Take back'), !state.canUndo)}
          ${item?.reference == null ? nothing : button('compareReference', reference ? t('Hide reference') : t('Show reference'), false)}
          ${button('compareResults', t('Results'), judged === 0)}
          ${button('compareExport', t('Export…'), judged === 0)}
          <span class="muted"
            >${item === null ? nothing : t('With Shift, a verdict asks for its reason.')}</span
          >
        </div>
      </footer>
    `,
    page,
  );
}

function itemView(
  { answers: made }: CompareState,
  { key, prompt, reference: known, answers }: NonNullable<CompareState['item']>,
): TemplateResult {
  return keyed(
    key,
    html`<section class="prompt" aria-label=${t('Question')}>
        ${prompt.map(
          ({ role, content }) =>
            html`<div class="turn ${role}">
              ${prompt.length === 1 ? nothing : html`<span class="label">${roleLabel(role)}</span>`}
              <div class="text">${content}</div>
            </div>`,
        )}
      </section>
      ${
        reference && known !== null
          ? html`<section class="reference" aria-label=${t('Reference')}>
              <span class="label">${t('Reference')}</span>
              <div class="text">${known}</div>
            </section>`
          : nothing
      }
      ${
        answers === null
          ? html`<div class="waiting" role="status">
              <vscode-progress-ring></vscode-progress-ring>
              <span
                >${t('The answers are being made: {0} of {1} are there.', format.integer(made.made), format.integer(made.total))}</span
              >
            </div>`
          : html`<div class="answers">
              ${answerView('left', t('Left'), answers.left)} ${answerView('right', t('Right'), answers.right)}
            </div>`
      }`,
  ) as TemplateResult;
}

function answerView(
  side: 'left' | 'right',
  label: string,
  { text, cut }: { text: string; cut: boolean },
): TemplateResult {
  // White space counts in the text: nothing but it stands between its tags.
  const shown = text.trim() === '' ? html`<span class="muted">${t('(empty answer)')}</span>` : text.trim();
  return html`<article class="answer ${side}" tabindex="0" aria-label=${t('Answer, {0}', label)}>
    <span class="label">${label}</span>
    <div class="text">${shown}</div>
    ${cut ? html`<p class="muted">${t('Cut off at the longest length allowed.')}</p>` : nothing}
  </article>`;
}

function roleLabel(role: 'system' | 'user' | 'assistant'): string {
  if (role === 'system') return t('System');
  return role === 'user' ? t('User') : t('Assistant');
}

function verdictBar(): TemplateResult {
  if (asking !== undefined) {
    return html`<afina-compare-reason
      .side=${asking}
      @reason=${(event: CustomEvent<string>) => void vote(asking ?? 'left', event.detail).catch(ignore)}
      @dismiss=${() => void stopAsking().catch(ignore)}
    ></afina-compare-reason>`;
  }
  const off = state?.item?.answers == null;
  return html`<div class="verdicts" role="toolbar" aria-label=${t('Verdict')}>
    ${button('compareLeft', t('Left is better'), off)} ${button('compareRight', t('Right is better'), off)}
    ${button('compareTie', t('Tie'), off)} ${button('compareBothBad', t('Both bad'), off)}
  </div>`;
}

function button(command: CompareCommand, label: string, off: boolean): TemplateResult {
  return html`<button class="action" id=${command} ?disabled=${off} @click=${() => run(command)}>
    <span>${label}</span> <kbd aria-hidden="true">${COMPARE_KEYS[command][mac ? 1 : 0]}</kbd>
  </button>`;
}

function doneView(): TemplateResult {
  return html`<section class="banner good" role="status">
    ${icon('check')}
    <div>
      <strong>${t('All records are judged')}</strong>
      <p>
        ${t('Export the verdicts to learn from them, or let others judge the same records: each has a file of their own.')}
      </p>
    </div>
  </section>`;
}

function failureView({ failure }: CompareState): TemplateResult | typeof nothing {
  if (failure === null) return nothing;
  return html`<section class="banner bad" role="alert">
    ${icon('error')}
    <div>
      <strong>${t('No more answers are being made')}</strong>
      <p>${failure}</p>
      <p>
        <button class="link" @click=${() => void channel.request('compare/retry', {}).catch(ignore)}>
          ${t('Try Again')}
        </button>
      </p>
    </div>
  </section>`;
}

function follow(next: CompareState): void {
  const moved = next.item?.key !== state?.item?.key;
  const finished = next.item === null && state?.item !== null;
  state = next;
  if (moved && results !== undefined && !finished) results = undefined;
  show();
  if (moved && asking === undefined) {
    page.focus();
    window.scrollTo(0, 0);
  }
  // At the end there is nothing left to be biased.
  if (finished && next.judged > 0) showResults().catch(ignore);
}

channel.on('compare/run', ({ command }) => run(command));
channel.on('compare/state', follow);
channel.request('compare/load', {}).then(follow, ignore);
