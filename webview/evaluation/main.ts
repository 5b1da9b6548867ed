import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { evaluationHostApi, evaluationViewApi } from '../../src/protocol/evaluation';
import type { EvaluationView, RecordRow, RecordView, Sorting } from '../../src/protocol/evaluation';
import { makeFormat } from '../../src/protocol/format';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './evaluation.css';
import { answerersPart, recordsPart, sorted } from './parts';
import type { AnswererSort } from './parts';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(evaluationViewApi, evaluationHostApi, {}, hostTransport);
const PAGE = 50;

const page = document.createElement('main');
page.id = 'page';
document.body.append(page);

let view: EvaluationView | undefined;
let failure = '';
let answererSort: AnswererSort | undefined;
let sorting: Sorting = { metric: 'chrf', answerer: -1, descending: false };
let count = PAGE;
let records: { total: number; rows: readonly RecordRow[] } = { total: 0, rows: [] };
let open: { readonly at: number; readonly record: RecordView } | undefined;
/** What is loading is thrown away when something newer is asked for. */
let newest = 0;

async function load(): Promise<void> {
  const asked = ++newest;
  try {
    const [loaded, page, record] = await Promise.all([
      channel.request('evaluation/load', {}),
      channel.request('evaluation/records', { sorting, count }),
      open === undefined ? undefined : channel.request('evaluation/record', { at: open.at }),
    ]);
    if (asked !== newest) return;
    view = loaded;
    records = page;
    if (open !== undefined && record !== undefined) open = { at: open.at, record };
  } catch (error) {
    if (!isCancelled(error)) failure = messageOf(error);
  }
  show();
}

function ask(request: Promise<unknown>): void {
  request.catch((error: unknown) => {
    if (isCancelled(error)) return;
    failure = messageOf(error);
    show();
  });
}

function exportButton(kind: 'markdown' | 'csv' | 'json', label: string): TemplateResult {
  return html`<vscode-button
    appearance="secondary"
    ?disabled=${view === undefined || view.done === 0}
    title=${t('Export as {0}', label)}
    @click=${() => ask(channel.request('evaluation/export', { format: kind }))}
    >${label}</vscode-button
  >`;
}

function head(): TemplateResult {
  const complete = view !== undefined && view.done >= view.total;
  return html`<header>
      <h1>${view === undefined ? t('Evaluation') : t('Evaluation: {0}', view.name)}</h1>
      <div class="actions">
        <span class="muted">${t('Export:')}</span>
        ${exportButton('markdown', 'Markdown')} ${exportButton('csv', 'CSV')} ${exportButton('json', 'JSON')}
        ${
          view === undefined || view.running || complete
            ? nothing
            : html`<vscode-button @click=${() => ask(channel.request('evaluation/run', {}))}
                >${t('Continue')}</vscode-button
              >`
        }
      </div>
    </header>
    ${view === undefined ? nothing : facts(view)}`;
}

function facts(of: EvaluationView): TemplateResult {
  const parts = [
    t('{0} records', format.integer(of.records)),
    ...(of.job === null ? [] : [t('evaluation split of {0}', of.job)]),
    t('seed {0}', of.seed),
    of.temperature === 0 ? t('greedy') : t('temperature {0}', format.decimal(of.temperature, 1)),
    t('at most {0} tokens', format.integer(of.maxTokens)),
    format.time(of.createdAt),
  ];
  return html`<p class="muted facts">${parts.join(' · ')}</p>`;
}

function notes(of: EvaluationView): TemplateResult {
  const reason = failure === '' ? of.failure : failure;
  return html`
    ${
      of.running
        ? html`<div class="reading" role="status">
            <span>${t('{0} of {1} answers', format.integer(of.done), format.integer(of.total))}</span>
            <progress max=${Math.max(1, of.total)} .value=${of.done} aria-label=${t('Answers')}></progress>
            <vscode-button appearance="secondary" @click=${() => ask(channel.request('evaluation/stop', {}))}
              >${t('Stop')}</vscode-button
            >
          </div>`
        : of.done < of.total
          ? html`<p class="note">
              ${icon('info')}
              <span
                >${t('{0} of {1} answers are there. “Continue” asks for the rest; nothing is asked twice.', format.integer(of.done), format.integer(of.total))}</span
              >
            </p>`
          : nothing
    }
    ${
      of.reused !== null && of.reused > 0
        ? html`<p class="note">
            ${icon('info')}
            <span
              >${t('{0} answers were there already and were not asked again.', format.integer(of.reused))}</span
            >
          </p>`
        : nothing
    }
    ${reason === null ? nothing : html`<p class="note bad" role="alert">${icon('error')} <span>${reason}</span></p>`}
  `;
}

function sortRecords(next: Sorting): void {
  sorting = next;
  count = PAGE;
  void load();
}

async function toggle(at: number): Promise<void> {
  if (open?.at === at) open = undefined;
  else {
    try {
      open = { at, record: await channel.request('evaluation/record', { at }) };
    } catch (error) {
      if (!isCancelled(error)) failure = messageOf(error);
    }
  }
  show();
}

function show(): void {
  render(
    html`${head()}
    ${
      view === undefined
        ? failure === ''
          ? nothing
          : html`<p class="note bad" role="alert">${failure}</p>`
        : html`${notes(view)}
          ${answerersPart(view, format, answererSort, (next) => {
            answererSort = sorted(answererSort, next);
            show();
          })}
          ${recordsPart(
            { view, records, sorting, open, format },
            {
              sort: sortRecords,
              toggle: (at) => void toggle(at),
              openRecord: (at) => ask(channel.request('evaluation/open', { at })),
              more: () => {
                count = Math.min(1000, count + PAGE);
                void load();
              },
            },
          )}`
    }`,
    page,
  );
}

channel.on('evaluation/changed', () => void load());
void load();
