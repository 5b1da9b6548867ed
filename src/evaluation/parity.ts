import { t } from '@vscode/l10n';
import type { PromptToken } from '../runtime/protocol';
import type { ExpectedPrompt } from './expectedPrompt';
import { problemOf, quoted, tokenName } from './parityText';
import type { AskedTurn, Conversation, ParityProblem, TrainingExample, TrainingPrompt } from './promptTypes';

/** Id of the finding: a contract. */
export const PARITY_RULE = 'template/parity';

export interface Comparison {
  readonly conversation: Conversation;
  readonly expected: ExpectedPrompt;
  /** What training itself made of the record; null where it could not be asked, and `expected` stands for it. */
  readonly measured: TrainingPrompt | null;
  /** The trainer's chat template is another text than the GGUF's. */
  readonly otherTemplate: boolean;
}

/**
 * Where the preview would send other tokens than training uses, and where training would learn something else than the
 * answers. Empty: a tuned model is asked exactly as it was trained.
 */
export function parityProblems({
  conversation,
  expected,
  measured,
  otherTemplate,
}: Comparison): ParityProblem[] {
  const problems = [...expected.problems];
  if (measured !== null && 'error' in measured) {
    if (problems.length === 0) problems.push(problemOf('refused', null, measured.error));
    return problems;
  }
  if (problems.some(({ kind }) => kind === 'refused')) return problems;
  const examples = measured?.examples ?? expected.examples;
  const answers = expected.asked.filter(({ turn }) => turn < conversation.messages.length);
  if (examples.length === 0) return problems;
  answers.forEach((asked, index) => {
    const example = examples[exampleOf(index, answers.length, examples.length)];
    if (example === undefined) return;
    const content = conversation.messages[asked.turn]?.content ?? '';
    const own = expected.examples[exampleOf(index, answers.length, expected.examples.length)];
    problems.push(...turnProblems(asked, example, { content, otherTemplate, own }));
  });
  problems.push(...endProblems(expected, examples));
  if (measured !== null && problems.length === 0) {
    const different = differentAnswer(expected.examples, measured.examples, otherTemplate);
    if (different !== undefined) problems.push(different);
  }
  return unique(problems);
}

/** Index of the example that the answer number `answer` is learnt in: all in one, or one for each. */
export function exampleOf(answer: number, answers: number, examples: number): number {
  return examples === answers ? answer : 0;
}

function turnProblems(
  { turn, tokens }: AskedTurn,
  { ids, pieces, loss }: TrainingExample,
  context: {
    readonly content: string;
    readonly otherTemplate: boolean;
    /** The same conversation in the preview's own tokens. */
    readonly own: TrainingExample | undefined;
  },
): ParityProblem[] {
  const [first, second] = tokens;
  if (first?.special === true && first.id === second?.id) {
    return [
      problemOf(
        'double-begin',
        null,
        t(
          'The prompt begins with {0} twice. The chat template writes it, and so does something else: take it out of the template.',
          quoted(first.text),
        ),
      ),
    ];
  }
  const { own } = context;
  const merged = own === undefined ? -1 : tokens.findIndex(({ id }, index) => id !== own.ids[index]);
  if (merged >= 0) return [boundary(turn, own?.pieces[merged] ?? '', context.content)];
  const at = tokens.findIndex(({ id }, index) => id !== ids[index]);
  if (at >= 0) return [differentToken(turn, at, tokens[at], { ids, pieces }, context.otherTemplate)];
  const learns = loss.indexOf(true, tokens.length);
  if (learns < 0) {
    return [
      problemOf('nothing-learnt', turn, t('Turn {0}: training learns nothing of this answer.', turn + 1)),
    ];
  }
  // Earlier answers are learnt, too, but none of them reaches the end of this question.
  if (loss[tokens.length - 1] !== true) return [];
  return [
    problemOf(
      'loss',
      turn,
      t(
        'Turn {0}: training also learns {1}, with which the question ends.',
        turn + 1,
        quoted(pieces[tokens.length - 1] ?? ''),
      ),
    ),
  ];
}

function boundary(turn: number, piece: string, content: string): ParityProblem {
  return problemOf(
    'boundary',
    turn,
    content.trimStart() === content
      ? t(
          'Turn {0}: the end of the question is cut into other tokens once the answer follows it (there stands {1} then), so the preview asks with tokens that training has never seen. The chat template has to end the question with a token of its own.',
          turn + 1,
          quoted(piece),
        )
      : t(
          'Turn {0}: the answer begins with white space that runs together with the end of the question ({1} is one token then), so the preview asks with tokens that training has never seen. Take the white space away.',
          turn + 1,
          quoted(piece),
        ),
  );
}

function differentToken(
  turn: number,
  at: number,
  ours: PromptToken | undefined,
  { ids, pieces }: Pick<TrainingExample, 'ids' | 'pieces'>,
  otherTemplate: boolean,
): ParityProblem {
  const nothing = t('nothing');
  const what = t(
    'Turn {0}, token {1}: the preview sends {2}, training uses {3}.',
    turn + 1,
    at + 1,
    tokenName(ours?.text, ours?.id, nothing),
    tokenName(pieces[at], ids[at], nothing),
  );
  return problemOf('tokens', turn, `${what} ${advice(otherTemplate)}`);
}

function advice(otherTemplate: boolean): string {
  return otherTemplate
    ? t(
        'The chat template inside the GGUF is not that of the model that trains: convert the GGUF anew from that model, or name in afina.yaml one that was made from it.',
      )
    : t(
        'The tokenizer of the GGUF is not that of the model that trains: name in afina.yaml a GGUF that was made from that very model.',
      );
}

/** What is learnt last of each answer must end a preview's answer, too. */
function endProblems(expected: ExpectedPrompt, examples: readonly TrainingExample[]): ParityProblem[] {
  for (const { ids, pieces, loss } of examples) {
    const open = ids.findIndex(
      (id, index) => loss[index] === true && loss[index + 1] !== true && expected.ends.get(id) === false,
    );
    if (open < 0) continue;
    return [
      problemOf(
        'open-end',
        null,
        t(
          'Training ends an answer with {0}, and a preview does not stop there: the tuned model would go on talking. The end of a turn has to be a special token that the GGUF names as its own (tokenizer.ggml.eos_token_id or eot_token_id).',
          tokenName(pieces[open], ids[open], ''),
        ),
      ),
    ];
  }
  return [];
}

/** The prompts agree; the answers may still be cut into other tokens. */
function differentAnswer(
  expected: readonly TrainingExample[],
  measured: readonly TrainingExample[],
  otherTemplate: boolean,
): ParityProblem | undefined {
  for (const [index, theirs] of measured.entries()) {
    const ours = expected[index];
    if (ours === undefined) continue;
    const length = Math.max(ours.ids.length, theirs.ids.length);
    for (let at = 0; at < length; at++) {
      if (ours.ids[at] === theirs.ids[at]) continue;
      const what = t(
        'Token {0}: in the GGUF’s tokens the answer has {1}, in training {2}.',
        at + 1,
        tokenName(ours.pieces[at], ours.ids[at], t('nothing')),
        tokenName(theirs.pieces[at], theirs.ids[at], t('nothing')),
      );
      return problemOf('tokens', null, `${what} ${advice(otherTemplate)}`);
    }
  }
  return undefined;
}

function unique(problems: readonly ParityProblem[]): ParityProblem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}
