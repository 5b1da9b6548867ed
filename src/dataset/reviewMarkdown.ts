import { t } from '@vscode/l10n';
import type { Format } from '../protocol/format';
import type { Estimate, ReviewReport } from '../protocol/reviewReport';
import { personName } from './review';
import type { Verdict } from './review';

export interface ReviewMarkdownOptions {
  readonly name: string;
  readonly titleOf: (topic: string) => string;
  readonly format: Format;
}

/** The report as a document for people who have no editor at hand. */
export function reviewMarkdown(
  report: ReviewReport,
  { name, titleOf, format }: ReviewMarkdownOptions,
): string {
  const { counts, agreement, disagreements } = report;
  const int = (value: number): string => format.integer(value);
  const estimate = ({ value, low, high }: Estimate): string =>
    low === null || high === null
      ? format.decimal(value, 3)
      : t(
          '{0} (95 % interval: {1} to {2})',
          format.decimal(value, 3),
          format.decimal(low, 3),
          format.decimal(high, 3),
        );
  const parts: string[] = [
    `# ${t('Review report: {0}', escape(name))}`,
    table(
      [t('Records'), t('Draft'), t('In review'), t('Approved'), t('Rejected')],
      [[report.records, counts.draft, counts.review, counts.approved, counts.rejected].map(int)],
    ),
  ];
  if (report.unreadable > 0) parts.push(t('Lines that are no record: {0}.', int(report.unreadable)));
  if (report.approvedUnreviewed > 0)
    parts.push(t('Approved without a verdict: {0}.', int(report.approvedUnreviewed)));
  parts.push(
    `## ${t('By topic')}`,
    table(
      [t('Topic'), t('Draft'), t('In review'), t('Approved'), t('Rejected')],
      report.topics.map(({ topic, counts: of }) => [
        topic === '' ? t('(none)') : escape(titleOf(topic)),
        ...[of.draft, of.review, of.approved, of.rejected].map(int),
      ]),
    ),
  );
  if (report.people.length > 0) {
    parts.push(
      `## ${t('By person')}`,
      table(
        [
          t('Person'),
          t('Approved'),
          t('Rejected'),
          t('For repair'),
          t('Blind verdicts'),
          t('Decisions'),
          t('Last verdict'),
        ],
        report.people.map(({ by, verdicts, blind, adjudications, last }) => [
          escape(personName(by)),
          ...[verdicts.approved, verdicts.rejected, verdicts.repair, blind, adjudications].map(int),
          last === '' ? '' : escape(timeOf(last, format)),
        ]),
      ),
    );
  }
  parts.push(`## ${t('Agreement')}`);
  if (agreement.rounds === 0) parts.push(t('No record has verdicts of two people yet.'));
  else {
    const lines = [
      t(
        'Records with two verdicts or more: {0}, {1} of them blind',
        int(agreement.rounds),
        int(agreement.blind),
      ),
    ];
    if (agreement.percent !== null) lines.push(t('Equal verdicts: {0}', format.percent(agreement.percent)));
    if (agreement.alpha !== null) lines.push(t('Krippendorff’s α (nominal): {0}', estimate(agreement.alpha)));
    for (const { people, kappa } of agreement.pairs)
      lines.push(
        t(
          'Cohen’s κ of {0} and {1}, {2} records: {3}',
          escape(personName(people[0])),
          escape(personName(people[1])),
          int(kappa.items),
          estimate(kappa),
        ),
      );
    parts.push(lines.map((line) => `- ${line}`).join('\n'));
  }
  if (disagreements.open + disagreements.decided > 0) {
    parts.push(
      `## ${t('Disagreements')}`,
      t('{0} open, {1} decided', int(disagreements.open), int(disagreements.decided)),
      table(
        [t('Record'), t('Verdicts'), t('Decision')],
        disagreements.list.map(({ id, line, verdicts, decided }) => [
          id === '' ? t('line {0}', line) : escape(id),
          verdicts
            .map(({ by, verdict, reason }) =>
              escape(
                [personName(by), verdictLabel(verdict), reason].filter((part) => part !== '').join(': '),
              ),
            )
            .join('<br>'),
          decided === null
            ? t('open')
            : escape(`${verdictLabel(decided.verdict)} (${personName(decided.by)})`),
        ]),
      ),
    );
  }
  if (report.reasons.length > 0) {
    parts.push(
      `## ${t('Reasons')}`,
      table(
        [t('Reason'), t('Times')],
        report.reasons.map(({ reason, count }) => [escape(reason), int(count)]),
      ),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

function timeOf(iso: string, format: Format): string {
  return Number.isNaN(Date.parse(iso)) ? iso : format.time(iso);
}

function verdictLabel(verdict: Verdict): string {
  if (verdict === 'approved') return t('Approved');
  return verdict === 'rejected' ? t('Rejected') : t('For repair');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Text of the dataset's is text here too: no markup, no row of its own. */
function escape(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}
