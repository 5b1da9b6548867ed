import * as z from 'zod/mini';
import { CancelledError, UserError, messageOf } from './errors';
import type { Place, Remedy } from './errors';

/** One request of an API. Only `params` exists at run time; the other two carry types. */
export interface Method<P = unknown, R = unknown, G = unknown> {
  readonly params: z.ZodMiniType<P>;
  readonly result?: R;
  readonly progress?: G;
}

/** What one side of a channel answers to (`methods`) and announces (`events`). */
export interface Api {
  readonly methods: Readonly<Record<string, Method>>;
  readonly events: Readonly<Record<string, z.ZodMiniType>>;
}

/** `method<Result, Progress>()(paramsSchema)`: result and progress are types, parameters are checked. */
export function method<R, G = never>() {
  return <S extends z.ZodMiniType>(params: S): Method<z.infer<S>, R, G> => ({
    params: params as z.ZodMiniType<z.infer<S>>,
  });
}

type Params<A extends Api, M extends keyof A['methods']> =
  A['methods'][M] extends Method<infer P> ? P : never;
type Result<A extends Api, M extends keyof A['methods']> =
  A['methods'][M] extends Method<unknown, infer R> ? R : never;
type Progress<A extends Api, M extends keyof A['methods']> =
  A['methods'][M] extends Method<unknown, unknown, infer G> ? G : never;
type EventValue<A extends Api, E extends keyof A['events']> = z.infer<A['events'][E]>;

export interface HandlerContext<G> {
  readonly signal: AbortSignal;
  readonly progress: (value: G) => void;
}

/** One handler for every method of the API: a missing one does not compile. */
export type Handlers<A extends Api> = {
  readonly [M in keyof A['methods']]: (
    params: Params<A, M>,
    context: HandlerContext<Progress<A, M>>,
  ) => Promise<Result<A, M>> | Result<A, M>;
};

/** What carries the messages: a webview, a child process, a worker. Messages are plain data. */
export interface Transport {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose?(listener: (reason: Error) => void): void;
}

const wireError = z.object({
  name: z.string(),
  message: z.string(),
  code: z.optional(z.string()),
  details: z.optional(z.looseObject({})),
});
const wireMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('request'), id: z.number(), method: z.string(), params: z.unknown() }),
  z.object({ kind: z.literal('response'), id: z.number(), result: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number(), error: wireError }),
  z.object({ kind: z.literal('progress'), id: z.number(), value: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.number() }),
  z.object({ kind: z.literal('event'), event: z.string(), value: z.unknown() }),
]);
type WireError = z.infer<typeof wireError>;

function toWire(error: unknown): WireError {
  if (error instanceof UserError) {
    return { name: error.name, message: error.message, code: error.code, details: { ...error.details } };
  }
  return { name: error instanceof Error ? error.name : 'Error', message: messageOf(error) };
}

function fromWire(error: WireError): Error {
  if (error.name === 'CancelledError' || error.name === 'AbortError')
    return new CancelledError(error.message);
  if (error.name === 'UserError') {
    const details = error.details as { place?: Place; remedies?: Remedy[]; log?: string } | undefined;
    return new UserError(error.code ?? 'unknown', error.message, details);
  }
  const result = new Error(error.message);
  result.name = error.name;
  return result;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly progress: ((value: unknown) => void) | undefined;
  readonly done: () => void;
}

/**
 * Typed requests and events over any transport, the same on both sides. Every request ends: with its result,
 * with the other side's error, with CancelledError, or, when the channel is disposed or its transport closes,
 * with that reason. What arrives is parsed before any handler sees it.
 */
export class Channel<Local extends Api, Remote extends Api> {
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly running = new Map<number, AbortController>();
  private readonly listeners = new Map<string, Set<(value: unknown) => void>>();
  private closed: Error | undefined;

  constructor(
    private readonly local: Local,
    private readonly remote: Remote,
    private readonly handlers: Handlers<Local>,
    private readonly transport: Transport,
  ) {
    transport.onMessage((message) => this.receive(message));
    transport.onClose?.((reason) => this.dispose(reason));
  }

  /** Asks the other side. Aborting `signal` tells it to stop and rejects here at once. */
  request<M extends keyof Remote['methods'] & string>(
    name: M,
    params: Params<Remote, M>,
    options: { signal?: AbortSignal | undefined; progress?: (value: Progress<Remote, M>) => void } = {},
  ): Promise<Result<Remote, M>> {
    const { signal, progress } = options;
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) {
        reject(this.closed);
        return;
      }
      if (signal?.aborted === true) {
        reject(new CancelledError());
        return;
      }
      const id = this.nextId++;
      const onAbort = (): void => {
        this.send({ kind: 'cancel', id });
        this.settle(id)?.reject(new CancelledError());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.pending.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        progress: progress as ((value: unknown) => void) | undefined,
        done: () => signal?.removeEventListener('abort', onAbort),
      });
      this.send({ kind: 'request', id, method: name, params });
    });
  }

  emit<E extends keyof Local['events'] & string>(event: E, value: EventValue<Local, E>): void {
    if (this.closed === undefined) this.send({ kind: 'event', event, value });
  }

  /** Listens to the other side's event; the returned function stops listening. */
  on<E extends keyof Remote['events'] & string>(
    event: E,
    listener: (value: EventValue<Remote, E>) => void,
  ): () => void {
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set);
    set.add(listener as (value: unknown) => void);
    return () => set.delete(listener as (value: unknown) => void);
  }

  /** Rejects all that is under way here and aborts all that runs for the other side. */
  dispose(reason: Error = new CancelledError('the channel was closed')): void {
    if (this.closed !== undefined) return;
    this.closed = reason;
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(reason);
    for (const controller of this.running.values()) controller.abort(reason);
    this.running.clear();
    this.listeners.clear();
  }

  private send(message: z.infer<typeof wireMessage>): void {
    try {
      this.transport.post(message);
    } catch (error) {
      this.dispose(error instanceof Error ? error : new Error(messageOf(error)));
    }
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    pending?.done();
    return pending;
  }

  private receive(raw: unknown): void {
    if (this.closed !== undefined) return;
    const parsed = wireMessage.safeParse(raw);
    if (!parsed.success) return; // not one of ours: a webview also hears other windows' messages
    const message = parsed.data;
    switch (message.kind) {
      case 'request':
        void this.answer(message.id, message.method, message.params);
        break;
      case 'response':
        this.settle(message.id)?.resolve(message.result);
        break;
      case 'error':
        this.settle(message.id)?.reject(fromWire(message.error));
        break;
      case 'progress':
        this.pending.get(message.id)?.progress?.(message.value);
        break;
      case 'cancel':
        this.running.get(message.id)?.abort(new CancelledError());
        break;
      case 'event': {
        const value = this.remote.events[message.event]?.safeParse(message.value);
        if (value?.success !== true) return;
        for (const listener of this.listeners.get(message.event) ?? []) listener(value.data);
        break;
      }
    }
  }

  private async answer(id: number, name: string, rawParams: unknown): Promise<void> {
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const spec = Object.hasOwn(this.local.methods, name) ? this.local.methods[name] : undefined;
      if (spec === undefined) throw new Error(`unknown method ${name}`);
      const params = spec.params.safeParse(rawParams);
      if (!params.success) throw new Error(`bad parameters of ${name}: ${z.prettifyError(params.error)}`);
      const handler = this.handlers[name] as (
        params: unknown,
        context: HandlerContext<unknown>,
      ) => Promise<unknown>;
      const result = await handler(params.data, {
        signal: controller.signal,
        progress: (value) => {
          if (this.running.get(id) === controller) this.send({ kind: 'progress', id, value });
        },
      });
      if (this.running.get(id) === controller) this.send({ kind: 'response', id, result });
    } catch (error) {
      if (this.running.get(id) === controller) this.send({ kind: 'error', id, error: toWire(error) });
    } finally {
      this.running.delete(id);
    }
  }
}
