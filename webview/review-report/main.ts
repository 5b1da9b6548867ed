import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import { reviewReportHostApi, reviewReportViewApi } from '../../src/protocol/reviewReport';
import type { ReportView } from '../../src/protocol/reviewReport';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import { agreementPart, disagreementsPart, peoplePart, progressPart, reasonsPart } from './parts';
import './reviewReport.css';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(reviewReportViewApi, reviewReportHostApi, {}, hostTransport);

const page = document.createElement('main');
page.id = 'page';
document.body.append(page);

let view: ReportView | undefined;
let failure = '';
let reading: { share: number; stop: AbortController } | undefined;

async function load(): Promise<void> {
  if (reading !== undefined) return;
  const stop = new AbortController();
  reading = { share: 0, stop };
  failure = '';
  show();
  try {
    view = await channel.request(
      'report/load',
      {},
      {
        signal: stop.signal,
        progress: ({ share }) => {
          reading = { share, stop };
          show();
        },
      },
    );
  } catch (error) {
    failure = isCancelled(error) ? t('Stopped: the report is not complete.') : messageOf(error);
  }
  reading = undefined;
  show();
}

function ask(request: Promise<unknown>): void {
  request.catch((error: unknown) => {
    if (isCancelled(error)) return;
    failure = messageOf(error);
    show();
  });
}

function head(): TemplateResult {
  return html`<header>
    <h1>${view === undefined ? t('Review report') : t('Review report: {0}', view.name)}</h1>
    <div class="actions">
      <vscode-button appearance="secondary" ?disabled=${reading !== undefined} @click=${() => void load()}
        >${t('Read again')}</vscode-button
      >
      <vscode-button ?disabled=${view === undefined} @click=${() => ask(channel.request('report/export', {}))}
        >${t('Export as Markdown')}</vscode-button
      >
    </div>
  </header>`;
}

function notes(): TemplateResult {
  return html`
    ${
      reading === undefined
        ? nothing
        : html`<div class="reading" role="status">
            <span>${t('Reading the dataset: {0}', format.percent(reading.share))}</span>
            <progress max="1" .value=${reading.share} aria-label=${t('Reading the dataset')}></progress>
            <vscode-button appearance="secondary" @click=${() => reading?.stop.abort()}
              >${t('Stop')}</vscode-button
            >
          </div>`
    }
    ${failure === '' ? nothing : html`<p class="note bad" role="alert">${icon('error')} <span>${failure}</span></p>`}
    ${
      view?.unsaved === true
        ? html`<p class="note">
            ${icon('info')} <span>${t('The dataset has unsaved edits, which are not counted here.')}</span>
          </p>`
        : nothing
    }
  `;
}

function body({ report, topics }: ReportView): TemplateResult {
  const titles = new Map(topics.map(({ id, title }) => [id, title]));
  return html`
    ${progressPart(report, (topic) => titles.get(topic) ?? topic, format)} ${peoplePart(report, format)}
    ${agreementPart(report, format)}
    ${disagreementsPart(report, format, (line, id) => ask(channel.request('report/open', { line, id })))}
    ${reasonsPart(report, format)}
  `;
}

function show(): void {
  render(html`${head()} ${notes()} ${view === undefined ? nothing : body(view)}`, page);
  // The page's policy allows no style attributes.
  for (const bar of page.querySelectorAll<HTMLElement>('[data-share]')) {
    bar.style.flexGrow = bar.dataset.share ?? '0';
  }
  for (const mark of page.querySelectorAll<HTMLElement>('[data-left]')) {
    mark.style.left = `${mark.dataset.left ?? '0'}%`;
    mark.style.width = `${mark.dataset.width ?? '0'}%`;
  }
}

void load();
