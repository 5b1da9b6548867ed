import { t } from '@vscode/l10n';
import { isObject, isStatus } from '../record';
import type { Status, Turn } from '../record';
import { fold } from '../textPattern';
import { conversationOf, readTurns } from '../shapes/read';
import type { SourceRow } from './importSource';
import type { ImportTarget } from '../../protocol/importView';
import type { Mapping } from './mapping';

/** A record that is about to be written; its id may still be another's. */
export interface ImportedRecord {
  readonly id: string;
  readonly fields:
    | { readonly messages: readonly Turn[] }
    | {
        readonly prompt: readonly Turn[];
        readonly chosen: readonly Turn[];
        readonly rejected: readonly Turn[];
      }
    | { readonly prompt: string; readonly chosen: string; readonly rejected: string };
  readonly meta: Readonly<Record<string, unknown>>;
  /** Its state is a word that nobody here knows. */
  readonly unknownStatus: boolean;
}

/** What other tools and people call the four states. */
const STATUS_WORDS: Readonly<Record<Status, readonly string[]>> = {
  draft: ['draft', 'rascunho', 'pending', 'pendente', 'por fazer', 'novo'],
  review: ['review', 'em revisao', 'revisao', 'por rever', 'submitted', 'completed', 'concluido'],
  approved: ['approved', 'aprovado', 'aprovada', 'validado', 'validada', 'accepted', 'ok'],
  rejected: ['rejected', 'rejeitado', 'rejeitada', 'recusado', 'recusada', 'discarded'],
};

/** The record that a row makes, or why it makes none. */
export function importRecord(
  { values }: SourceRow,
  mapping: Mapping,
  defaultStatus: Status,
): ImportedRecord | { readonly problem: string } {
  const of = (target: ImportTarget): unknown[] =>
    [...mapping].flatMap(([name, each]) => (each === target && !isEmpty(values[name]) ? [values[name]] : []));
  const first = (target: ImportTarget): string =>
    of(target)
      .map(textOf)
      .find((text) => text !== '') ?? '';
  const system = first('system');
  const spoken = fieldsOf(of, first, system);
  if ('problem' in spoken) return spoken;
  const word = first('status');
  const status = statusOf(word);
  const topic = first('topic');
  const sources = of('sources').flatMap(listOf);
  const kept = [...mapping].flatMap(([name, target]) =>
    target === 'meta' && !isEmpty(values[name])
      ? [[name.split('.').at(-1) ?? name, values[name]] as const]
      : [],
  );
  return {
    id: first('id'),
    fields: spoken.fields,
    meta: {
      ...Object.fromEntries(kept),
      ...(topic === '' ? {} : { topic }),
      // What has no answer yet is not finished, whatever the table says.
      status: spoken.answered ? (status ?? defaultStatus) : 'draft',
      ...(sources.length === 0 ? {} : { sources }),
    },
    unknownStatus: word !== '' && status === undefined,
  };
}

function fieldsOf(
  of: (target: ImportTarget) => unknown[],
  first: (target: ImportTarget) => string,
  system: string,
): { readonly fields: ImportedRecord['fields']; readonly answered: boolean } | { readonly problem: string } {
  const before: Turn[] = system === '' ? [] : [{ role: 'system', content: system }];
  const [chosen] = of('chosen');
  const [rejected] = of('rejected');
  const prompts = of('prompt');
  const asked = prompts.map(turnsOf).find((turns) => turns !== undefined);
  const question = prompts
    .map(textOf)
    .filter((text) => text !== '')
    .join('\n');
  const prompt: readonly Turn[] = asked ?? (question === '' ? [] : [{ role: 'user', content: question }]);
  if (chosen !== undefined || rejected !== undefined) {
    return preferenceOf(chosen, rejected, prompt, before);
  }
  const talk = of('conversation')
    .map(turnsOf)
    .find((turns) => turns !== undefined);
  if (talk !== undefined) {
    const messages = talk[0]?.role === 'system' ? talk : [...before, ...talk];
    return { fields: { messages }, answered: messages.at(-1)?.role === 'assistant' };
  }
  if (of('conversation').length > 0) {
    return { problem: t('Its conversation is not a list of turns with known roles and text.') };
  }
  if (prompt.length === 0) return { problem: t('It has no question.') };
  const given = of('answer')
    .map(turnsOf)
    .find((turns) => turns !== undefined);
  const answer = first('answer');
  const answers: readonly Turn[] = given ?? [{ role: 'assistant', content: answer }];
  const start = prompt[0]?.role === 'system' ? [] : before;
  return {
    fields: { messages: [...start, ...prompt, ...answers] },
    answered: answers.at(-1)?.content.trim() !== '',
  };
}

function preferenceOf(
  chosen: unknown,
  rejected: unknown,
  prompt: readonly Turn[],
  before: readonly Turn[],
): { readonly fields: ImportedRecord['fields']; readonly answered: boolean } | { readonly problem: string } {
  const lists = [turnsOf(chosen), turnsOf(rejected)];
  const texts = [textOf(chosen), textOf(rejected)];
  const [good = '', bad = ''] = texts;
  if (lists.every((list) => list === undefined) && prompt.length === 1 && before.length === 0) {
    const fields = { prompt: prompt[0]?.content ?? '', chosen: good, rejected: bad };
    return { fields, answered: good !== '' && bad !== '' };
  }
  const [a, b] = lists.map(
    (list, at): readonly Turn[] => list ?? [{ role: 'assistant', content: texts[at] ?? '' }],
  );
  if (prompt.length === 0 && a?.[0]?.role === 'assistant') return { problem: t('It has no question.') };
  return {
    // Answers that hold the whole conversation need no prompt beside them.
    fields: {
      prompt: a?.[0]?.role === 'assistant' ? [...before, ...prompt] : [],
      chosen: a ?? [],
      rejected: b ?? [],
    },
    answered: (a?.at(-1)?.content ?? '') !== '' && (b?.at(-1)?.content ?? '') !== '',
  };
}

/** A list of turns, as chat tools keep them, as a value or as the text of one. */
function turnsOf(value: unknown): Turn[] | undefined {
  const list = typeof value === 'string' && /^\s*\[\s*\{/.test(value) ? parsed(value) : value;
  if (!Array.isArray(list) || list.length === 0 || !(list as unknown[]).every(isObject)) return undefined;
  const segments = [{ kind: 'list', path: ['turns'], part: 'talk' }] as const;
  const { turns, problems } = readTurns({ shape: 'sharegpt', segments, addable: [] }, { turns: list });
  return problems.length > 0 ? undefined : conversationOf(turns);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function textOf(value: unknown): string {
  if (typeof value === 'string') return value.replace(/\r\n?/g, '\n').trim();
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value))
    return (value as unknown[])
      .map(textOf)
      .filter((text) => text !== '')
      .join('\n');
  if (isObject(value)) return textOf(value.text ?? value.value ?? value.content);
  return '';
}

/** Several sources in one cell stand in lines of their own, or between semicolons or bars. */
function listOf(value: unknown): string[] {
  const parts = Array.isArray(value) ? (value as unknown[]).map(textOf) : textOf(value).split(/\s*[;\n|]\s*/);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function statusOf(word: string): Status | undefined {
  if (isStatus(word)) return word;
  const plain = fold(word).trim();
  return (Object.keys(STATUS_WORDS) as Status[]).find((status) => STATUS_WORDS[status].includes(plain));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}
