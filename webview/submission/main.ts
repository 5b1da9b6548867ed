import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import { submissionHostApi, submissionViewApi } from '../../src/protocol/submission';
import type { SubmissionState } from '../../src/protocol/submission';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import { problemList, stepList, summaryView } from './parts';
import './submission.css';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(submissionViewApi, submissionHostApi, {}, hostTransport);
const page = document.createElement('main');
page.id = 'page';
document.body.append(page);

let shown: SubmissionState['phase'] | undefined;

type Request = Exclude<keyof typeof submissionHostApi.methods, 'submission/load' | 'submission/openProblem'>;

/** Errors of what the panel asks for are shown by the host. */
function ask(request: Request): void {
  channel.request(request, {}).catch(ignore);
}

function ignore(error: unknown): void {
  if (!isCancelled(error)) console.error(error);
}

function show(state: SubmissionState): void {
  render(view(state), page);
  if (state.phase !== shown) focusFor(state.phase);
  shown = state.phase;
}

/** What the keyboard acts on: never on Submit by itself, so that Enter pressed too soon sends nothing. */
function focusFor(phase: SubmissionState['phase']): void {
  const wanted = phase === 'submitted' ? '#open-run' : phase === 'failed' ? '#retry' : 'h1';
  page.querySelector<HTMLElement>(wanted)?.focus();
}

function view(state: SubmissionState): TemplateResult {
  const { summary, phase } = state;
  return html`
    <header>
      <h1 tabindex="-1">${state.title}</h1>
      ${
        summary === null
          ? nothing
          : html`<p>
              <button class="link" @click=${() => ask('submission/openJob')}>${summary.jobFile}</button>
            </p>`
      }
    </header>
    ${notice(state)}
    ${
      phase !== 'ready' || state.unfinished === null
        ? nothing
        : html`<section class="banner warn" role="status">
            ${icon('warning')}
            <p>${state.unfinished}</p>
          </section>`
    }
    ${phase === 'ready' && state.problems.length > 0 ? problemList(state.problems, openProblem) : nothing}
    ${phase === 'submitting' || phase === 'failed' ? stepList(state) : nothing}
    ${
      summary === null || phase === 'submitted'
        ? nothing
        : summaryView(summary, format, () => ask('submission/openDataset'))
    }
    ${buttons(state)}
  `;
}

function openProblem(index: number): void {
  channel.request('submission/openProblem', { index }).catch(ignore);
}

/** What goes on, in one box at the top. */
function notice(state: SubmissionState): TemplateResult | typeof nothing {
  switch (state.phase) {
    case 'planning':
      return html`<div class="planning" role="status">
        <vscode-progress-ring></vscode-progress-ring>
        <span>${t('Preparing the summary. Nothing has been sent.')}</span>
      </div>`;
    case 'problems':
      return html`<section class="card" role="alert">
        <h2>${t('The job cannot be submitted as it stands')}</h2>
        ${problemList(state.problems, openProblem)}
      </section>`;
    case 'failed':
      return html`<section class="banner bad" role="alert">
        ${icon('error')}
        <div>
          <strong>${t('It did not work')}</strong>
          <p>${state.error?.message ?? ''}</p>
          ${state.error?.log == null ? nothing : html`<pre tabindex="0">${state.error.log}</pre>`}
        </div>
      </section>`;
    case 'submitted':
      return html`<section class="banner good" role="status">
        ${icon('check')}
        <div>
          <strong>${t('The job was submitted')}</strong>
          <p>${submittedText(state)}</p>
        </div>
      </section>`;
    case 'cancelled':
      return html`<p role="status">${t('Stopped. Nothing has been sent.')}</p>`;
    case 'submitting':
    case 'ready':
      return nothing;
  }
}

function submittedText({ run, summary }: SubmissionState): string {
  const follow = t('It goes on even if you close VS Code.');
  if (run?.jobId == null || summary?.cluster.local !== false) return follow;
  return `${t('Job {0} on {1}.', run.jobId, summary.cluster.name)} ${follow}`;
}

function buttons(state: SubmissionState): TemplateResult | typeof nothing {
  switch (state.phase) {
    case 'planning':
      return html`<footer>
        <span class="hint"></span>
        <vscode-button appearance="secondary" @click=${() => ask('submission/cancel')}
          >${t('Cancel')}</vscode-button
        >
      </footer>`;
    case 'ready':
      return html`<footer>
        <span class="hint muted">${t('Nothing has been sent yet. Ctrl+Enter submits, Esc goes back.')}</span>
        <vscode-button appearance="secondary" @click=${() => ask('submission/cancel')}
          >${t('Cancel')}</vscode-button
        >
        <vscode-button id="submit" @click=${() => ask('submission/confirm')}>${t('Submit')}</vscode-button>
      </footer>`;
    case 'problems':
    case 'failed':
    case 'cancelled':
      return html`<footer>
        <span class="hint muted"></span>
        <vscode-button appearance="secondary" @click=${() => ask('submission/cancel')}
          >${t('Close')}</vscode-button
        >
        <vscode-button id="retry" @click=${() => ask('submission/retry')}>${t('Try Again')}</vscode-button>
      </footer>`;
    case 'submitting':
      return html`<footer>
        <span class="hint muted">${t('You may close this tab: the submission goes on.')}</span>
        <vscode-button appearance="secondary" @click=${() => ask('submission/cancel')}
          >${t('Stop')}</vscode-button
        >
      </footer>`;
    case 'submitted':
      return html`<footer>
        <span class="hint"></span>
        <vscode-button appearance="secondary" @click=${() => ask('submission/cancel')}
          >${t('Close')}</vscode-button
        >
        <vscode-button id="open-run" @click=${() => ask('submission/openRun')}
          >${t('Open Run')}</vscode-button
        >
      </footer>`;
  }
}

window.addEventListener('keydown', (event) => {
  // Stopping what is being sent takes its button: Esc is too easily pressed for that.
  if (event.key === 'Escape' && shown !== 'submitting') ask('submission/cancel');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && shown === 'ready')
    ask('submission/confirm');
});
channel.on('submission/state', show);
channel.request('submission/load', {}).then(show, ignore);
