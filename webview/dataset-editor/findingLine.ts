import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RecordFinding } from '../../src/protocol/findings';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { isAt } from './findings';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

/** What the checks have to say of a field, as a list under it. */
export function findingList(
  store: EditorStore,
  findings: readonly RecordFinding[],
): TemplateResult | typeof nothing {
  if (findings.length === 0) return nothing;
  return html`<ul class="findings" aria-label=${t('Findings')}>
    ${findings.map((finding) => findingItem(store, finding))}
  </ul>`;
}

function findingItem(store: EditorStore, finding: RecordFinding): TemplateResult {
  const { severity, message, rule, fix } = finding;
  const { findings } = store;
  const tone = severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'info';
  return html`<li class="message ${tone}" data-finding=${findings.all.indexOf(finding)}>
    ${icon(severity)}
    <span
      ><span class="visually-hidden">${severityWord(severity)}: </span>${message}
      <span class="rule">${rule}</span></span
    >
    <span class="spacer"></span>
    ${
      fix === null || store.readOnly
        ? nothing
        : html`<button class="link-button fix" @click=${() => findings.fix(finding, 'finding')}>
            ${icon('check')} ${fix}
          </button>`
    }
    ${
      store.readOnly
        ? nothing
        : html`<button
            class="tool"
            title=${withKeys(t('What can be done'), 'fixFinding')}
            aria-label=${t('What can be done')}
            @click=${() => store.dispatchEvent(new CustomEvent('explain', { detail: finding }))}
          >
            ${icon('more')}
          </button>`
    }
  </li>`;
}

export function severityWord(severity: RecordFinding['severity']): string {
  return severity === 'error' ? t('Error') : severity === 'warning' ? t('Warning') : t('Note');
}

/** Findings of a field, and of what is inside it. */
export function findingsAt(findings: readonly RecordFinding[], path: string): RecordFinding[] {
  return findings.filter(({ field }) => field !== null && isAt(field, path));
}

/** Findings that no field of the form shows. `turns`: the paths of the turns that it shows. */
export function findingsElsewhere(
  findings: readonly RecordFinding[],
  turns: readonly string[],
): RecordFinding[] {
  return findings.filter(({ field }) => {
    if (field === null) return true;
    if (turns.some((path) => isAt(field, path))) return false;
    return !/^(id|meta\.(topic|status|sources))(?![A-Za-z0-9_])/.test(field);
  });
}
