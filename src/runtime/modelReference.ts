import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import type { Place } from '../protocol/errors';

/** A file on a model hub. */
export interface HubFile {
  readonly owner: string;
  readonly repository: string;
  readonly revision: string;
  /** Path inside the repository, with `/`. */
  readonly file: string;
}

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * `hf:owner/repository/file.gguf` or `hf:owner/repository@revision/file.gguf`; undefined when `text` is a path.
 * Each part becomes a folder's name and part of a URL, so anything but letters, digits, `_`, `-` and `.` is refused.
 */
export function parseHubReference(text: string, place: Place): HubFile | undefined {
  if (!text.startsWith('hf:')) return undefined;
  const [owner, named, ...rest] = text.slice(3).split('/');
  const [repository, revision = 'main', ...more] = named?.split('@') ?? [];
  const file = rest.join('/');
  if (
    owner === undefined ||
    repository === undefined ||
    more.length > 0 ||
    ![owner, repository, revision, ...rest].every((part) => SEGMENT.test(part)) ||
    !file.endsWith('.gguf')
  ) {
    throw new UserError(
      'model/reference',
      t('“{0}” is not a model on the hub. Write hf:owner/repository/file.gguf.', text),
      { place, remedies: ['openFile'] },
    );
  }
  if (/-\d{5}-of-\d{5}\.gguf$/.test(file)) {
    throw new UserError(
      'model/split',
      t('“{0}” is one part of a model in several files, which is not supported. Choose a single file.', text),
      { place, remedies: ['openFile'] },
    );
  }
  return { owner, repository, revision, file };
}

export function hubUrl(endpoint: string, { owner, repository, revision, file }: HubFile): string {
  return `${endpoint.replace(/\/+$/, '')}/${owner}/${repository}/resolve/${revision}/${file}`;
}

/** Where a downloaded file lies: a revision has a folder of its own. */
export function hubPath(models: string, { owner, repository, revision, file }: HubFile): string {
  const folder = revision === 'main' ? repository : `${repository}@${revision}`;
  return path.join(models, owner, folder, ...file.split('/'));
}
