import { stat } from 'node:fs/promises';
import { writeFileAtomic } from './atomicWrite';
import { DatasetDocument } from './document';

/**
 * Adds records to the end of a dataset, all of them or, on any failure, none; what the file has stays byte for byte.
 * A file that is missing is made. Throws the UserErrors of `DatasetDocument`.
 */
export async function appendRecords(
  file: string,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) await writeFileAtomic(file, '');
  const document = await DatasetDocument.open(file, { signal });
  try {
    document.apply({ label: '', changes: [{ kind: 'insert', at: document.count, texts }] });
    await document.save({ signal });
  } finally {
    await document.dispose();
  }
}
