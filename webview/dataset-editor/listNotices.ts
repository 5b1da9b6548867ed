import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { LoadingState } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });

/** While the file is being read: how far, and a way to stop; after that, what there is and a way to go on. */
export function loadingBar(store: EditorStore): TemplateResult | typeof nothing {
  const { loading } = store;
  if (loading === null) return nothing;
  if (loading.stopped) {
    return html`<div class="notice" role="status">
      ${icon('warning')}
      <span
        >${loading.problem ?? t('Only the first records were read. They can be edited once the rest is.')}</span
      >
      <button class="link-button" @click=${() => store.load(true)}>${t('Read the Rest')}</button>
    </div>`;
  }
  return html`<div class="notice" role="status">
    <progress aria-label=${t('Reading the file')} max="1" .value=${loading.fraction}></progress>
    <span>${t('Reading the file… {0}', percent.format(loading.fraction))}</span>
    <button class="link-button" title=${withKeys(t('Stop'), 'stopLoading')} @click=${() => store.load(false)}>
      ${t('Stop')}
    </button>
  </div>`;
}

/** Stands below the last row that is known. */
export function waitingRow(loading: LoadingState, start: number): TemplateResult {
  const text = loading.stopped
    ? t('The rest was not read.')
    : t('Reading the file… {0}', percent.format(loading.fraction));
  return html`<div class="row waiting" data-start=${start} role="presentation">${text}</div>`;
}

/** Records changed on both sides: how many, and ways to see or settle them. */
export function conflictBar(store: EditorStore): TemplateResult | typeof nothing {
  const { conflicts } = store;
  if (conflicts === 0) return nothing;
  const text = conflicts === 1 ? t('1 conflict with the file') : t('{0} conflicts with the file', conflicts);
  return html`<div class="notice conflicts" role="status">
    ${icon('warning')} <span>${text}</span>
    <button
      class="link-button"
      title=${withKeys(store.onlyConflicts ? t('Show All') : t('Show'), 'showConflicts')}
      @click=${() => store.conflictActions.show(!store.onlyConflicts)}
    >
      ${store.onlyConflicts ? t('Show All') : t('Show')}
    </button>
    ${
      store.onlyConflicts && conflicts > 1
        ? html`<button class="link-button" @click=${() => store.conflictActions.resolve('mine', true)}>
              ${t('Keep All of Mine')}
            </button>
            <button class="link-button" @click=${() => store.conflictActions.resolve('theirs', true)}>
              ${t('Take All of Theirs')}
            </button>`
        : nothing
    }
  </div>`;
}
