import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import { importHostApi, importViewApi } from '../../src/protocol/importView';
import type { ImportState } from '../../src/protocol/importView';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './import.css';
import { fieldTable, previewList, targetChoice } from './parts';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(importViewApi, importHostApi, {}, hostTransport);
const page = document.createElement('main');
page.id = 'page';
document.body.append(page);

let shown: ImportState['phase'] | undefined;

type Plain = 'import/run' | 'import/cancel' | 'import/retry' | 'import/openDataset';

/** Errors of what the panel asks for are shown by the host. */
function ask(request: Plain): void {
  channel.request(request, {}).catch(ignore);
}

function ignore(error: unknown): void {
  if (!isCancelled(error)) console.error(error);
}

function show(state: ImportState): void {
  render(view(state), page);
  if (state.phase !== shown) {
    const wanted = state.phase === 'done' ? '#open' : state.phase === 'failed' ? '#retry' : 'h1';
    if (shown !== undefined || document.activeElement === document.body)
      page.querySelector<HTMLElement>(wanted)?.focus();
  }
  shown = state.phase;
}

function view(state: ImportState): TemplateResult {
  const { phase } = state;
  const mapping = phase === 'ready' || phase === 'importing';
  return html`
    <header>
      <h1 tabindex="-1">${t('Import: {0}', state.file)}</h1>
      <p class="muted">${state.facts.join(' · ')}</p>
    </header>
    ${notice(state)}
    ${
      mapping
        ? html`<div class="columns">
            ${fieldTable(state, {
              map: (field, target) => {
                channel.request('import/map', { field, target }).catch(ignore);
              },
              status: (status) => {
                channel.request('import/options', { status }).catch(ignore);
              },
            })}
            ${previewList(state)}
          </div>`
        : nothing
    }
    ${
      mapping
        ? targetChoice(state, (options) => {
            channel.request('import/options', options).catch(ignore);
          })
        : nothing
    }
    ${buttons(state)}
  `;
}

function openLine(line: number): void {
  channel.request('import/openLine', { line }).catch(ignore);
}

/** What goes on, in one box at the top. */
function notice(state: ImportState): TemplateResult | typeof nothing {
  switch (state.phase) {
    case 'opening':
      return html`<div class="waiting" role="status">
        <vscode-progress-ring></vscode-progress-ring>
        <span>${t('Looking at the file. Nothing has been written.')}</span>
      </div>`;
    case 'failed':
      return html`<section class="banner bad" role="alert">
        ${icon('error')}
        <div>
          <strong>${t('It did not work')}</strong>
          <p>${state.error?.message ?? t('Stopped. Nothing has been written.')}</p>
          ${
            state.error?.canOpen === true
              ? html`<p><button class="link" @click=${() => openLine(0)}>${t('Show the line')}</button></p>`
              : nothing
          }
        </div>
      </section>`;
    case 'done':
      return done(state);
    case 'ready':
    case 'importing':
      return nothing;
  }
}

function done({ result, rowsHaveNoLines }: ImportState): TemplateResult | typeof nothing {
  if (result === null) return nothing;
  const { records, notes, problems } = result;
  return html`<section class="banner good" role="status">
    ${icon('check')}
    <div>
      <strong>
        ${records === 1 ? t('1 record was imported') : t('{0} records were imported', format.integer(records))}
      </strong>
      ${notes.map((note) => html`<p>${note}</p>`)}
      ${
        problems.length === 0
          ? nothing
          : html`<ul>
              ${problems.map(
                ({ line, message }) =>
                  html`<li>
                    ${
                      rowsHaveNoLines
                        ? html`${t('Row {0}', format.integer(line))}`
                        : html`<button class="link" @click=${() => openLine(line)}>
                            ${t('Line {0}', format.integer(line))}
                          </button>`
                    }:
                    ${message}
                  </li>`,
              )}
            </ul>`
      }
    </div>
  </section>`;
}

function buttons(state: ImportState): TemplateResult {
  const { phase, hint } = state;
  const cancel = (label: string): TemplateResult =>
    html`<vscode-button appearance="secondary" @click=${() => ask('import/cancel')}>${label}</vscode-button>`;
  switch (phase) {
    case 'opening':
      return html`<footer><span class="hint"></span>${cancel(t('Cancel'))}</footer>`;
    case 'ready':
      return html`<footer>
        <span class="hint ${hint === null ? 'muted' : 'warn'}" role="status"
          >${hint ?? t('Nothing has been written yet. Ctrl+Enter imports, Esc goes back.')}</span
        >
        ${cancel(t('Cancel'))}
        <vscode-button id="run" ?disabled=${hint !== null} @click=${() => ask('import/run')}
          >${t('Import')}</vscode-button
        >
      </footer>`;
    case 'importing':
      return html`<footer>
        <span class="hint">
          <span role="status">${t('Importing: {0}', format.percent(state.fraction))}</span>
          <progress max="1" .value=${state.fraction} aria-label=${t('Importing')}></progress>
        </span>
        ${cancel(t('Stop'))}
      </footer>`;
    case 'failed':
      return html`<footer>
        <span class="hint"></span>
        ${cancel(t('Close'))}
        <vscode-button id="retry" @click=${() => ask('import/retry')}>${t('Try Again')}</vscode-button>
      </footer>`;
    case 'done':
      return html`<footer>
        <span class="hint"></span>
        ${cancel(t('Close'))}
        <vscode-button id="open" @click=${() => ask('import/openDataset')}
          >${t('Open Dataset')}</vscode-button
        >
      </footer>`;
  }
}

window.addEventListener('keydown', (event) => {
  // Stopping what is being written takes its button: Esc is too easily pressed for that.
  if (event.key === 'Escape' && shown !== 'importing') ask('import/cancel');
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && shown === 'ready') ask('import/run');
});
channel.on('import/state', show);
channel.request('import/load', {}).then(show, ignore);
