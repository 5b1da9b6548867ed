import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import type { ComparedAnswerer, FileStamp } from '../../evaluation/comparison';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import type { Answerer, NamedAnswerer, PreviewService } from '../preview/previewService';

/** An answerer with what its files are now. Throws the UserErrors of files that are not on this machine. */
export async function stamped(
  preview: PreviewService,
  project: Project,
  { model, run, scale, title }: NamedAnswerer,
): Promise<ComparedAnswerer> {
  const answerer = { model, run, ...(scale === undefined ? {} : { scale }) };
  return { ...answerer, title, files: await stampsOf(preview, project, answerer) };
}

/** Throws UserError `comparison/changed-files` when others would answer than those that the comparison began with. */
export async function checkFiles(
  preview: PreviewService,
  project: Project,
  answerer: ComparedAnswerer,
): Promise<void> {
  const now = await stampsOf(preview, project, answerer);
  const then = answerer.files;
  const same = (a: FileStamp | null, b: FileStamp | null): boolean =>
    a?.bytes === b?.bytes && a?.sha256 === b?.sha256;
  if (same(now.model, then.model) && same(now.adapter, then.adapter)) return;
  throw new UserError(
    'comparison/changed-files',
    t(
      'The files of {0} are not those with which this comparison began, so its answers could not be compared. Begin a new comparison.',
      answerer.title,
    ),
  );
}

async function stampsOf(
  preview: PreviewService,
  project: Project,
  answerer: Answerer,
): Promise<ComparedAnswerer['files']> {
  const { model, adapter } = await preview.resolve(project, answerer);
  return {
    // Gigabytes are not read for this: a base does not change under its name and size.
    model: { ...(await sizeOf(model.gguf)), sha256: null },
    adapter:
      adapter === null ? null : { ...(await sizeOf(adapter.gguf)), sha256: await sha256Of(adapter.gguf) },
  };
}

async function sizeOf(file: string): Promise<{ readonly name: string; readonly bytes: number }> {
  return { name: path.basename(file), bytes: (await stat(file)).size };
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
