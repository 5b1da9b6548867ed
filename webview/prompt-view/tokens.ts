import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { PromptChip, PromptRow } from '../../src/protocol/promptView';
import { t } from '../shared/l10n';

/** White space as signs, so that nothing in a prompt is invisible. */
function visible(text: string): string {
  return text
    .replace(/ /g, '·')
    .replace(/\n/g, '↵')
    .replace(/\t/g, '→')
    .replace(/\r/g, '␍')
    .replace(/\uFFFD/g, '▯');
}

function tip({ id, text }: PromptChip, what: string): string {
  const part = text.includes('\uFFFD') ? [t('part of a character')] : [];
  return [what, t('token {0}', id), ...part].join(' · ');
}

function side(row: PromptRow): string {
  if (row.different) {
    return row.preview === null
      ? t('only in training')
      : row.training === null
        ? t('only in the preview')
        : t('different');
  }
  if (row.loss) return t('learnt in training');
  return row.preview === null ? t('only in training, not learnt') : t('sent to the model');
}

function chip(token: PromptChip, row: PromptRow, kind = ''): TemplateResult {
  const special = token.special ? 'special' : '';
  const loss = row.loss ? 'loss' : '';
  const rest = row.preview === null && !row.loss && !row.different ? 'rest' : '';
  return html`<span class="chip ${special} ${loss} ${rest} ${kind}" title=${tip(token, side(row))}
    >${visible(token.text)}</span
  >`;
}

/** Rows that differ one after the other: what the preview has of them, and what training has. */
function stretches(rows: readonly PromptRow[]): (readonly PromptRow[])[] {
  const found: PromptRow[][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last?.[0]?.different === true && row.different) last.push(row);
    else found.push([row]);
  }
  return found;
}

function endsLine(row: PromptRow | undefined): boolean {
  return (row?.preview ?? row?.training)?.text.endsWith('\n') === true;
}

/** The prompt as one reads it, token by token, its line breaks kept. */
export function tokenText(rows: readonly PromptRow[]): TemplateResult {
  return html`<div class="tokens" tabindex="0" role="group" aria-label=${t('Tokens')}>
    ${stretches(rows).map((stretch) => {
      const [first] = stretch;
      if (first === undefined) return nothing;
      const end = endsLine(stretch.at(-1)) ? html`<br />` : nothing;
      if (!first.different) {
        const token = first.preview ?? first.training;
        return token === null ? nothing : html`${chip(token, first)}${end}`;
      }
      const lines = (
        pick: (row: PromptRow) => PromptChip | null,
        kind: string,
        name: string,
      ): TemplateResult => {
        const own = stretch.filter((row) => pick(row) !== null);
        return html`<span class="line"
          ><span class="visually-hidden">${name}: </span>${
            own.length === 0
              ? html`<span class="chip none ${kind}" title=${name}>${t('nothing')}</span>`
              : own.map((row) => {
                  const token = pick(row);
                  return token === null ? nothing : chip(token, row, kind);
                })
          }</span
        >`;
      };
      return html`<span class="pair"
          >${lines((row) => row.preview, 'ours', t('Preview'))}${lines(
            (row) => row.training,
            'theirs',
            t('Training'),
          )}</span
        >${end}`;
    })}
  </div>`;
}

/** One token a row, with numbers: for whoever compares tokenizers. */
export function tokenTable(rows: readonly PromptRow[]): TemplateResult {
  const cell = (token: PromptChip | null, row: PromptRow): TemplateResult =>
    token === null
      ? html`<td class="muted">–</td>
          <td></td>`
      : html`<td>${chip(token, { ...row, different: false })}</td>
          <td class="number">${token.id}</td>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t('Tokens')}>
    <table>
      <thead>
        <tr>
          <th scope="col" class="number">${t('No.')}</th>
          <th scope="col">${t('Preview')}</th>
          <th scope="col" class="number">${t('Id')}</th>
          <th scope="col">${t('Training')}</th>
          <th scope="col" class="number">${t('Id')}</th>
          <th scope="col">${t('Meaning')}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row, index) =>
            html`<tr class=${row.different ? 'different' : ''}>
              <td class="number muted">${index + 1}</td>
              ${cell(row.preview, row)} ${cell(row.training, row)}
              <td>${side(row)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
