import { t } from '@vscode/l10n';
import type { Finding } from '../../checks/finding';
import { countBySeverity } from './findingsService';
import type { FindingCounts } from './findingsService';

/** What one family of rules found in a file. */
export interface FamilyCounts extends FindingCounts {
  /** As in the ids of its rules. */
  readonly family: string;
  readonly records: number;
}

/** By family, the gravest first. */
export function countByFamily(findings: readonly Finding[]): FamilyCounts[] {
  const families = new Map<string, Finding[]>();
  for (const finding of findings) {
    const family = finding.rule.split('/')[0] ?? finding.rule;
    const known = families.get(family);
    if (known === undefined) families.set(family, [finding]);
    else known.push(finding);
  }
  return [...families]
    .map(([family, own]) => ({
      family,
      records: new Set(own.map(({ line }) => line)).size,
      ...countBySeverity(own),
    }))
    .sort((a, b) => b.errors - a.errors || b.warnings - a.warnings || b.infos - a.infos);
}

export function familyLabel(family: string): string {
  switch (family) {
    case 'schema':
      return t('Structure');
    case 'length':
      return t('Length in tokens');
    case 'quality':
      return t('Quality');
    case 'duplicate':
      return t('Duplicates');
    case 'leakage':
      return t('Leaks into the evaluation');
    case 'pii':
      return t('Personal data');
    case 'variety':
      return t('Variety of Portuguese');
    case 'citation':
      return t('Legal citations');
    default:
      return family;
  }
}
