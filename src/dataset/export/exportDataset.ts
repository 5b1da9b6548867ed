import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import { UserError } from '../../protocol/errors';
import { replaceFile, writeFileAtomic } from '../atomicWrite';
import { fileError } from '../fileErrors';
import { sameStamp, stampOf } from '../fileStamp';
import { configFor, isThere } from './configs';
import { encode } from './encode';
import { exportLosses, selectedRecords, surveyExport } from './survey';
import type { ExportFormat, ExportSelection } from './survey';

export interface ExportDatasetOptions extends ExportSelection {
  readonly format: ExportFormat;
  /** Absolute; its folder must be there. */
  readonly out: string;
  /** Replace the file, and an entry of the same name in another tool's list. */
  readonly overwrite: boolean;
}

export interface ExportDatasetResult {
  readonly records: number;
  readonly leftOut: number;
  /** The file, and the configuration that goes with it. */
  readonly files: readonly string[];
  readonly losses: readonly string[];
}

/**
 * Writes the chosen records of a dataset as another tool reads them. Throws UserError: `export/exists` when it would
 * replace something unasked, `export/empty`, `changed-on-disk`, and what reading and writing files throws.
 */
export async function exportDataset(options: ExportDatasetOptions): Promise<ExportDatasetResult> {
  const { file, format, out, overwrite, signal } = options;
  if (await sameFile(file, out)) {
    throw new UserError('export/exists', t('{0} is the dataset itself. Choose another file.', out), {
      place: { file: out },
    });
  }
  const before = await stamp(file);
  const survey = await surveyExport({ ...options, progress: undefined });
  const config = await configFor(format, out, survey);
  if (!overwrite) {
    const taken = (await isThere(out)) ? out : config?.replaces === true ? config.path : undefined;
    if (taken !== undefined) {
      throw new UserError(
        'export/exists',
        t('{0} is there already. Choose another file, or allow it to be replaced.', taken),
        { place: { file: taken } },
      );
    }
  }
  let records = 0;
  try {
    await replaceFile(
      out,
      async (sink) => {
        for await (const record of selectedRecords(options)) {
          const line = record === null ? undefined : encode(format, record, survey);
          if (line === undefined) continue;
          records++;
          await sink.write(Buffer.from(`${JSON.stringify(line)}\n`, 'utf8'));
        }
        // Thrown here, so that a file that is there stays as it is.
        if (records === 0) throw empty(file);
        if (!sameStamp(before, await stamp(file))) throw changed(file);
      },
      { signal },
    );
    if (config !== undefined) await writeFileAtomic(config.path, config.content);
  } catch (error) {
    throw fileError(error, out);
  }
  return {
    records,
    leftOut: survey.selected - records,
    files: [out, ...(config === undefined ? [] : [config.path])],
    losses: exportLosses(format, survey),
  };
}

async function stamp(file: string): Promise<ReturnType<typeof stampOf>> {
  try {
    return stampOf(await stat(file, { bigint: true }));
  } catch (error) {
    throw fileError(error, file);
  }
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((file) => stat(file).catch(() => undefined)));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

function empty(file: string): UserError {
  return new UserError(
    'export/empty',
    t('No record of {0} can be written in this format and with these statuses. Choose others.', file),
    { place: { file } },
  );
}

function changed(file: string): UserError {
  return new UserError('changed-on-disk', t('{0} changed while it was being read. Try again.', file), {
    place: { file },
    remedies: ['retry'],
  });
}
