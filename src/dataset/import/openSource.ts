import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError } from '../../protocol/errors';
import { fileError } from '../fileErrors';
import type { ImportSource, ReadOptions } from './importSource';
import { detectEncoding, headOf } from './textStream';
import type { Encoding } from './textStream';

/**
 * Finds out what a file is, by what is in it. Throws UserError (`import/…`) when nothing can be made of it, and what
 * reading files throws.
 */
export async function openSource(file: string, options: ReadOptions = {}): Promise<ImportSource> {
  try {
    const stats = await stat(file);
    if (!stats.isFile()) {
      throw new UserError('import/file', t('{0} is not a file.', file), { place: { file } });
    }
    const { size } = stats;
    const magic = await firstBytes(file);
    if (magic.subarray(0, 4).toString('latin1') === 'PAR1') {
      const { parquetSource } = await import('./parquetSource');
      return await parquetSource(file, size);
    }
    if (magic.subarray(0, 2).toString('latin1') === 'PK') {
      throw new UserError(
        'import/workbook',
        t('{0} is a workbook or an archive. In Excel, save the sheet as CSV (UTF-8) and import that.', file),
        { place: { file } },
      );
    }
    const encoding = await detectEncoding(file, options);
    const head = await headOf(file, encoding, 4096);
    if (head.includes('\0')) {
      throw new UserError('import/file', t('{0} is not a text file. Choose CSV, JSON or Parquet.', file), {
        place: { file },
      });
    }
    const first = head.replace(/^\uFEFF/, '').trimStart()[0];
    const json = (first === '{' || first === '[') && !/\.(csv|tsv)$/i.test(file);
    const source = json
      ? await (await import('./jsonSource')).jsonSource(file, size, encoding)
      : await (await import('./csvSource')).csvSource(file, size, encoding);
    return { ...source, facts: [...encodingFacts(encoding), ...source.facts] };
  } catch (error) {
    throw fileError(error, path.resolve(file));
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(4);
    const { bytesRead } = await handle.read(bytes, 0, 4, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function encodingFacts(encoding: Encoding): string[] {
  switch (encoding) {
    case 'utf-8':
      return [];
    case 'windows-1252':
      return [t('Windows-1252 (Latin-1), converted to UTF-8')];
    case 'utf-16le':
    case 'utf-16be':
      return [t('UTF-16, converted to UTF-8')];
  }
}
