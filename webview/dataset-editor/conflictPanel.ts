import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { ConflictField, ConflictView } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { statusLabel } from '../shared/statusLabel';
import { roleLabel } from './labels';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

/** What both sides made of the chosen record, side by side; only the fields that differ. */
export function conflictPanel(store: EditorStore, { kind, fields }: ConflictView): TemplateResult {
  return html`<section class="conflict-panel" aria-label=${t('Conflict with the file')}>
    <p class="message warn" role="alert">${icon('warning')} <span>${reason(kind)}</span></p>
    <div class="sides">
      ${side(t('Mine'), kind === 'removedHere' ? t('Deleted') : null, t('Keep Mine'), 'keepMine', () =>
        store.conflictActions.resolve('mine'),
      )}
      ${side(
        t('In the file'),
        kind === 'removedThere' ? t('Deleted') : null,
        t('Take Theirs'),
        'takeTheirs',
        () => store.conflictActions.resolve('theirs'),
      )}
      ${kind === 'bothChanged' ? fields.map(compared) : fields.map((field) => alone(kind, field))}
    </div>
    ${
      store.conflicts > 1
        ? html`<button
            class="link-button"
            title=${withKeys(t('Next conflict'), 'nextConflict')}
            @click=${() => store.conflictActions.next(store.selected)}
          >
            ${icon('down')} ${t('Next conflict')}
          </button>`
        : nothing
    }
  </section>`;
}

function reason(kind: ConflictView['kind']): string {
  switch (kind) {
    case 'bothChanged':
      return t('Another program changed this record in the file while it had unsaved changes here.');
    case 'removedThere':
      return t('Another program removed this record from the file while it had unsaved changes here.');
    case 'removedHere':
      return t('Another program changed this record in the file after it was deleted here.');
  }
}

function side(
  title: string,
  fate: string | null,
  action: string,
  command: 'keepMine' | 'takeTheirs',
  act: () => unknown,
): TemplateResult {
  return html`<header class="side">
    <h2>${title}${fate === null ? nothing : html` <span class="muted">${fate}</span>`}</h2>
    <vscode-button appearance="secondary" title=${withKeys(action, command)} @click=${act}
      >${action}</vscode-button
    >
  </header>`;
}

function compared(field: ConflictField): TemplateResult {
  const [mine, theirs] = marked(field.mine ?? '', field.theirs ?? '');
  return html`<div class="label">${labelOf(field)}</div>
    <div class="text">${field.mine === null ? none() : mine}</div>
    <div class="text">${field.theirs === null ? none() : theirs}</div>`;
}

function alone(kind: ConflictView['kind'], field: ConflictField): TemplateResult {
  const value = shown(field, (kind === 'removedHere' ? field.theirs : field.mine) ?? '');
  const text = html`<div class="text">${value}</div>`;
  const empty = html`<div class="text gone"></div>`;
  return html`<div class="label">${labelOf(field)}</div>
    ${kind === 'removedHere' ? [empty, text] : [text, empty]}`;
}

function none(): TemplateResult {
  return html`<span class="muted">${t('Nothing')}</span>`;
}

function labelOf({ path, role }: ConflictField): string {
  if (role !== null) return roleLabel(role);
  switch (path) {
    case 'id':
      return t('Id');
    case 'meta.topic':
      return t('Topic');
    case 'meta.status':
      return t('Status');
    case 'meta.sources':
      return t('Sources');
    default:
      return t('The whole line');
  }
}

function shown({ path }: ConflictField, text: string): string {
  return path === 'meta.status' ? statusLabel(text) : text;
}

/** Both texts with what lies between their common beginning and end marked, from word to word. */
function marked(mine: string, theirs: string): [TemplateResult, TemplateResult] {
  const a = words(mine);
  const b = words(theirs);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end++;
  const part = (list: readonly string[]): TemplateResult => {
    const middle = list.slice(start, list.length - end).join('');
    return html`${list.slice(0, start).join('')}${middle === '' ? nothing : html`<mark>${middle}</mark>`}${list
      .slice(list.length - end)
      .join('')}`;
  };
  return [part(a), part(b)];
}

function words(text: string): string[] {
  return text.match(/\s+|[^\s]+/g) ?? [];
}
