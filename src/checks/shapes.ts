import { t } from '@vscode/l10n';
import { NOT_ENCODABLE, isObject } from '../dataset/record';
import { conversationOf, readTurns } from '../dataset/shapes/read';
import type { Layout, ShapedTurn } from '../dataset/shapes/shape';
import type { RecordRules } from './rule';

type ReportTo = Parameters<RecordRules['check']>[1];

/** What a record must be that keeps its turns in another way than `messages`. */
export function checkShaped(
  record: Readonly<Record<string, unknown>>,
  layout: Layout,
  report: ReportTo,
): void {
  const { turns, problems } = readTurns(layout, record);
  for (const { message, path } of problems) report({ rule: 'schema/turn', path, message });
  if (problems.length > 0) return;
  const draft = isObject(record.meta) && record.meta.status === 'draft';
  for (const [index, turn] of turns.entries()) checkText(turn, index, draft, report);
  checkOrder(layout, turns, report);
}

function checkText(turn: ShapedTurn, index: number, draft: boolean, report: ReportTo): void {
  const { content, contentPath: path, key, optional } = turn;
  const name = key === undefined ? t('Turn {0}', index + 1) : `"${key}"`;
  if (content.trim() === '') {
    // Alpaca has an empty "input" where the instruction needs none.
    if (key !== undefined && optional) return;
    report({
      rule: 'schema/empty-turn',
      path,
      ...(draft ? { severity: 'warning' as const } : {}),
      message: t('{0} is empty. Write its text.', name),
    });
  } else if (NOT_ENCODABLE.test(content)) {
    report({
      rule: 'schema/encoding',
      path,
      message: t(
        '{0} holds a NUL or half a character (a broken emoji, say), which no model can read. Remove it.',
        name,
      ),
    });
  }
}

/** The turns of each answer, with the prompt before it, must be a conversation that ends in the answer. */
function checkOrder(layout: Layout, turns: readonly ShapedTurn[], report: ReportTo): void {
  const other = layout.shape === 'preference';
  const first = turns[0];
  if (first === undefined) {
    report({
      rule: 'schema/messages',
      path: null,
      message: t('This record has no turns. Add a user turn and an assistant turn.'),
    });
    return;
  }
  checkTalk(
    turns.filter(({ part }) => part !== 'rejected'),
    report,
  );
  if (!other) return;
  const rejected = turns.filter(({ part }) => part !== 'chosen');
  checkTalk(
    rejected.map((turn) => ({ ...turn, part: 'talk' })),
    report,
  );
  const text = (part: ShapedTurn['part']): string =>
    turns.flatMap((turn) => (turn.part === part ? [turn.content.trim()] : [])).join('\0');
  const answer = turns.find(({ part }) => part === 'rejected');
  if (answer !== undefined && text('chosen') === text('rejected') && text('chosen') !== '') {
    report({
      rule: 'schema/same-answers',
      path: answer.path,
      message: t('The rejected answer is the preferred one. Write what makes it the worse of the two.'),
    });
  }
}

function checkTalk(turns: readonly ShapedTurn[], report: ReportTo): void {
  const talk = conversationOf(
    turns.map((turn) => (turn.content.trim() === '' ? { ...turn, content: '…' } : turn)),
  );
  const start = talk[0]?.role === 'system' ? 1 : 0;
  const wrong = talk.findIndex(
    ({ role }, at) => at >= start && role !== ((at - start) % 2 === 0 ? 'user' : 'assistant'),
  );
  const at = turns[Math.min(Math.max(wrong, 0), turns.length - 1)]?.path ?? null;
  const order = (message: string): void => report({ rule: 'schema/role-order', path: at, message });
  if (wrong >= 0) {
    const role = talk[wrong]?.role;
    if (role === 'system') order(t('The system turn must be the first one. Move or merge it.'));
    else if (wrong === start)
      order(t('The conversation must begin with a user turn. Add the question before this answer.'));
    else if (role === 'user')
      order(t('Two user turns follow each other. Merge them, or add the answer between them.'));
    else order(t('Two assistant turns follow each other. Merge them, or add the question between them.'));
  } else if (talk.at(-1)?.role !== 'assistant') {
    report({
      rule: 'schema/role-order',
      path: turns.at(-1)?.path ?? null,
      message: t('The conversation must end with an assistant turn. Add the answer.'),
    });
  }
}
