import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import { runViewHostApi, runViewViewApi } from '../../src/protocol/runView';
import type { RunAction, RunSnapshot } from '../../src/protocol/runView';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import { LossChart } from './lossChart';
import './runView.css';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(runViewViewApi, runViewHostApi, {}, hostTransport);

const page = document.createElement('main');
page.id = 'page';
const top = document.createElement('div');
top.style.display = 'contents';
const chartPlace = document.createElement('div');
chartPlace.setAttribute('role', 'img');
const bottom = document.createElement('div');
const chartBox = document.createElement('section');
chartBox.className = 'chart';
const chartTitle = document.createElement('h2');
chartTitle.textContent = t('Loss');
const chartEmpty = document.createElement('p');
chartEmpty.className = 'empty muted';
chartEmpty.textContent = t('The curve appears with the first logged step.');
chartBox.append(chartTitle, chartEmpty, chartPlace);
page.append(top, chartBox, bottom);
document.body.append(page);

const chart = new LossChart(chartPlace, format);
let snapshot: RunSnapshot | undefined;
let log = '';

function show(): void {
  if (snapshot === undefined) return;
  render(head(snapshot), top);
  render(foot(snapshot), bottom);
  chartEmpty.hidden = !chart.isEmpty;
}

function act(action: RunAction): void {
  channel.request('runView/act', { action }).catch((error: unknown) => {
    if (!isCancelled(error)) console.error(error);
  });
}

function head(run: RunSnapshot): TemplateResult {
  return html`
    <header>
      <div>
        <h1>${run.title}</h1>
        <p class="under">
          <span class="pill ${run.tone}" role="status">${run.stateLabel}</span>
          <code>${run.id}</code>
        </p>
      </div>
      <div class="actions">
        ${run.actions.map(
          (action, index) =>
            html`<vscode-button
              appearance=${index === 0 && isMain(action) ? 'primary' : 'secondary'}
              ?disabled=${run.busy !== null && action !== 'log' && action !== 'job'}
              @click=${() => act(action)}
              >${actionLabel(action)}</vscode-button
            >`,
        )}
      </div>
    </header>
    ${
      run.error === null
        ? nothing
        : html`<section class="notice bad" role="alert">
            <strong>${run.error.message}</strong>
            ${run.error.hint === null ? nothing : html`<p>${run.error.hint}</p>`}
          </section>`
    }
    ${run.reason === null ? nothing : html`<section class="notice ${run.tone}" role="status">${run.reason}</section>`}
    ${run.busy === null ? nothing : working(run.busy.label, run.busy.fraction)} ${progress(run)}
    ${figures(run)}
  `;
}

function working(label: string, fraction: number | null): TemplateResult {
  return html`<section class="notice work" role="status">
    ${label}
    ${fraction === null ? nothing : html`<progress max="1" .value=${fraction} aria-label=${label}></progress>`}
  </section>`;
}

function progress({ step, maxSteps, state }: RunSnapshot): TemplateResult | typeof nothing {
  if (maxSteps === null || maxSteps === 0 || state === 'completed') return nothing;
  return html`<progress max=${maxSteps} .value=${step ?? 0} aria-label=${t('Steps')}></progress>`;
}

function figures(run: RunSnapshot): TemplateResult {
  const elapsed = seconds(run.startedAt, run.endedAt);
  const remaining = run.state === 'running' ? remainingSeconds(run) : null;
  const list: [string, string | null][] = [
    [t('step'), run.step === null ? null : of(run.step, run.maxSteps)],
    [t('epoch'), run.epoch === null ? null : epochText(run.epoch, run.epochs)],
    [t('training loss'), lossText(run)],
    [t('evaluation loss'), run.evalLoss === null ? null : format.decimal(run.evalLoss, 3)],
    [t('elapsed'), elapsed === null ? null : format.duration(elapsed)],
    [t('remaining, about'), remaining === null ? null : format.duration(remaining)],
  ];
  return html`<section class="figures">
    ${list.map(([label, value]) => (value === null ? nothing : html`<div><b>${value}</b><small>${label}</small></div>`))}
  </section>`;
}

function of(value: number, all: number | null): string {
  return all === null ? format.integer(value) : `${format.integer(value)} / ${format.integer(all)}`;
}

function epochText(epoch: number, epochs: number | null): string {
  const done = format.decimal(epoch, 1);
  return epochs === null ? done : `${done} / ${format.decimal(epochs, Number.isInteger(epochs) ? 0 : 1)}`;
}

function lossText({ loss, firstLoss }: RunSnapshot): string | null {
  if (loss === null) return null;
  const now = format.decimal(loss, 2);
  return firstLoss === null ? now : `${format.decimal(firstLoss, 2)} → ${now}`;
}

function seconds(from: string | null, to: string | null): number | null {
  if (from === null) return null;
  return Math.max(0, ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000);
}

function remainingSeconds({ step, maxSteps, secondsPerStep }: RunSnapshot): number | null {
  if (secondsPerStep === null || step === null || maxSteps === null) return null;
  return secondsPerStep * Math.max(0, maxSteps - step);
}

function isMain(action: RunAction): boolean {
  return action === 'fetch' || action === 'preview' || action === 'resume';
}

function actionLabel(action: RunAction): string {
  switch (action) {
    case 'cancel':
      return t('Cancel Run');
    case 'fetch':
      return t('Fetch Adapter');
    case 'log':
      return t('Open Log');
    case 'preview':
      return t('Use in Preview');
    case 'resume':
      return t('Resume Submission');
    case 'job':
      return t('Open Job');
  }
}

function foot(run: RunSnapshot): TemplateResult {
  return html`<div class="columns">
    <section>
      <h2>${t('Details')}</h2>
      <dl>
        ${run.details.map(
          ({ label, value }) =>
            html`<dt>${label}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
    </section>
    <section>
      <h2>${t('Log')}</h2>
      <pre id="log" tabindex="0" aria-label=${t('End of the log')}>
${log === '' ? t('The run has written nothing to its log yet.') : log}</pre>
    </section>
  </div>`;
}

/** The log scrolls along only for whoever reads its end. */
function showLog(text: string): void {
  const before = document.getElementById('log');
  const atEnd = before === null || before.scrollHeight - before.scrollTop - before.clientHeight < 40;
  log = text;
  show();
  const after = document.getElementById('log');
  if (atEnd && after !== null) after.scrollTop = after.scrollHeight;
}

channel.on('runView/snapshot', (value) => {
  snapshot = value;
  show();
});
channel.on('runView/curves', (value) => {
  chart.add(value);
  show();
});
channel.on('runView/log', ({ text }) => showLog(text));
channel.request('runView/load', {}).then(
  (loaded) => {
    snapshot = loaded.snapshot;
    chart.add(loaded.curves);
    showLog(loaded.log);
  },
  (error: unknown) => {
    if (!isCancelled(error)) console.error(error);
  },
);
// Elapsed and remaining time go on between two looks at the cluster.
setInterval(() => {
  if (snapshot?.endedAt === null) show();
}, 1000);
