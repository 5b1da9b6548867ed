import { html } from 'lit';
import type { TemplateResult } from 'lit';
import type { RecordFinding } from '../../src/protocol/findings';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';

/** What a check has to say, under the field that it means. */
export function findingLine({ severity, message, rule }: RecordFinding): TemplateResult {
  const tone = severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'info';
  const word = severity === 'error' ? t('Error') : severity === 'warning' ? t('Warning') : t('Note');
  return html`<p class="message ${tone}">
    ${icon(severity)}
    <span><span class="visually-hidden">${word}: </span>${message} <span class="rule">${rule}</span></span>
  </p>`;
}

/** Findings of a field, and of what is inside it. */
export function findingsAt(findings: readonly RecordFinding[], path: string): RecordFinding[] {
  return findings.filter(
    ({ field }) =>
      field !== null && (field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)),
  );
}

/** Findings that no field of the form shows. `turns`: the paths of the turns that it shows. */
export function findingsElsewhere(
  findings: readonly RecordFinding[],
  turns: readonly string[],
): RecordFinding[] {
  return findings.filter((finding) => {
    const { field } = finding;
    if (field === null) return true;
    if (turns.some((path) => findingsAt([finding], path).length > 0)) return false;
    return !/^(id|meta\.(topic|status|sources))(?![A-Za-z0-9_])/.test(field);
  });
}
