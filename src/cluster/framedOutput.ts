/**
 * Finds a remote command's own output in what ssh prints: what a login shell's start-up files say before it is left
 * out, and the end mark carries the command's exit code, so that a lost connection (no end mark) and a command that
 * itself ends with 255 are told apart. Takes chunks cut anywhere.
 */
export class FramedOutput {
  private readonly begin: Buffer;
  private readonly end: Buffer;
  private held: Buffer = Buffer.alloc(0);
  private started = false;
  private exitCode: number | undefined;

  /** Longest exit code, its newline, and what a logout script may say after it. */
  private static readonly TAIL = 512;
  private static readonly MAX_PREAMBLE = 1 << 20;

  constructor(
    begin: string,
    end: string,
    private readonly sink: (chunk: Buffer) => void | Promise<void>,
  ) {
    this.begin = Buffer.from(`${begin}\n`);
    this.end = Buffer.from(`\n${end} `);
  }

  get hasStarted(): boolean {
    return this.started;
  }

  /** What came instead of the begin mark. */
  get preamble(): string {
    return this.started ? '' : this.held.toString('utf8');
  }

  async push(chunk: Buffer): Promise<void> {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    if (!this.started) {
      const at = this.held.indexOf(this.begin);
      if (at === -1) {
        if (this.held.length > FramedOutput.MAX_PREAMBLE) this.held = this.held.subarray(-this.begin.length);
        return;
      }
      this.started = true;
      this.held = this.held.subarray(at + this.begin.length);
    }
    const keep = this.end.length + FramedOutput.TAIL;
    if (this.held.length > keep) {
      const ready = this.held.subarray(0, this.held.length - keep);
      this.held = this.held.subarray(this.held.length - keep);
      await this.sink(ready);
    }
  }

  /** The command's exit code, or undefined when the output broke off. */
  async finish(): Promise<number | undefined> {
    if (!this.started || this.exitCode !== undefined) return this.exitCode;
    const at = this.held.lastIndexOf(this.end);
    const code =
      at === -1
        ? undefined
        : /^(\d+)\n/.exec(this.held.subarray(at + this.end.length).toString('latin1'))?.[1];
    if (code === undefined) {
      await this.sink(this.held);
      return undefined;
    }
    await this.sink(this.held.subarray(0, at));
    this.exitCode = Number(code);
    return this.exitCode;
  }
}

/** POSIX, in one line (csh cannot take a newline in quotes). $1 and $2 are the marks, the rest is the command. */
export const FRAME_COMMAND =
  'afina_end=$2; printf "%s\\n" "$1"; shift 2; "$@"; printf "\\n%s %s\\n" "$afina_end" "$?"';
