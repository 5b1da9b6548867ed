import { stat } from 'node:fs/promises';
import { writeFileAtomic } from './atomicWrite';
import { DatasetDocument } from './document';

/** What is appended; made of the text of the last record where it has to be like it (undefined where there is none). */
type Records = readonly string[] | ((last: string | undefined) => readonly string[]);

/**
 * Adds records to the end of a dataset, all of them or, on any failure, none; what the file has stays byte for byte.
 * A file that is missing is made. Gives the line (from 1) of the last one. Throws the UserErrors of `DatasetDocument`.
 */
export async function appendRecords(file: string, records: Records, signal?: AbortSignal): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) await writeFileAtomic(file, '');
  const document = await DatasetDocument.open(file, { signal });
  try {
    const texts = typeof records === 'function' ? records(await lastText(document)) : records;
    document.apply({ label: '', changes: [{ kind: 'insert', at: document.count, texts }] });
    await document.save({ signal });
    return document.count === 0 ? 0 : (document.lineOf(document.row(document.count - 1)) ?? 0);
  } finally {
    await document.dispose();
  }
}

/** Text of the last record that has one. */
export async function lastText(document: DatasetDocument): Promise<string | undefined> {
  const [row] = document.count === 0 ? [] : await document.read(document.count - 1, 1);
  return row?.text ?? undefined;
}
