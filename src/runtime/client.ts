import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { Channel } from '../protocol/channel';
import { CancelledError, isCancelled } from '../protocol/errors';
import { crashError } from './crash';
import type { Crash } from './crash';
import { runtimeApi } from './protocol';
import type {
  Answer,
  AnswerScore,
  ModelInfo,
  ModelRef,
  PreviewProgress,
  PromptItem,
  PromptTokens,
  Sampling,
  Turn,
} from './protocol';
import type { Priority } from './queue';

const nothing = { methods: {}, events: {} } as const;
const LOG_LINES = 60;
const MAX_LINE = 400;
/** A stuck process is ended after this many silent intervals. */
const MISSED_PINGS = 6;

export interface AdapterRef {
  /** Absolute path of the adapter's GGUF. */
  readonly gguf: string;
  /** 0 is the base, 1 the adapter as trained. */
  readonly scale: number;
}

export interface AnswerParams {
  readonly model: ModelRef;
  readonly adapter: AdapterRef | null;
  readonly messages: readonly Turn[];
  /** The beginning of the answer, which goes on from there. */
  readonly begun?: string | undefined;
  readonly sampling: Sampling;
}

export interface RequestOptions<G = never> {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (value: G) => void;
}

export interface AnswerOptions extends RequestOptions<PreviewProgress> {
  /** What is on screen goes first, also before an answer of the background that has begun. Default: screen. */
  readonly priority?: Priority;
}

export interface RuntimeClientOptions {
  /** Absolute path of `dist/runtimeProcess.mjs`. */
  readonly script: string;
  readonly execPath?: string;
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** l10n bundle (JSON file) of the interface's language. */
  readonly l10nBundle?: string | undefined;
  /** Minutes without a request after which the process ends. Default 10; 0 keeps it. */
  readonly idleMinutes?: number;
  /** Seconds between two signs of life while a request runs. Default 10. */
  readonly pingSeconds?: number;
  /** First delay before a restart when the process crashes again and again, in seconds. Default 1, at most 30. */
  readonly backoffSeconds?: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly channel: Channel<typeof nothing, typeof runtimeApi>;
  readonly stopped: Promise<void>;
  readonly stop: (reason: Error) => void;
  /** What the process says from now on may be about what is asked now. */
  readonly listen: () => void;
}

/**
 * llama.cpp in a process of its own. The process starts with the first request and ends when idle; when it crashes,
 * what is under way is rejected with a UserError `runtime/crashed` and the next request starts a new one.
 */
export class RuntimeClient {
  private running: Running | undefined;
  private disposed = false;
  /** Crashes since the last answered request. */
  private crashes = 0;
  private crashedAt = 0;
  private pendingRequests = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private readonly crashListeners = new Set<(crash: Crash) => void>();
  private readonly logListeners = new Set<(line: { level: string; text: string }) => void>();

  constructor(private readonly options: RuntimeClientOptions) {}

  answer(params: AnswerParams, { priority, ...options }: AnswerOptions = {}): Promise<Answer> {
    const { model, adapter, sampling, begun } = params;
    return this.use(options.signal, (channel) =>
      channel.request(
        'runtime/answer',
        { model, adapter, sampling, begun, messages: [...params.messages], priority },
        options,
      ),
    );
  }

  /** Tokens of each conversation, in order, as training would see it. */
  countTokens(
    params: { readonly model: ModelRef; readonly conversations: readonly (readonly Turn[])[] },
    options: RequestOptions = {},
  ): Promise<number[]> {
    return this.use(options.signal, (channel) =>
      channel.request(
        'runtime/countTokens',
        { model: params.model, conversations: params.conversations.map((turns) => [...turns]) },
        { signal: options.signal },
      ),
    );
  }

  /** Tokens of each text as it stands, without a chat template. */
  countText(
    params: { readonly model: ModelRef; readonly texts: readonly string[] },
    { signal }: RequestOptions = {},
  ): Promise<number[]> {
    return this.use(signal, (channel) =>
      channel.request('runtime/countText', { model: params.model, texts: [...params.texts] }, { signal }),
    );
  }

  /** What a preview would send for each item, token by token. */
  promptTokens(
    params: { readonly model: ModelRef; readonly items: readonly PromptItem[] },
    options: RequestOptions = {},
  ): Promise<PromptTokens> {
    return this.use(options.signal, (channel) =>
      channel.request(
        'runtime/promptTokens',
        { model: params.model, items: [...params.items] },
        { signal: options.signal },
      ),
    );
  }

  load(
    params: { readonly model: ModelRef },
    options: RequestOptions<{ readonly phase: 'loading'; readonly fraction: number }> = {},
  ): Promise<ModelInfo> {
    return this.use(options.signal, (channel) => channel.request('runtime/load', params, options));
  }

  /** How likely a conversation's last turn is as the answer to those before it. */
  score(
    params: {
      readonly model: ModelRef;
      readonly adapter: AdapterRef | null;
      readonly messages: readonly Turn[];
    },
    options: RequestOptions = {},
  ): Promise<AnswerScore> {
    return this.use(options.signal, (channel) =>
      channel.request(
        'runtime/score',
        { ...params, messages: [...params.messages] },
        { signal: options.signal },
      ),
    );
  }

  nextToken(
    params: {
      readonly model: ModelRef;
      readonly adapter: AdapterRef | null;
      readonly tokens: readonly number[];
      readonly top: number;
    },
    options: RequestOptions = {},
  ): Promise<{ readonly token: number; readonly logProbability: number }[]> {
    return this.use(options.signal, (channel) =>
      channel.request(
        'runtime/nextToken',
        { ...params, tokens: [...params.tokens] },
        { signal: options.signal },
      ),
    );
  }

  /** The returned function stops listening. */
  onDidCrash(listener: (crash: Crash) => void): () => void {
    this.crashListeners.add(listener);
    return () => this.crashListeners.delete(listener);
  }

  onDidLog(listener: (line: { level: string; text: string }) => void): () => void {
    this.logListeners.add(listener);
    return () => this.logListeners.delete(listener);
  }

  /** Process id while one runs. */
  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  /** Ends the process and rejects what is under way as cancelled. Resolves when the process is gone. */
  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.idleTimer);
    this.crashListeners.clear();
    this.logListeners.clear();
    await this.halt();
  }

  private async halt(): Promise<void> {
    const running = this.running;
    running?.stop(new CancelledError('the runtime was stopped'));
    await running?.stopped;
  }

  private async use<T>(
    signal: AbortSignal | undefined,
    request: (channel: Running['channel']) => Promise<T>,
  ): Promise<T> {
    clearTimeout(this.idleTimer);
    this.pendingRequests++;
    try {
      await this.backOff(signal);
      if (this.disposed) throw new CancelledError('the runtime was stopped');
      if (this.running === undefined) this.running = this.start();
      else if (this.pendingRequests === 1) this.running.listen();
      const result = await request(this.running.channel);
      this.crashes = 0;
      return result;
    } finally {
      this.pendingRequests--;
      if (this.pendingRequests === 0) this.restWhenIdle();
    }
  }

  private restWhenIdle(): void {
    const minutes = this.options.idleMinutes ?? 10;
    if (minutes <= 0 || this.disposed) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => void this.halt(), minutes * 60_000);
    this.idleTimer.unref();
  }

  /** After a first crash a restart is immediate; after further ones it waits, each time twice as long. */
  private async backOff(signal: AbortSignal | undefined): Promise<void> {
    if (this.running !== undefined || this.crashes < 2) return;
    const first = (this.options.backoffSeconds ?? 1) * 1000;
    const wait = Math.min(30_000, first * 2 ** (this.crashes - 2)) - (performance.now() - this.crashedAt);
    if (wait <= 0) return;
    try {
      await delay(wait, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw isCancelled(error) ? new CancelledError() : error;
    }
  }

  private start(): Running {
    const child = fork(this.options.script, [], {
      execPath: this.options.execPath ?? process.execPath,
      execArgv: [...(this.options.execArgv ?? [])],
      env: {
        ...process.env,
        // In VS Code's desktop application process.execPath is Electron.
        ...('electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {}),
        ...(this.options.l10nBundle === undefined ? {} : { AFINA_L10N_BUNDLE: this.options.l10nBundle }),
        // A crash would start a debugger where there is one, which takes seconds and may ask the network for symbols.
        GGML_NO_BACKTRACE: '1',
        ...this.options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log: string[] = [];
    let recent = 0;
    const keep = (text: string): void => {
      const lines = text.split('\n').filter((line) => line.trim() !== '');
      recent += lines.length;
      log.push(...lines.map((line) => line.trimEnd().slice(0, MAX_LINE)));
      if (log.length > LOG_LINES) log.splice(0, log.length - LOG_LINES);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        keep(text);
        for (const listener of this.logListeners) listener({ level: 'info', text });
      });
    }

    let asked = false;
    let stuck = false;
    let failure: Error | undefined;
    const channel = new Channel(
      nothing,
      runtimeApi,
      {},
      {
        post: (message) => {
          // A child that is gone is reported by its end, which carries the reason.
          if (child.connected) child.send(message as Serializable, () => undefined);
        },
        onMessage: (listener) => child.on('message', listener),
      },
    );
    channel.on('runtime/log', (line) => {
      keep(line.text);
      for (const listener of this.logListeners) listener(line);
    });
    const stopWatching = this.watch(channel, () => {
      stuck = true;
      child.kill('SIGKILL');
    });

    const stopped = new Promise<void>((resolve) => {
      let over = false;
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (over) return;
        over = true;
        stopWatching();
        if (this.running?.child === child) this.running = undefined;
        if (!asked) {
          this.crashes++;
          this.crashedAt = performance.now();
          const crash: Crash = { code, signal, log: log.join('\n') };
          channel.dispose(crashError(crash, recent === 0 ? [] : log.slice(-recent), { stuck, failure }));
          for (const listener of this.crashListeners) listener(crash);
        }
        resolve();
      };
      // 'close' comes after the streams' last data; 'error' without it when the process never started.
      child.on('close', ended);
      // A process of its own that outlives it would hold the streams open.
      child.on('exit', (code, signal) => setTimeout(ended, 500, code, signal));
      child.on('error', (error) => {
        failure = error;
        keep(error.message);
        if (child.pid === undefined) ended(null, null);
      });
    });
    return {
      child,
      channel,
      stopped,
      stop: (reason) => {
        asked = true;
        if (this.running?.child === child) this.running = undefined;
        channel.dispose(reason);
        // It has nothing to save, and a polite end may hang in native code.
        child.kill('SIGKILL');
      },
      listen: () => {
        recent = 0;
      },
    };
  }

  /** Calls `stuck` when the process is silent for too long while a request is under way. */
  private watch(channel: Running['channel'], stuck: () => void): () => void {
    let missed = 0;
    let waiting = false;
    const timer = setInterval(
      () => {
        if (this.pendingRequests === 0) {
          missed = 0;
          return;
        }
        if (waiting) {
          missed++;
          if (missed >= MISSED_PINGS) stuck();
          return;
        }
        waiting = true;
        const heard = (): void => {
          waiting = false;
          missed = 0;
        };
        channel.request('runtime/ping', {}).then(heard, heard);
      },
      (this.options.pingSeconds ?? 10) * 1000,
    );
    timer.unref();
    return () => clearInterval(timer);
  }
}
