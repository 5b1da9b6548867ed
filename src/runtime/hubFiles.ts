import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { CancelledError, UserError, messageOf } from '../protocol/errors';

/** A GGUF in a repository on the hub. */
export interface HubGguf {
  /** Path inside the repository. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string | null;
}

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.int().check(z.nonnegative()),
    lfs: z.nullish(z.object({ oid: z.string(), size: z.number() })),
  }),
);
/** A repository lists its files in some kilobytes. */
const MOST_BYTES = 8 * 1024 * 1024;
/** One part of a model in several files, which llama.cpp would have to join. */
const PART = /-\d{5}-of-\d{5}\.gguf$/;

/** `hf:owner/repository` or `hf:owner/repository@revision`, without a file; undefined for anything else. */
export function parseRepository(
  text: string,
): { readonly repository: string; readonly revision: string } | undefined {
  const found = /^(?:hf:)?([A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*?)(?:@([A-Za-z0-9_][\w.-]*))?\/?$/.exec(
    text.trim(),
  );
  return found?.[1] === undefined || found[1].endsWith('.gguf')
    ? undefined
    : { repository: found[1], revision: found[2] ?? 'main' };
}

/**
 * The GGUFs of a repository, asked of the hub. Throws UserError `hub/unreachable`, `hub/repository`, `hub/gated`.
 * What comes back is untrusted: names that could be no model reference are left out.
 */
export async function listHubGgufs(
  endpoint: string,
  { repository, revision }: { readonly repository: string; readonly revision: string },
  options: { readonly token?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<HubGguf[]> {
  const url = `${endpoint.replace(/\/+$/, '')}/api/models/${repository}/tree/${revision}?recursive=true`;
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, {
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    });
    status = response.status;
    text = await readText(response);
  } catch (error) {
    if (options.signal?.aborted === true) throw new CancelledError();
    throw new UserError(
      'hub/unreachable',
      t('The hub {0} cannot be reached: {1}', endpoint, messageOf(error)),
      { remedies: ['retry'] },
      { cause: error },
    );
  }
  if (status === 401 || status === 403) {
    throw new UserError(
      'hub/gated',
      t(
        'The repository {0} does not exist, or asks for a login: set HF_TOKEN to a token that may read it.',
        repository,
      ),
    );
  }
  if (status === 404)
    throw new UserError('hub/repository', t('The hub has no repository {0}.', `${repository}@${revision}`));
  const tree = treeSchema.safeParse(parseJson(text));
  if (status !== 200 || !tree.success) {
    throw new UserError(
      'hub/unreachable',
      t('The hub {0} answered something else ({1}).', endpoint, status),
      { remedies: ['retry'] },
    );
  }
  return tree.data
    .filter(({ type, path }) => type === 'file' && /^[\w./-]+\.gguf$/.test(path) && !PART.test(path))
    .map(({ path, size, lfs }) => ({
      file: path,
      bytes: lfs?.size ?? size,
      sha256: lfs != null && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null,
    }))
    .sort((a, b) => a.bytes - b.bytes);
}

async function readText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  if (response.body === null) return '';
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Error('too long an answer');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
