import { Worker } from 'node:worker_threads';
import { Channel } from '../protocol/channel';
import type { RangeJob, RangeResult } from './checkRange';
import { poolApi, workerApi } from './workerApi';
import type { WorkerData } from './workerApi';

interface Member {
  readonly worker: Worker;
  readonly channel: Channel<typeof poolApi, typeof workerApi>;
}

export interface PoolOptions {
  /** Path of the bundled worker. */
  readonly workerFile: string;
  readonly size: number;
  readonly l10n?: Readonly<Record<string, string>> | undefined;
}

/** Workers that check stretches of files, each one stretch at a time, started as they are needed. */
export class CheckPool {
  private readonly idle: Member[] = [];
  private readonly all = new Set<Member>();
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly options: PoolOptions) {}

  /** Rejects when the worker dies, with why; the pool goes on with the others. */
  async run(
    job: RangeJob,
    options: { readonly signal?: AbortSignal | undefined; readonly onBytes: (bytes: number) => void },
  ): Promise<RangeResult> {
    const member = await this.take();
    try {
      return await member.channel.request(
        'checks/range',
        { ...job, rules: { ...job.rules } },
        {
          signal: options.signal,
          progress: options.onBytes,
        },
      );
    } finally {
      if (this.all.has(member)) this.idle.push(member);
      this.waiting.shift()?.();
    }
  }

  /** Stops every worker; what is under way rejects. */
  async dispose(): Promise<void> {
    const members = [...this.all];
    this.all.clear();
    this.idle.length = 0;
    for (const { channel } of members) channel.dispose();
    await Promise.all(members.map(({ worker }) => worker.terminate()));
  }

  private async take(): Promise<Member> {
    for (;;) {
      const member = this.idle.pop();
      if (member !== undefined) return member;
      if (this.all.size < this.options.size) return this.start();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private start(): Member {
    const workerData: WorkerData = { l10n: this.options.l10n ?? null };
    const worker = new Worker(this.options.workerFile, { workerData });
    const channel = new Channel(
      poolApi,
      workerApi,
      {},
      {
        post: (message) => worker.postMessage(message),
        onMessage: (listener) => worker.on('message', listener),
        onClose: (listener) => {
          worker.on('error', (error) => listener(error instanceof Error ? error : new Error(String(error))));
          worker.on('exit', (code) => listener(new Error(`the check worker ended with code ${code}`)));
        },
      },
    );
    const member = { worker, channel };
    this.all.add(member);
    worker.on('exit', () => {
      this.all.delete(member);
      const at = this.idle.indexOf(member);
      if (at >= 0) this.idle.splice(at, 1);
      this.waiting.shift()?.();
    });
    return member;
  }
}
