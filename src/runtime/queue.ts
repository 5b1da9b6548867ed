import { CancelledError } from '../protocol/errors';

/** Runs tasks one after the other. A task whose signal aborts while it waits never starts. */
export class Queue {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.tail.then(() => {
      if (signal?.aborted === true) throw new CancelledError();
      return task();
    });
    this.tail = result.catch(() => undefined);
    return result;
  }
}
