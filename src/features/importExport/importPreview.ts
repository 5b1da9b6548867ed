import { t } from '@vscode/l10n';
import { importRecord } from '../../dataset/import/importRecord';
import type { ImportedRecord } from '../../dataset/import/importRecord';
import type { ImportResult } from '../../dataset/import/importDataset';
import type { Mapping } from '../../dataset/import/mapping';
import type { SourceSample } from '../../dataset/import/sampleSource';
import { metaOf } from '../../dataset/record';
import type { Status, Turn } from '../../dataset/record';
import type { Format } from '../../protocol/format';
import type { ImportState, ImportedPreview } from '../../protocol/importView';

/** Records that the panel shows, and how much of each text. */
const SHOWN = 5;
const LONGEST = 600;

/** What the first rows become under a mapping. */
export function previewOf(sample: SourceSample, mapping: Mapping, status: Status): ImportedPreview[] {
  const broken = sample.broken.map(({ line, problem }) => empty(line, problem));
  const rows = sample.rows.slice(0, SHOWN).map((row): ImportedPreview => {
    const record = importRecord(row, mapping, status);
    if ('problem' in record) return empty(row.line, record.problem);
    const meta = metaOf(record.meta);
    return {
      line: row.line,
      id: record.id,
      turns: turnsOf(record),
      topic: meta.topic ?? '',
      status: meta.status ?? null,
      sources: [...(meta.sources ?? [])],
      problem: null,
    };
  });
  return [...rows, ...broken].sort((a, b) => a.line - b.line).slice(0, SHOWN);
}

function empty(line: number, problem: string): ImportedPreview {
  return { line, id: '', turns: [], topic: '', status: null, sources: [], problem };
}

type Shown = ImportedPreview['turns'][number];

function turnsOf({ fields }: ImportedRecord): Shown[] {
  if ('messages' in fields) return fields.messages.map((turn) => shown(turn, 'talk'));
  const list = (value: string | readonly Turn[], role: Turn['role']): readonly Turn[] =>
    typeof value === 'string' ? [{ role, content: value }] : value;
  return [
    ...list(fields.prompt, 'user').map((turn) => shown(turn, 'talk')),
    ...list(fields.chosen, 'assistant').map((turn) => shown(turn, 'chosen')),
    ...list(fields.rejected, 'assistant').map((turn) => shown(turn, 'rejected')),
  ];
}

function shown({ role, content }: Turn, part: Shown['part']): Shown {
  const cut =
    content.length > LONGEST ? `${content.slice(0, LONGEST).replace(/[\uD800-\uDBFF]$/, '')}…` : content;
  return { role, part, content: cut };
}

/** What the user should know of a finished import, besides the number of its records. */
export function resultOf(result: ImportResult, format: Format): NonNullable<ImportState['result']> {
  const { records, renamed, unknownStatus, skipped, problems } = result;
  const notes: string[] = [];
  const say = (count: number, one: string, many: string): void => {
    if (count > 0) notes.push(count === 1 ? one : many);
  };
  say(
    renamed,
    t('1 record had an id that another has, and got its own.'),
    t('{0} records had an id that another has, and got their own.', format.integer(renamed)),
  );
  say(
    unknownStatus,
    t('1 record had a status that is not known here.'),
    t('{0} records had a status that is not known here.', format.integer(unknownStatus)),
  );
  say(skipped, t('1 row was left out:'), t('{0} rows were left out:', format.integer(skipped)));
  return { records, notes, problems: [...problems] };
}
