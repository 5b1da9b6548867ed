import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { parseRecordText } from './recordText';
import type { DatasetRecord } from './record';

/**
 * The record of `file` whose id is `id`, reading line by line. Throws UserError `record/unknown` when there is
 * none, `record/broken` (with its line) when it cannot be read, `unusable-input` when the file cannot.
 */
export async function findRecord(file: string, id: string): Promise<DatasetRecord> {
  const needle = JSON.stringify(id);
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      // Most lines do not hold the id at all: they need not be parsed.
      if (!text.includes(needle) && !text.includes('\\u')) continue;
      const parsed = parseRecordText(line === 1 ? text.replace(/^\uFEFF/, '') : text);
      if (parsed.record?.id === id) return parsed.record;
      const raw = parsed.raw as { id?: unknown } | undefined;
      if (raw?.id === id) {
        throw new UserError(
          'record/broken',
          t('Record {0} cannot be read: {1}', id, parsed.error?.message ?? ''),
          { place: { file, line } },
        );
      }
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('unusable-input', t('{0} cannot be read: {1}', file, (error as Error).message), {
      place: { file },
    });
  }
  throw new UserError('record/unknown', t('{0} has no record with the id {1}.', file, id), {
    place: { file },
  });
}
