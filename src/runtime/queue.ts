import { CancelledError } from '../protocol/errors';

/** `screen`: somebody is looking at where the answer will appear. `background`: part of a batch. */
export type Priority = 'screen' | 'background';

/** What a running task may ask of its queue. */
export interface Slot {
  /**
   * Lets what is on screen go first when this is a background task; whether anything went. Rejects with
   * CancelledError, at once, when the task is cancelled meanwhile.
   */
  readonly giveWay: () => Promise<boolean>;
}

/** Runs one task at a time: those on screen in order, then those of the background. A cancelled one never starts. */
export class Queue {
  private readonly lines: Readonly<Record<Priority, (() => void)[]>> = { screen: [], background: [] };
  private busy = false;

  async run<T>(
    task: (slot: Slot) => Promise<T>,
    signal?: AbortSignal,
    priority: Priority = 'screen',
  ): Promise<T> {
    await this.enter(priority, signal);
    const turn = { held: true };
    const giveWay = async (): Promise<boolean> => {
      if (priority === 'screen' || this.lines.screen.length === 0) return false;
      turn.held = false;
      const again = this.enter(priority, signal, true);
      this.leave();
      await again;
      turn.held = true;
      return true;
    };
    try {
      return await task({ giveWay });
    } finally {
      if (turn.held) this.leave();
    }
  }

  /** `first`: before all others of its line, since it has begun already. */
  private enter(priority: Priority, signal: AbortSignal | undefined, first = false): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(new CancelledError());
    if (!this.busy) {
      this.busy = true;
      return Promise.resolve();
    }
    const line = this.lines[priority];
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        line.splice(line.indexOf(start), 1);
        reject(new CancelledError());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (first) line.unshift(start);
      else line.push(start);
    });
  }

  private leave(): void {
    const next = this.lines.screen.shift() ?? this.lines.background.shift();
    if (next === undefined) this.busy = false;
    else next();
  }
}
