import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { t } from '@vscode/l10n';
import type { Llama, LlamaModel, Token } from 'node-llama-cpp';
import type { Handlers } from '../protocol/channel';
import { CancelledError, UserError, isCancelled } from '../protocol/errors';
import { checkAdapter } from './adapterCheck';
import { answerTokens } from './answerTokens';
import type { Encoder } from './answerTokens';
import { ChatTemplate } from './chatTemplate';
import { describeModel, ggufNumber, ggufString, readGguf } from './gguf';
import type { Gguf } from './gguf';
import { HeldAdapters, versionOf } from './heldAdapters';
import { LlamaLog } from './llamaLog';
import { contextOf, freeMemory, mustFit } from './memory';
import { loadLlama } from './nativeLlama';
import type { LlamaOptions } from './nativeLlama';
import type { ModelInfo, ModelRef, PreviewProgress, Turn, runtimeApi } from './protocol';
import { promptTokens } from './promptTokens';
import { Queue } from './queue';
import type { Priority } from './queue';
import { BLOCK, Displaced, Session } from './session';
import type { Conduct } from './session';

/** Contexts kept: base, tuned and one more. Each holds its key–value memory (350 MB for a 9 B model at 2048). */
const MAX_SESSIONS = 3;
const MAX_VOCABULARIES = 4;

interface AdapterRef {
  readonly gguf: string;
  readonly scale: number;
}

interface Loaded {
  readonly key: string;
  readonly model: LlamaModel;
  readonly header: Gguf;
  readonly info: ModelInfo;
  readonly template: ChatTemplate | undefined;
  /** The vocabulary would put spaces after special tokens and is told not to. */
  readonly spacesOff: boolean;
  /** The newest used last. */
  readonly sessions: Map<string, Session>;
  readonly adapters: HeldAdapters;
}

/** An answer that is begun again says what it said before: the same seed gives the same text. */
function onlyNew(progress: (value: PreviewProgress) => void): (value: PreviewProgress) => void {
  let told = 0;
  return (value) => {
    if (value.phase === 'text' ? value.tokens <= told : told > 0) return;
    if (value.phase === 'text') told = value.tokens;
    progress(value);
  };
}

async function keyOf(ref: ModelRef): Promise<string> {
  return `${(await versionOf(ref.gguf)).key}|${String(ref.spaceAfterSpecial ?? false)}`;
}

/** llama.cpp behind the runtime API: one base in memory, a context per adapter, one answer at a time. */
export class Engine {
  private llama: Promise<Llama> | undefined;
  private loaded: Loaded | undefined;
  private readonly vocabularies = new Map<string, Loaded>();
  private readonly work = new Queue();
  private readonly counting = new Queue();
  private readonly log = new LlamaLog();

  constructor(
    private readonly options: LlamaOptions & {
      readonly threads?: number;
      readonly language?: string;
      readonly freeMemory?: () => number;
    },
  ) {}

  readonly handlers: Handlers<typeof runtimeApi> = {
    'runtime/ping': () => null,
    'runtime/load': ({ model }, { signal, progress }) =>
      this.work.run(async () => (await this.open(model, progress, signal)).info, signal),
    'runtime/answer': (
      { model, adapter, messages, begun, sampling, priority },
      { signal, progress: tell },
    ) => {
      const progress = onlyNew(tell);
      return this.inTurn({ model, adapter, priority }, { signal, progress }, (loaded, session, conduct) =>
        session.answer(encode(loaded, messages, true, begun), sampling, conduct),
      );
    },
    'runtime/nextToken': ({ model, adapter, tokens, top }, { signal }) =>
      this.work.run(async () => {
        const loaded = await this.open(model, () => undefined, signal, adapter);
        return (await this.session(loaded, model, adapter)).nextToken(tokens as Token[], top);
      }, signal),
    'runtime/score': ({ model, adapter, messages }, { signal }) => {
      // Nobody waits for it with a text before them.
      const who = { model, adapter, priority: 'background' } as const;
      return this.inTurn(who, { signal, progress: () => undefined }, (loaded, session, conduct) => {
        const { tokens, from } = answerTokens(messages, encoderOf(loaded));
        return session.score(tokens, from, conduct);
      });
    },
    'runtime/countTokens': ({ model, conversations }, { signal }) =>
      this.counting.run(async () => {
        const loaded = await this.vocabulary(model, signal);
        const counts: number[] = [];
        for (const messages of conversations) {
          counts.push(encode(loaded, messages, false).length);
          if (counts.length % 64 === 0) await setImmediate(); // lets a cancel and other requests in
          if (signal.aborted) throw new CancelledError();
        }
        return counts;
      }, signal),
    'runtime/promptTokens': ({ model, items }, { signal }) =>
      this.counting.run(async () => {
        const loaded = await this.vocabulary(model, signal);
        const template = ggufString(loaded.header, 'tokenizer.chat_template') ?? null;
        return promptTokens(loaded.model, template, items, encoderOf(loaded));
      }, signal),
    'runtime/countText': ({ model, texts }, { signal }) =>
      this.counting.run(async () => {
        const loaded = await this.vocabulary(model, signal);
        return texts.map((text) => loaded.model.tokenize(text, false).length);
      }, signal),
  };

  /** Runs `work` when it is its turn, and again from its beginning where another has taken its context meanwhile. */
  private inTurn<T>(
    who: {
      readonly model: ModelRef;
      readonly adapter: AdapterRef | null;
      readonly priority?: Priority | undefined;
    },
    { signal, progress }: Omit<Conduct, 'giveWay'>,
    work: (loaded: Loaded, session: Session, conduct: Conduct) => Promise<T>,
  ): Promise<T> {
    const { model, adapter, priority } = who;
    return this.work.run(
      async ({ giveWay }) => {
        for (;;) {
          const loaded = await this.open(model, progress, signal, adapter);
          const session = await this.session(loaded, model, adapter);
          try {
            return await work(loaded, session, { signal, progress, giveWay });
          } catch (error) {
            if (!(error instanceof Displaced)) throw error;
          }
        }
      },
      signal,
      priority,
    );
  }

  private native(): Promise<Llama> {
    this.llama ??= loadLlama({
      gpu: this.options.gpu,
      log: (level, text) => {
        this.log.keep(level, text);
        this.options.log(level, text);
      },
    }).catch((error: unknown) => {
      this.llama = undefined;
      throw error;
    });
    return this.llama;
  }

  /** The model in memory, loaded when it is not there; another one is freed first. */
  private async open(
    ref: ModelRef,
    progress: (value: { readonly phase: 'loading'; readonly fraction: number }) => void,
    signal: AbortSignal,
    adapter: AdapterRef | null = null,
  ): Promise<Loaded> {
    const key = await keyOf(ref);
    const held = this.loaded;
    if (held?.key === key && (adapter === null || held.adapters.hasRoomFor(await versionOf(adapter.gguf)))) {
      return held;
    }
    this.loaded = undefined;
    await held?.model.dispose();
    progress({ phase: 'loading', fraction: 0 });
    let shown = 0;
    const show = (fraction: number): void => {
      if (fraction <= shown || (fraction < shown + 0.02 && fraction < 1)) return; // one for every tensor
      shown = fraction;
      progress({ phase: 'loading', fraction });
    };
    this.loaded = await this.load(ref, key, false, signal, show);
    show(1);
    return this.loaded;
  }

  /** The tokenizer alone: quick to load, and never in the way of an answer. */
  private async vocabulary(ref: ModelRef, signal: AbortSignal): Promise<Loaded> {
    const key = await keyOf(ref);
    const held = this.vocabularies.get(key);
    if (held !== undefined) return held;
    const [oldest] = this.vocabularies.values();
    if (oldest !== undefined && this.vocabularies.size >= MAX_VOCABULARIES) {
      this.vocabularies.delete(oldest.key);
      await oldest.model.dispose();
    }
    const loaded = await this.load(ref, key, true, signal, () => undefined);
    this.vocabularies.set(key, loaded);
    return loaded;
  }

  private async load(
    ref: ModelRef,
    key: string,
    vocabOnly: boolean,
    signal: AbortSignal,
    onLoadProgress: (fraction: number) => void,
  ): Promise<Loaded> {
    const header = await readGguf(ref.gguf, { signal });
    const info = describeModel(header);
    const spacesOff =
      ggufString(header, 'tokenizer.ggml.model') === 'llama' &&
      header.metadata.get('tokenizer.ggml.add_space_prefix') !== false &&
      ref.spaceAfterSpecial !== true;
    if (!vocabOnly) {
      const free = (this.options.freeMemory ?? freeMemory)();
      mustFit(header, contextOf(ref.context, info), free, this.options.language ?? 'en');
    }
    const llama = await this.native();
    const before = this.log.count;
    let model: LlamaModel;
    try {
      model = await llama.loadModel({
        modelPath: ref.gguf,
        vocabOnly,
        onLoadProgress,
        loadSignal: signal,
        ...(spacesOff ? { metadataOverrides: { tokenizer: { ggml: { add_space_prefix: false } } } } : {}),
      });
    } catch (error) {
      if (signal.aborted || isCancelled(error)) throw new CancelledError();
      throw this.log.failure(
        'runtime/loadFailed',
        (reason) => t('llama.cpp cannot load {0}: {1}', ref.gguf, reason),
        error,
        before,
      );
    }
    try {
      return {
        key,
        model,
        header,
        info,
        template: templateOf(model, header),
        spacesOff,
        sessions: new Map(),
        adapters: new HeldAdapters(),
      };
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  private async session(loaded: Loaded, ref: ModelRef, adapter: AdapterRef | null): Promise<Session> {
    const contextSize = contextOf(ref.context, loaded.info);
    const version = adapter === null ? null : await versionOf(adapter.gguf);
    const key = `${String(contextSize)}|${version?.key ?? ''}`;
    const scale = adapter?.scale ?? 1;
    const held = loaded.sessions.get(key);
    if (held !== undefined) {
      loaded.sessions.delete(key);
      if (await held.setScale(scale)) {
        loaded.sessions.set(key, held);
        return held;
      }
      await held.dispose();
    }
    if (adapter !== null) checkAdapter(await readGguf(adapter.gguf), loaded.header);
    for (const [oldest, session] of loaded.sessions) {
      if (loaded.sessions.size < MAX_SESSIONS) break;
      loaded.sessions.delete(oldest);
      await session.dispose();
    }
    const before = this.log.count;
    try {
      const llama = await this.native();
      const threads =
        this.options.threads ?? Math.max(1, Math.min(llama.cpuMathCores, availableParallelism()));
      const options = { contextSize, threads, failedCreationRemedy: false } as const;
      const make = async (filePath?: string): Promise<Session> => {
        const lora = filePath === undefined ? undefined : { filePath, scale };
        const context = await loaded.model.createContext({
          ...options,
          ...(lora === undefined ? {} : { lora: { adapters: [lora] } }),
        });
        return new Session(loaded.model, context, llama.gpu === false ? BLOCK.cpu : BLOCK.gpu, lora);
      };
      const session = await (version === null ? make() : loaded.adapters.use(version, make));
      loaded.sessions.set(key, session);
      return session;
    } catch (error) {
      throw this.log.failure(
        'runtime/contextFailed',
        (reason) => t('The preview cannot start: {0}', reason),
        error,
        before,
      );
    }
  }
}

function templateOf(model: LlamaModel, header: Gguf): ChatTemplate | undefined {
  const source = ggufString(header, 'tokenizer.chat_template');
  if (source === undefined) return undefined;
  const text = (id: number | undefined): string =>
    id === undefined ? '' : model.detokenize([id as Token], true);
  return new ChatTemplate(source, {
    bos_token: model.tokens.bosString ?? '',
    eos_token: model.tokens.eosString ?? '',
    unk_token: text(ggufNumber(header, 'tokenizer.ggml.unknown_token_id')),
    pad_token: text(ggufNumber(header, 'tokenizer.ggml.padding_token_id')),
  });
}

/** Exactly the tokens of `apply_chat_template`: the rendered text, its special tokens parsed, none added. */
function encode(
  loaded: Loaded,
  messages: readonly Turn[],
  addGenerationPrompt: boolean,
  begun = '',
): Token[] {
  return tokenise(loaded, render(loaded, messages, addGenerationPrompt) + begun);
}

function render(loaded: Loaded, messages: readonly Turn[], addGenerationPrompt: boolean): string {
  if (loaded.template === undefined) {
    throw new UserError(
      'runtime/noChatTemplate',
      t(
        '{0} has no chat template: it is a base model without instructions. Choose an instruct model.',
        loaded.header.file,
      ),
      { place: { file: loaded.header.file }, remedies: ['chooseModel'] },
    );
  }
  return loaded.template.render(messages, addGenerationPrompt);
}

function tokenise(loaded: Loaded, text: string): Token[] {
  const tokens = loaded.model.tokenize(text, true);
  // The very beginning gets its space all the same, unless a special token stands there (Metaspace, "first").
  if (!loaded.spacesOff || text.startsWith(' ') || loaded.model.isSpecialToken(tokens[0])) return tokens;
  return loaded.model.tokenize(` ${text}`, true);
}

function encoderOf(loaded: Loaded): Encoder<Token> {
  const { model } = loaded;
  return {
    render: (messages, addGenerationPrompt) => render(loaded, messages, addGenerationPrompt),
    tokenise: (text) => tokenise(loaded, text),
    textOf: (tokens) => model.detokenize(tokens, true),
    isSpecial: (token) => model.isSpecialToken(token),
    eos: model.tokens.eosString,
  };
}
