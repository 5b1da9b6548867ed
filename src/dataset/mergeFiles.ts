import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { replaceFile } from './atomicWrite';
import type { ByteSink } from './atomicWrite';
import { oneLine } from './content';
import { fileError } from './fileErrors';
import { isBlankLine, readLines } from './lineReader';
import { mergePlan } from './mergePlan';
import type { MergeEntry, MergeStep } from './mergePlan';
import { mergeRecord } from './mergeRecord';
import type { FieldConflict } from './mergeRecord';
import { isObject } from './record';

export type ConflictKind = 'changed' | 'deletedByOurs' | 'deletedByTheirs';

/** A record that a merge could not decide on. The merged file has a line for it: ours, or what was not deleted. */
export interface RecordConflict {
  readonly id: string;
  /** Line of the merged file, from 1. */
  readonly line: number;
  readonly kind: ConflictKind;
  readonly fields: readonly FieldConflict[];
  /** The line on each side; null where it is not there. */
  readonly base: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
}

export interface MergeFilesOptions {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
  /** File that is written; it may be one of the three. */
  readonly out: string;
  readonly reviewers: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where the conflicts of a merge are kept until they are decided: one JSON object a line. */
export function conflictsFile(dataset: string): string {
  return `${dataset}.conflicts`;
}

export interface MergeResult {
  readonly records: number;
  readonly conflicts: readonly RecordConflict[];
}

/** A line with its end and the blank lines below it, which go where it goes. */
interface Piece extends MergeEntry {
  readonly start: number;
  readonly contentEnd: number;
  end: number;
}

interface Side {
  readonly handle: FileHandle;
  readonly pieces: readonly Piece[];
  /** Byte order mark and blank lines above the first record. */
  readonly head: number;
}

/**
 * Merges datasets by record. Lines that nobody changed are copied byte for byte. Throws UserError, as reading and
 * writing do; nothing is written then.
 */
export async function mergeFiles(options: MergeFilesOptions): Promise<MergeResult> {
  const { signal, reviewers, out } = options;
  const sides: Side[] = [];
  try {
    for (const file of [options.base, options.ours, options.theirs]) sides.push(await readSide(file, signal));
    const [base, ours, theirs] = sides as [Side, Side, Side];
    const steps = mergePlan(base.pieces, ours.pieces, theirs.pieces);
    const conflicts: RecordConflict[] = [];
    await replaceFile(
      out,
      (sink) => new MergeWriter(sink, { base, ours, theirs }, reviewers, conflicts).write(steps),
      { signal },
    );
    return { records: steps.length, conflicts };
  } catch (error) {
    throw fileError(error, out);
  } finally {
    for (const { handle } of sides) await handle.close();
  }
}

class MergeWriter {
  private line = 1;
  private end = Buffer.from('\n');

  constructor(
    private readonly sink: ByteSink,
    private readonly sides: { readonly base: Side; readonly ours: Side; readonly theirs: Side },
    private readonly reviewers: number,
    private readonly conflicts: RecordConflict[],
  ) {}

  async write(steps: readonly MergeStep[]): Promise<void> {
    const { base, ours, theirs } = this.sides;
    const head = await readStretch(ours, 0, ours.head);
    await this.put(head);
    const first = ours.pieces[0];
    if (
      first !== undefined &&
      (await readStretch(ours, first.contentEnd, first.end)).toString().startsWith('\r')
    )
      this.end = Buffer.from('\r\n');
    for (const step of steps) {
      await this.endLine();
      if (step.kind === 'ours' || step.kind === 'theirs') {
        await this.copy(this.sides[step.kind], step.at);
        continue;
      }
      const { line } = this;
      if (step.kind === 'kept') {
        const side = this.sides[step.side];
        await this.copy(side, step.at);
        const kept = await textOf(side, step.at);
        const mine = step.side === 'ours';
        this.conflicts.push({
          id: idOf(kept),
          line,
          kind: mine ? 'deletedByTheirs' : 'deletedByOurs',
          fields: [],
          base: await textOf(base, step.base),
          ours: mine ? kept : null,
          theirs: mine ? null : kept,
        });
        continue;
      }
      const texts = {
        base: step.base === undefined ? null : await textOf(base, step.base),
        ours: await textOf(ours, step.ours),
        theirs: await textOf(theirs, step.theirs),
      };
      const merged = mergeRecord(texts.base ?? undefined, texts.ours, texts.theirs, this.reviewers);
      const piece = ours.pieces[step.ours];
      if (piece === undefined) continue;
      if (merged.text === texts.ours) await this.copy(ours, step.ours);
      else {
        await this.put(Buffer.from(oneLine(merged.text), 'utf8'));
        await this.put(await readStretch(ours, piece.contentEnd, piece.end));
      }
      if (merged.conflicts.length > 0)
        this.conflicts.push({
          id: idOf(texts.ours),
          line,
          kind: 'changed',
          fields: merged.conflicts,
          ...texts,
        });
    }
  }

  private async copy(side: Side, at: number): Promise<void> {
    const piece = side.pieces[at];
    if (piece !== undefined) await this.put(await readStretch(side, piece.start, piece.end));
  }

  private async put(bytes: Buffer): Promise<void> {
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) this.line++;
    await this.sink.write(bytes);
  }

  /** The last line of a file may have no end; another one may follow it now. */
  private async endLine(): Promise<void> {
    const { length, lastByte } = this.sink;
    const onlyMark = length === 3 && lastByte === 0xbf;
    if (length > 0 && lastByte !== 10 && !onlyMark) await this.put(this.end);
  }
}

async function readSide(file: string, signal: AbortSignal | undefined): Promise<Side> {
  const pieces: Piece[] = [];
  const seen = new Map<string, number>();
  let head = 0;
  const { size } = await stat(file);
  const close = (at: number): void => {
    const last = pieces.at(-1);
    if (last === undefined) head = at;
    else last.end = at;
  };
  for await (const lines of readLines(file, { signal })) {
    for (const { offset, bytes, length } of lines) {
      if (length === bytes.length && isBlankLine(bytes)) continue;
      close(offset);
      const hash = createHash('sha1').update(bytes).update(String(length)).digest('base64');
      const id = idOf(bytes.toString('utf8'));
      const name = id === '' ? `#${hash}` : `=${id}`;
      const times = seen.get(name) ?? 0;
      seen.set(name, times + 1);
      pieces.push({
        key: `${times}${name}`,
        hash,
        start: offset,
        contentEnd: offset + length,
        end: offset + length,
      });
    }
  }
  close(size);
  return { handle: await open(file, 'r'), pieces, head };
}

async function readStretch({ handle }: Side, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was merged');
    done += bytesRead;
  }
  return bytes;
}

async function textOf(side: Side, at: number): Promise<string> {
  const piece = side.pieces[at];
  if (piece === undefined) return '';
  const bytes = await readStretch(side, piece.start, piece.contentEnd);
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
}

function idOf(text: string): string {
  // Most of what is no record has no such name either: it need not be parsed.
  if (!text.includes('"id"')) return '';
  try {
    const raw: unknown = JSON.parse(text);
    return isObject(raw) && typeof raw.id === 'string' ? raw.id : '';
  } catch {
    return '';
  }
}
