import path from 'node:path';
import { t } from '@vscode/l10n';
import { exportDataset } from '../dataset/export/exportDataset';
import { EXPORT_FORMATS } from '../dataset/export/survey';
import type { ExportStatus } from '../dataset/export/survey';
import { importDataset } from '../dataset/import/importDataset';
import { SOURCE_TITLES } from '../dataset/import/importSource';
import { guessMapping } from '../dataset/import/mapping';
import { IMPORT_TARGETS } from '../protocol/importView';
import { openSource } from '../dataset/import/openSource';
import { sampleSource } from '../dataset/import/sampleSource';
import { STATUSES } from '../dataset/record';
import { UserError } from '../protocol/errors';
import { EXIT, format, interrupted } from './context';
import type { Output } from './context';

export interface ExportCommandOptions {
  readonly format: string;
  readonly out: string;
  readonly statuses: string;
  readonly overwrite?: boolean;
}

export const STATUS_WORDS = [...STATUSES, 'none'] as const;

export async function exportFile(
  file: string,
  options: ExportCommandOptions,
  output: Output,
): Promise<number> {
  const wanted = EXPORT_FORMATS.find((each) => each === options.format);
  if (wanted === undefined) {
    throw new UserError(
      'export/format',
      t('There is no format {0}. Name one of: {1}.', options.format, EXPORT_FORMATS.join(', ')),
    );
  }
  const result = await exportDataset({
    file: path.resolve(file),
    format: wanted,
    out: path.resolve(options.out),
    statuses: statusesOf(options.statuses),
    overwrite: options.overwrite === true,
    signal: interrupted,
    progress: progressOf(output),
  });
  for (const loss of result.losses) output.progress(loss);
  output.line(t('Records exported: {0}. Files: {1}', result.records, result.files.join(', ')));
  output.document({ file: path.resolve(file), format: wanted, ...result });
  return EXIT.ok;
}

export interface ImportCommandOptions {
  readonly to: string;
  readonly map?: string[];
  readonly status: string;
  readonly append?: boolean;
  readonly overwrite?: boolean;
}

export async function importFile(
  file: string,
  options: ImportCommandOptions,
  output: Output,
): Promise<number> {
  const status = STATUSES.find((each) => each === options.status);
  if (status === undefined) throw unknownStatus(options.status, STATUSES);
  const source = await openSource(path.resolve(file), { signal: interrupted });
  const { fields } = await sampleSource(source, interrupted);
  const names = fields.map(({ name }) => name);
  const mapping = guessMapping(source.kind, names);
  for (const pair of options.map ?? []) {
    const at = pair.lastIndexOf('=');
    const [name, word] = [pair.slice(0, at), pair.slice(at + 1)];
    const target = IMPORT_TARGETS.find((each) => each === word);
    if (at < 0 || target === undefined) {
      throw new UserError(
        'import/map',
        t('--map {0}: write FIELD=TARGET, the target one of: {1}.', pair, IMPORT_TARGETS.join(', ')),
      );
    }
    if (!names.includes(name)) {
      throw new UserError(
        'import/map',
        t('--map {0}: the file has these fields: {1}.', pair, names.join(', ')),
      );
    }
    mapping.set(name, target);
  }
  output.progress([SOURCE_TITLES[source.kind], ...source.facts].join(' · '));
  for (const [name, target] of mapping) output.progress(`${name} → ${target}`);
  const result = await importDataset({
    source,
    mapping,
    status,
    target: path.resolve(options.to),
    mode: options.append === true ? 'append' : options.overwrite === true ? 'overwrite' : 'new',
    signal: interrupted,
    progress: progressOf(output),
  });
  for (const { line, message } of result.problems) output.line(`${path.resolve(file)}:${line}: ${message}`);
  output.line(
    t(
      '{0}: {1} records imported, {2} left out, {3} with another id',
      result.target,
      result.records,
      result.skipped,
      result.renamed,
    ),
  );
  output.document({
    file: path.resolve(file),
    source: source.kind,
    facts: source.facts,
    mapping: Object.fromEntries(mapping),
    ...result,
  });
  return EXIT.ok;
}

function unknownStatus(word: string, all: readonly string[]): UserError {
  return new UserError(
    'exchange/status',
    t('There is no status {0}. Name some of: {1}.', word, all.join(', ')),
  );
}

function statusesOf(list: string): ExportStatus[] {
  return list.split(',').map((word) => {
    const status = STATUS_WORDS.find((each) => each === word.trim());
    if (status !== undefined) return status;
    throw unknownStatus(word.trim(), STATUS_WORDS);
  });
}

/** Progress of long work only: what is done at once needs no line. */
export function progressOf(output: Output): (done: number, total: number) => void {
  let next = Date.now() + 1000;
  return (done, total) => {
    if (Date.now() < next) return;
    next = Date.now() + 1000;
    output.progress(t('{0} of {1}', format.bytes(done), format.bytes(total)));
  };
}
