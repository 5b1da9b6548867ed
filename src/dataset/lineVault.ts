import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KeptLine, SpilledLine } from './content';

/** Bytes of lines that stay in memory; what comes after goes to a temporary file. */
const IN_MEMORY = 32 * 1024 * 1024;
/** Bytes of one write. */
const WRITE = 1024 * 1024;

/**
 * Lines that a save took out of the file: undo must be able to bring them back, also when half of a large
 * dataset was deleted.
 */
export class LineVault {
  private used = 0;
  private fileLength = 0;
  private handle: FileHandle | undefined;
  /** Lines on their way to the file: a hundred thousand single writes take longer than all else that a save does. */
  private pending: Buffer[] = [];
  private pendingLength = 0;
  private writing: Promise<void> = Promise.resolve();
  private file: string | undefined;

  constructor(private readonly memory = IN_MEMORY) {}

  async keep(bytes: Buffer, contentLength: number): Promise<KeptLine | SpilledLine> {
    if (this.used + bytes.length <= this.memory) {
      this.used += bytes.length;
      return { kind: 'kept', bytes: Buffer.from(bytes), contentLength };
    }
    if (this.handle === undefined) {
      this.file = path.join(tmpdir(), `afina-${randomBytes(8).toString('hex')}.lines`);
      this.handle = await open(this.file, 'wx+', 0o600);
    }
    const offset = this.fileLength;
    this.fileLength += bytes.length;
    this.pending.push(Buffer.from(bytes));
    this.pendingLength += bytes.length;
    if (this.pendingLength >= WRITE) await this.flush();
    return { kind: 'spilled', offset, length: bytes.length, contentLength };
  }

  /** The whole piece: line, line end and blank lines below. */
  async read(line: KeptLine | SpilledLine): Promise<Buffer> {
    if (line.kind === 'kept') return line.bytes;
    await this.flush();
    const bytes = Buffer.allocUnsafe(line.length);
    let done = 0;
    while (done < line.length) {
      const read = await this.handle?.read(bytes, done, line.length - done, line.offset + done);
      if (read === undefined || read.bytesRead === 0) throw new Error('a kept line is no longer in its file');
      done += read.bytesRead;
    }
    return bytes;
  }

  /** Writes what waits for it, behind what is being written. */
  private flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    const offset = this.fileLength - bytes.length;
    this.pending = [];
    this.pendingLength = 0;
    this.writing = this.writing.then(async () => {
      let done = 0;
      while (done < bytes.length) {
        const written = await this.handle?.write(bytes, done, bytes.length - done, offset + done);
        if (written === undefined) throw new Error('the file of kept lines is closed');
        done += written.bytesWritten;
      }
    });
    return this.writing;
  }

  async dispose(): Promise<void> {
    await this.writing.catch(() => undefined);
    const { handle, file } = this;
    this.handle = undefined;
    this.file = undefined;
    await handle?.close();
    if (file !== undefined) await unlink(file).catch(() => undefined);
  }
}
