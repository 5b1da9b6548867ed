/** What a command printed. `stdout` is bytes; a non-zero `code` is a result here, not an error. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: Buffer | string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when the command is about to be sent: from here on it may have run even if no answer comes. */
  readonly onStarted?: () => void;
}

export interface UploadFile {
  /** Absolute path here. */
  readonly local: string;
  /** Absolute path there; it appears under this name only when it is whole and its sha256 is right. */
  readonly remote: string;
  readonly sha256: string;
  readonly bytes: number;
}

export type DownloadFile = UploadFile;

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Bytes sent or received so far of all files, and their sum. */
  readonly onProgress?: (done: number, total: number, file: string) => void;
}

/**
 * How commands and files reach a cluster. All paths there are absolute. Every method throws UserError for what a
 * user can change (no ssh, wrong host key, disk full …), with code `ssh/*` or `cluster/*`, and CancelledError on abort.
 */
export interface Transport {
  readonly kind: 'local' | 'ssh';
  /** The host as the user knows it, for messages. */
  readonly title: string;
  run(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs a constant POSIX sh script with arguments. It is executed whole or not at all, and its stdin is empty. */
  script(
    text: string,
    args: readonly string[],
    options?: Omit<CommandOptions, 'stdin'>,
  ): Promise<CommandResult>;
  upload(files: readonly UploadFile[], options?: TransferOptions): Promise<void>;
  download(files: readonly DownloadFile[], options?: TransferOptions): Promise<void>;
  close(): Promise<void>;
}
