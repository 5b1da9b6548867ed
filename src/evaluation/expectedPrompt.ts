import { t } from '@vscode/l10n';
import type { PromptItem, PromptToken, PromptTokens } from '../runtime/protocol';
import { problemOf, quoted } from './parityText';
import type { AskedTurn, Conversation, ParityProblem, PromptReader, TrainingExample } from './promptTypes';

/** What the preview sends for a record, and what training should make of it. */
export interface ExpectedPrompt {
  readonly asked: readonly AskedTurn[];
  readonly examples: readonly TrainingExample[];
  /** Why the model's chat template cannot be trained on, or not be previewed as it was trained. */
  readonly problems: readonly ParityProblem[];
  /** Whether a preview's answer ends with a token, for those of the examples. */
  readonly ends: ReadonlyMap<number, boolean>;
  /** The GGUF's chat template. */
  readonly template: string | null;
}

type Rendering = Extract<PromptTokens['items'][number], { text: string }>;

interface Span {
  readonly turn: number;
  readonly start: number;
  readonly end: number;
}

/** A text that an example is made of, and the parts of it that the model is to say. */
interface Sequence {
  readonly text: string;
  readonly spans: readonly Span[];
}

/**
 * The trainer's ChatEncoder (src/jobs/payload/afina_chat.py) on the tokenizer and template of the preview: the same
 * prefixes of the conversation are rendered, searched for the answers, and tokenised. It is what training does if its
 * tokenizer is the GGUF's; whether it is, only the trainer itself can tell.
 */
export async function expectedPrompts(
  conversations: readonly Conversation[],
  read: PromptReader,
  signal?: AbortSignal,
): Promise<ExpectedPrompt[]> {
  const found: ExpectedPrompt[] = [];
  for (const conversation of conversations) found.push(await expectedPrompt(conversation, read, signal));
  return found;
}

async function expectedPrompt(
  { messages }: Conversation,
  read: PromptReader,
  signal: AbortSignal | undefined,
): Promise<ExpectedPrompt> {
  const turns = messages.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const asks = turns.filter((turn) => turn > 0);
  // A record that nobody has answered yet is asked all the same.
  const open = messages.at(-1)?.role === 'user' ? [messages.length] : [];
  const items: PromptItem[] = [
    ...[...asks, ...open].map((turn) => ({ messages: messages.slice(0, turn), ask: true })),
    ...turns.map((turn) => ({ messages: messages.slice(0, turn + 1), ask: false })),
  ];
  if (items.length === 0) return { asked: [], examples: [], problems: [], ends: new Map(), template: null };
  const answer = await read(items, signal);
  const { template } = answer;
  const problems: ParityProblem[] = [];
  const refused = answer.items.find((item) => 'error' in item);
  if (refused !== undefined) {
    problems.push(problemOf('refused', null, refused.error));
    return { asked: [], examples: [], problems, ends: new Map(), template };
  }
  const renderings = answer.items as readonly Rendering[];
  const asked = [...asks, ...open].map((turn, index) => ({ turn, tokens: renderings[index]?.tokens ?? [] }));
  const prompts = new Map([...asks, ...open].map((turn, index) => [turn, renderings[index]?.text ?? '']));
  const ended = new Map(
    turns.map((turn, index) => [turn, renderings[asks.length + open.length + index]?.text ?? '']),
  );

  const spanIn = (text: string, turn: number): Span | undefined => {
    const prompt = prompts.get(turn) ?? '';
    const end = ended.get(turn) ?? '';
    if (!text.startsWith(prompt) || !text.startsWith(end)) return undefined;
    const words = messages[turn]?.content.trim() ?? '';
    const at = words === '' ? prompt.length : end.indexOf(words, prompt.length);
    if (at < 0) {
      problems.push(
        problemOf(
          'answer-changed',
          turn,
          t(
            'Turn {0}: the model’s chat template drops or rewrites the answer, so that training would learn another one. Choose a model whose template writes answers as they are.',
            turn + 1,
          ),
        ),
      );
      return { turn, start: prompt.length, end: prompt.length };
    }
    const before = end.slice(prompt.length, at).trim();
    if (before !== '') problems.push(noGenerationPrompt(turn, before));
    const closing = end.slice(at + words.length);
    return { turn, start: prompt.length, end: at + words.length + closing.trimEnd().length };
  };

  const sequences: Sequence[] = [];
  const last = turns.at(-1);
  const whole = last === undefined ? '' : (ended.get(last) ?? '');
  const spans = turns.map((turn) => spanIn(whole, turn));
  if (spans.every((span) => span !== undefined)) {
    if (spans.length > 0) sequences.push({ text: whole, spans });
  } else {
    // The template rewrites earlier turns: one example a turn, each as it would be asked for.
    problems.length = 0;
    for (const turn of turns) {
      const text = ended.get(turn) ?? '';
      const span = spanIn(text, turn);
      if (span === undefined) {
        problems.push(
          problemOf(
            'question-changed',
            turn,
            t(
              'Turn {0}: the model’s chat template writes the question in another way once it has its answer, so the preview asks for something that training has never seen. Choose a model whose template does not.',
              turn + 1,
            ),
          ),
        );
        continue;
      }
      sequences.push({ text, spans: [span] });
    }
  }
  const examples: TrainingExample[] = [];
  const ends = new Map<number, boolean>();
  for (const sequence of sequences) {
    const { tokens, loss } = await tokenise(sequence, answer, read, signal);
    for (const token of tokens) ends.set(token.id, token.ends);
    examples.push({ ids: tokens.map(({ id }) => id), pieces: tokens.map((token) => token.text), loss });
  }
  return { asked, examples, problems, ends, template };
}

async function tokenise(
  sequence: Sequence,
  { eos }: PromptTokens,
  read: PromptReader,
  signal: AbortSignal | undefined,
): Promise<{ readonly tokens: readonly PromptToken[]; readonly loss: readonly boolean[] }> {
  let { text, spans } = sequence;
  const lastSpan = spans.at(-1);
  if (lastSpan !== undefined && eos !== '') {
    // A template that closes the last turn with nothing would teach a model never to stop: training adds its end.
    const said = await renderTexts([text.slice(0, lastSpan.end)], read, signal);
    if (said[0]?.tokens.at(-1)?.special !== true) {
      text = text.slice(0, lastSpan.end) + eos;
      spans = [...spans.slice(0, -1), { ...lastSpan, end: text.length }];
    }
  }
  const [whole, ...cuts] = await renderTexts(
    [text, ...spans.flatMap(({ start, end }) => [text.slice(0, start), text.slice(0, end)])],
    read,
    signal,
  );
  const tokens = whole?.tokens ?? [];
  const loss = tokens.map(() => false);
  spans.forEach((_span, index) => {
    const from = firstBehind(tokens, cuts[2 * index]?.tokens ?? []);
    const to = sharedLength(tokens, cuts[2 * index + 1]?.tokens ?? []);
    loss.fill(true, from, Math.max(from, to));
  });
  return { tokens, loss };
}

async function renderTexts(
  texts: readonly string[],
  read: PromptReader,
  signal: AbortSignal | undefined,
): Promise<readonly Rendering[]> {
  const { items } = await read(
    texts.map((text) => ({ text })),
    signal,
  );
  return items.filter((item): item is Rendering => 'tokens' in item);
}

/** Index of the first token that holds nothing of `before`: one that straddles the border has no loss. */
function firstBehind(tokens: readonly PromptToken[], before: readonly PromptToken[]): number {
  const shared = sharedLength(tokens, before);
  return shared === before.length ? shared : Math.min(tokens.length, shared + 1);
}

function sharedLength(a: readonly PromptToken[], b: readonly PromptToken[]): number {
  let index = 0;
  while (index < a.length && index < b.length && a[index]?.id === b[index]?.id) index++;
  return index;
}

function noGenerationPrompt(turn: number, missing: string): ParityProblem {
  return problemOf(
    'no-generation-prompt',
    turn,
    t(
      'Turn {0}: the chat template writes {1} before the answer but not where an answer is asked for, so the preview leaves out what training has seen there. Choose a model whose template heeds add_generation_prompt.',
      turn + 1,
      quoted(missing),
    ),
  );
}
