import { t } from '@vscode/l10n';
import { formatTitle } from '../dataset/format';
import { syntaxError } from '../dataset/jsonTree';
import type { JsonPath } from '../dataset/jsonTree';
import { NOT_ENCODABLE, ROLES, STATUSES, isObject, isRole, isStatus } from '../dataset/record';
import type { Role } from '../dataset/record';
import { layoutOf } from '../dataset/shapes/layout';
import type { RecordRules, TwinRule } from './rule';
import { checkShaped } from './shapes';

type ReportTo = Parameters<RecordRules['check']>[1];

/** What other tools call the three roles. */
const OTHER_ROLES: Readonly<Record<string, Role>> = {
  human: 'user',
  utilizador: 'user',
  usuario: 'user',
  prompter: 'user',
  gpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  assistente: 'assistant',
  sistema: 'system',
  developer: 'system',
};

/** What every record must be, whatever it says. */
export const schemaRules: RecordRules = {
  rules: {
    'schema/json': 'error',
    'schema/encoding': 'error',
    'schema/record': 'error',
    'schema/id': 'warning',
    'schema/messages': 'error',
    'schema/turn': 'error',
    'schema/empty-turn': 'error',
    'schema/unknown-role': 'error',
    'schema/role-order': 'error',
    'schema/same-answers': 'error',
    'schema/status': 'warning',
    'schema/meta': 'warning',
  },
  check(line, report) {
    const { text, value, invalidAt } = line;
    if (invalidAt !== undefined) {
      report({
        rule: 'schema/encoding',
        path: null,
        range: { start: invalidAt, end: invalidAt + 1 },
        message: t(
          'This character is not UTF-8. Save the file as UTF-8 (it may be Windows-1252 or Latin-1 now).',
        ),
      });
    }
    if (value === undefined) {
      const nul = text.indexOf('\0');
      if (nul >= 0) {
        report({
          rule: 'schema/encoding',
          path: null,
          range: { start: nul, end: nul + 1 },
          message: t('There is a NUL character in this line. Remove it; was the file saved as UTF-16?'),
        });
        return;
      }
      const { message, offset, length } = syntaxError(text);
      report({ rule: 'schema/json', path: null, range: { start: offset, end: offset + length }, message });
      return;
    }
    if (!isObject(value)) {
      report({
        rule: 'schema/record',
        path: null,
        message: Array.isArray(value)
          ? t('This line is a list. Write each of its records as a line of its own.')
          : t('This line is not a record. A record is an object: {"id": …, "messages": […], "meta": {…}}.'),
      });
      return;
    }
    checkId(value, report);
    const layout = layoutOf(value);
    if (layout === undefined || layout.shape === 'messages') checkMessages(value, report);
    else checkShaped(value, layout, report);
    checkMeta(value, report);
  },
};

function checkId(record: Readonly<Record<string, unknown>>, report: ReportTo): void {
  const { id } = record;
  if (typeof id === 'string' && id.trim() !== '') return;
  const missing = id === undefined || id === null || id === '';
  report({
    rule: 'schema/id',
    path: Object.hasOwn(record, 'id') ? ['id'] : null,
    ...(missing ? {} : { severity: 'error' as const }),
    message: missing
      ? t('This record has no id. Give it one of its own, such as "id": "dm-0001".')
      : t('The id must be text. Put it in double quotes.'),
  });
}

function checkMessages(record: Readonly<Record<string, unknown>>, report: ReportTo): void {
  const { messages } = record;
  const at = Object.hasOwn(record, 'messages') ? ['messages'] : null;
  const fail = (message: string): void => report({ rule: 'schema/messages', path: at, message });
  if (!Array.isArray(messages)) {
    const format = formatTitle(record);
    if (format !== undefined) {
      fail(
        t(
          'This record has no "messages": it looks like {0}. Make records of the file with the command Afina: Import….',
          format,
        ),
      );
    } else if (messages === undefined) {
      fail(t('"messages" is missing. Add the list of turns, each with "role" and "content".'));
    } else {
      fail(t('"messages" must be a list of turns, each with "role" and "content".'));
    }
    return;
  }
  if (messages.length === 0) {
    fail(t('This record has no turns. Add a user turn and an assistant turn.'));
    return;
  }
  const draft = isObject(record.meta) && record.meta.status === 'draft';
  const roles: (Role | undefined)[] = (messages as unknown[]).map((turn, index) => {
    checkContent(turn, index, draft, report);
    return checkRole(turn, index, report);
  });
  checkOrder(roles, report);
}

function checkContent(turn: unknown, index: number, draft: boolean, report: ReportTo): void {
  const path: JsonPath = ['messages', index];
  if (!isObject(turn)) {
    report({
      rule: 'schema/turn',
      path,
      message: t('Turn {0} must be an object with "role" and "content".', index + 1),
    });
    return;
  }
  const { content } = turn;
  if (content === undefined) {
    const shareGpt = typeof turn.value === 'string';
    report({
      rule: 'schema/turn',
      path,
      message: shareGpt
        ? t('Turn {0} has no "content". Rename "value" to "content" (and "from" to "role").', index + 1)
        : t('Turn {0} has no "content". Add its text.', index + 1),
    });
  } else if (typeof content !== 'string') {
    report({
      rule: 'schema/turn',
      path: [...path, 'content'],
      message: t('The content of turn {0} must be text. Put it in double quotes.', index + 1),
    });
  } else if (content.trim() === '') {
    report({
      rule: 'schema/empty-turn',
      path: [...path, 'content'],
      // A draft is allowed to be unfinished.
      ...(draft ? { severity: 'warning' as const } : {}),
      message: t('Turn {0} is empty. Write its text, or remove the turn.', index + 1),
    });
  } else if (NOT_ENCODABLE.test(content)) {
    report({
      rule: 'schema/encoding',
      path: [...path, 'content'],
      message: t(
        'The text of turn {0} holds a NUL or half a character (a broken emoji, say), which no model can read. Remove it.',
        index + 1,
      ),
    });
  }
}

function checkRole(turn: unknown, index: number, report: ReportTo): Role | undefined {
  if (!isObject(turn)) return undefined;
  const path: JsonPath = ['messages', index];
  const { role } = turn;
  if (isRole(role)) return role;
  if (role === undefined) {
    report({
      rule: 'schema/turn',
      path,
      message: t('Turn {0} has no "role". Add one of: {1}.', index + 1, ROLES.join(', ')),
    });
    return undefined;
  }
  const word = typeof role === 'string' ? role : JSON.stringify(role);
  const known = Object.hasOwn(OTHER_ROLES, word.toLowerCase()) ? OTHER_ROLES[word.toLowerCase()] : undefined;
  const lower = ROLES.find((each) => each === word.trim().toLowerCase());
  const wanted = known ?? lower;
  report({
    rule: 'schema/unknown-role',
    path: [...path, 'role'],
    message:
      wanted === undefined
        ? t('"{0}" is no role. Use one of: {1}.', word, ROLES.join(', '))
        : t('"{0}" is no role. Write "{1}".', word, wanted),
  });
  return undefined;
}

function checkOrder(roles: readonly (Role | undefined)[], report: ReportTo): void {
  const fail = (index: number, message: string): void =>
    report({ rule: 'schema/role-order', path: ['messages', index, 'role'], message });
  let previous: Role | undefined;
  let known = true;
  for (const [index, role] of roles.entries()) {
    if (role === undefined) {
      known = false; // its own finding; what its neighbours should be cannot be told
    } else if (role === 'system') {
      if (index > 0) fail(index, t('The system turn must be the first one. Move or merge it.'));
      if (index > 0) continue;
    } else if (known && role === 'assistant' && (previous === undefined || previous === 'system')) {
      fail(index, t('The conversation must begin with a user turn. Add the question before this answer.'));
    } else if (known && role === previous) {
      fail(
        index,
        role === 'user'
          ? t('Two user turns follow each other. Merge them, or add the answer between them.')
          : t('Two assistant turns follow each other. Merge them, or add the question between them.'),
      );
    }
    if (role !== undefined) known = true;
    previous = role;
  }
  const last = roles.length - 1;
  if (roles[last] !== undefined && roles[last] !== 'assistant') {
    fail(last, t('The conversation must end with an assistant turn. Add the answer.'));
  }
}

function checkMeta(record: Readonly<Record<string, unknown>>, report: ReportTo): void {
  const { meta } = record;
  if (meta === undefined) return;
  if (!isObject(meta)) {
    report({
      rule: 'schema/meta',
      path: ['meta'],
      message: t('"meta" must be an object: "meta": {"topic": …, "status": …}.'),
    });
    return;
  }
  if (meta.status !== undefined && !isStatus(meta.status)) {
    report({
      rule: 'schema/status',
      path: ['meta', 'status'],
      message: t(
        'This state is unknown, so no job trains on the record. Use one of: {0}.',
        STATUSES.join(', '),
      ),
    });
  }
}

export const duplicateId: TwinRule = {
  rule: 'schema/duplicate-id',
  severity: 'error',
  acrossFiles: false,
  keyOf: (line) => (line.id === null || line.id.trim() === '' ? undefined : line.id),
  pathOf: () => ['id'],
  message: (here, twin) =>
    t(
      'The id "{0}" is in lines {1} and {2}. Give one of them another id.',
      here.id ?? '',
      twin.line,
      here.line,
    ),
};
