import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RecordVariety } from '../../src/protocol/findings';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';

const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });

/** Which Portuguese the record is written in, and how surely. */
export function varietyChip(variety: RecordVariety | null): TemplateResult | typeof nothing {
  if (variety === null) return nothing;
  const { label, score, fits } = variety;
  const name =
    label === 'undecided'
      ? t('undecided')
      : label === 'pt-PT'
        ? t('European (pt-PT)')
        : t('Brazilian (pt-BR)');
  const sure = label === 'undecided' ? '' : percent.format(Math.abs(score));
  const title = fits
    ? t('From the words, the spelling and the grammar of the whole record')
    : t('The project is written in another variety');
  return html`<div class="field variety" title=${title}>
    <span class="label">${t('Variety')}</span>
    <span class="variety-chip ${fits ? '' : 'other'}"
      >${fits ? nothing : icon('warning')} ${name}
      <span class="sure">${sure}</span
      >${fits ? nothing : html`<span class="visually-hidden">, ${title}</span>`}</span
    >
  </div>`;
}
