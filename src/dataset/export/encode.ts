import type { Turn } from '../record';
import type { ExportRecord } from './exportRecord';
import type { ExportFormat, ExportSurvey } from './survey';

/** One line of the written file, or undefined when the format has no place for the record. */
export function encode(
  format: ExportFormat,
  record: ExportRecord,
  survey: Pick<ExportSurvey, 'plain' | 'ranking'>,
): object | undefined {
  const extra = {
    ...(record.id === '' ? {} : { id: record.id }),
    ...(record.sources.length === 0 ? {} : { sources: record.sources }),
  };
  switch (format) {
    case 'messages':
      return { ...extra, messages: conversation(record) };
    case 'sharegpt':
      return { ...extra, conversations: conversation(record).map(shareTurn) };
    case 'alpaca':
      return record.question.length === 1 && record.answer.length === 1
        ? { ...alpaca(record), output: textOf(record.answer), ...extra }
        : undefined;
    case 'prompt-completion':
      return survey.plain
        ? { prompt: textOf(record.question), completion: textOf(record.answer), ...extra }
        : { prompt: prompt(record), completion: record.answer, ...extra };
    case 'preference':
      if (record.rejected === null) return undefined;
      return survey.plain
        ? {
            prompt: textOf(record.question),
            chosen: textOf(record.answer),
            rejected: textOf(record.rejected),
            ...extra,
          }
        : { prompt: prompt(record), chosen: record.answer, rejected: record.rejected, ...extra };
    case 'axolotl':
      return survey.ranking ? axolotlPreference(record, extra) : { messages: conversation(record), ...extra };
    case 'llama-factory':
      return llamaFactory(record, extra, survey.ranking);
  }
}

function axolotlPreference({ rejected, answer, ...record }: ExportRecord, extra: object): object | undefined {
  if (rejected?.length !== 1 || answer.length !== 1) return undefined;
  return {
    messages: prompt({ ...record, rejected, answer }),
    chosen: answer[0],
    rejected: rejected[0],
    ...extra,
  };
}

function llamaFactory(record: ExportRecord, extra: object, ranking: boolean): object | undefined {
  const history: string[][] = [];
  for (let at = 0; at + 1 < record.question.length; at += 2) {
    history.push([record.question[at]?.content ?? '', record.question[at + 1]?.content ?? '']);
  }
  const last = { ...record, question: record.question.slice(-1) };
  const asked = { ...alpaca(last), ...(history.length === 0 ? {} : { history }) };
  if (record.answer.length !== 1) return undefined;
  if (!ranking) return { ...asked, output: textOf(record.answer), ...extra };
  if (record.rejected?.length !== 1) return undefined;
  return { ...asked, chosen: textOf(record.answer), rejected: textOf(record.rejected), ...extra };
}

function alpaca({ question, system }: ExportRecord): object {
  return { instruction: textOf(question), input: '', ...(system === null ? {} : { system }) };
}

function prompt({ system, question }: ExportRecord): Turn[] {
  return [...(system === null ? [] : [{ role: 'system', content: system } as const]), ...question];
}

function conversation(record: ExportRecord): Turn[] {
  return [...prompt(record), ...record.answer];
}

function shareTurn({ role, content }: Turn): object {
  return { from: role === 'user' ? 'human' : role === 'assistant' ? 'gpt' : 'system', value: content };
}

function textOf(turns: readonly Turn[]): string {
  return turns[0]?.content ?? '';
}
