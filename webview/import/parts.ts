import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import { IMPORT_TARGETS } from '../../src/protocol/importView';
import type { ImportState, ImportTarget, ImportedPreview } from '../../src/protocol/importView';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { statusLabel } from '../shared/statusLabel';

type Status = ImportState['status'];
type Options = Partial<Pick<ImportState, 'mode' | 'name'>> & { dataset?: string };

const STATUSES: readonly Status[] = ['draft', 'review', 'approved', 'rejected'];

/** Every field of the file, what is in it, and what it becomes. */
export function fieldTable(
  state: ImportState,
  on: {
    readonly map: (field: number, target: ImportTarget) => void;
    readonly status: (status: Status) => void;
  },
): TemplateResult {
  const off = state.phase !== 'ready';
  return html`<section class="mapping">
    <h2 id="mapping-title">${t('Fields')}</h2>
    <table aria-labelledby="mapping-title">
      <thead>
        <tr>
          <th scope="col">${t('In the file')}</th>
          <th scope="col">${t('Becomes')}</th>
        </tr>
      </thead>
      <tbody>
        ${state.fields.map(
          ({ name, samples, target }, at) =>
            html`<tr class=${target === 'ignore' ? 'ignored' : ''}>
              <td>
                <label class="field-name" for="field-${at}">${name}</label>
                <span class="sample muted">${samples[0] ?? t('empty')}</span>
              </td>
              <td>
                <select
                  id="field-${at}"
                  ?disabled=${off}
                  @change=${(event: Event) =>
                    on.map(at, (event.target as HTMLSelectElement).value as ImportTarget)}
                >
                  ${IMPORT_TARGETS.map(
                    (each) =>
                      html`<option value=${each} .selected=${live(each === target)}>
                        ${targetLabel(each)}
                      </option>`,
                  )}
                </select>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    <label class="status-choice">
      <span>${t('Status of records without one')}</span>
      <select
        ?disabled=${off}
        @change=${(event: Event) => on.status((event.target as HTMLSelectElement).value as Status)}
      >
        ${STATUSES.map(
          (status) =>
            html`<option value=${status} .selected=${live(status === state.status)}>
              ${statusLabel(status)}
            </option>`,
        )}
      </select>
    </label>
  </section>`;
}

function targetLabel(target: ImportTarget): string {
  switch (target) {
    case 'prompt':
      return t('Question');
    case 'answer':
      return t('Answer');
    case 'system':
      return t('System text');
    case 'conversation':
      return t('Conversation');
    case 'chosen':
      return t('Preferred answer');
    case 'rejected':
      return t('Rejected answer');
    case 'topic':
      return t('Topic');
    case 'status':
      return t('Status');
    case 'sources':
      return t('Sources');
    case 'id':
      return t('Id');
    case 'meta':
      return t('Kept as a note (meta)');
    case 'ignore':
      return t('Not imported');
  }
}

/** What the first rows become. */
export function previewList(state: ImportState): TemplateResult {
  return html`<section class="preview" aria-live="polite">
    <h2>${t('The first records')}</h2>
    ${state.preview.map((record) => previewCard(record, state.rowsHaveNoLines))}
    ${state.preview.length === 0 ? html`<p class="muted">${t('The file has no rows.')}</p>` : nothing}
  </section>`;
}

function previewCard(record: ImportedPreview, rows: boolean): TemplateResult {
  const where = rows ? t('Row {0}', record.line) : t('Line {0}', record.line);
  if (record.problem !== null) {
    return html`<article class="record broken">
      <p class="facts"><span>${where}</span></p>
      <p class="problem">${icon('warning')} <span>${t('Left out: {0}', record.problem)}</span></p>
    </article>`;
  }
  const { id, topic, status, sources, turns } = record;
  return html`<article class="record">
    <p class="facts">
      <span>${where}</span>
      ${id === '' ? nothing : html`<span class="id">${id}</span>`}
      ${topic === '' ? nothing : html`<span>${topic}</span>`}
      <span class="spacer"></span>
      ${status === null ? nothing : html`<span class="status ${status}">${statusLabel(status)}</span>`}
    </p>
    ${turns.map(
      ({ role, part, content }) =>
        html`<div class="turn ${role} ${part}">
          <span class="speaker">${speaker(role, part)}</span>
          <span class="text ${content === '' ? 'muted' : ''}">${content === '' ? t('empty') : content}</span>
        </div>`,
    )}
    ${sources.length === 0 ? nothing : html`<p class="sources muted">${t('Sources')}: ${sources.join(' · ')}</p>`}
  </article>`;
}

function speaker(role: ImportedPreview['turns'][number]['role'], part: string): string {
  if (role === 'assistant' && part === 'chosen') return t('Preferred answer');
  if (role === 'assistant' && part === 'rejected') return t('Rejected answer');
  if (role === 'system') return t('System');
  return role === 'user' ? t('User') : t('Assistant');
}

/** Where the records go. */
export function targetChoice(state: ImportState, change: (options: Options) => void): TemplateResult {
  const off = state.phase !== 'ready';
  const { mode, datasets } = state;
  return html`<fieldset class="target">
    <legend>${t('Where to')}</legend>
    <div class="choice">
      <label>
        <input
          type="radio"
          name="mode"
          ?disabled=${off}
          .checked=${live(mode === 'new')}
          @change=${() => change({ mode: 'new' })}
        />
        ${t('New dataset')}
      </label>
      <input
        class="name"
        aria-label=${t('File of the new dataset')}
        spellcheck="false"
        ?disabled=${off || mode !== 'new'}
        .value=${live(state.name)}
        @input=${(event: Event) => change({ name: (event.target as HTMLInputElement).value })}
      />
      <span class="muted">${t('in {0}', state.folder)}</span>
    </div>
    ${
      datasets.length === 0
        ? nothing
        : html`<div class="choice">
            <label>
              <input
                type="radio"
                name="mode"
                ?disabled=${off}
                .checked=${live(mode === 'append')}
                @change=${() => change({ mode: 'append' })}
              />
              ${t('Add to')}
            </label>
            <select
              aria-label=${t('Dataset that the records are added to')}
              ?disabled=${off || mode !== 'append'}
              @change=${(event: Event) => change({ dataset: (event.target as HTMLSelectElement).value })}
            >
              ${datasets.map(
                (name) =>
                  html`<option value=${name} .selected=${live(name === state.dataset)}>${name}</option>`,
              )}
            </select>
          </div>`
    }
  </fieldset>`;
}
