import { createHash } from 'node:crypto';
import { exportRecordOf } from './export/exportRecord';
import type { RawLine } from './lineReader';
import { isObject, metaOf, trainableTurns } from './record';
import type { Status, Turn } from './record';
import { messagesOf } from './shapes/conversation';
import { layoutOf } from './shapes/layout';
import type { SplitRecord } from './splitGroups';
import type { TrainingMethod } from './trainingMethod';

/** A record as the trainer reads it, by its method. */
type TrainingFields =
  | { readonly messages: readonly Turn[] }
  | { readonly prompt: readonly Turn[]; readonly chosen: string; readonly rejected: string };

type ReadRecord =
  | {
      readonly kind: 'selected';
      readonly record: { readonly id: string } & TrainingFields;
      readonly split: SplitRecord;
    }
  | { readonly kind: 'skipped'; readonly status: string }
  | { readonly kind: 'broken' }
  /** Of the kind that the other method learns from. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' };

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What training by `method` makes of a line of a dataset. */
export function readTrainingRecord(
  line: RawLine,
  statuses: readonly Status[],
  method: TrainingMethod,
): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(UTF8.decode(line.bytes));
  } catch {
    // Broken JSON has no status, but its text may show one: a record that was approved must not vanish silently.
    const status = /"status"\s*:\s*"(\w+)"/.exec(line.bytes.toString('latin1'))?.[1];
    return statuses.some((wanted) => wanted === status) ? { kind: 'broken' } : { kind: 'unreadable' };
  }
  if (!isObject(value)) return { kind: 'unreadable' };
  const status = isObject(value.meta) && typeof value.meta.status === 'string' ? value.meta.status : 'none';
  if (!statuses.some((wanted) => wanted === status)) return { kind: 'skipped', status };
  const shape = layoutOf(value)?.shape;
  if (method === 'sft' ? shape === 'preference' : shape !== undefined && shape !== 'preference')
    return { kind: 'other' };
  const fields = method === 'sft' ? conversation(value) : preference(value);
  if (fields === undefined) return { kind: 'broken' };
  const id =
    typeof value.id === 'string' && value.id !== ''
      ? value.id
      : `sha256-${createHash('sha256')
          .update(JSON.stringify('messages' in fields ? fields.messages : fields))
          .digest('hex')
          .slice(0, 16)}`;
  const { topic = '', sources = [] } = metaOf(value.meta);
  return {
    kind: 'selected',
    record: { id, ...fields },
    split: { id, topic, sources, texts: textsOf(fields) },
  };
}

function conversation(value: unknown): TrainingFields | undefined {
  const turns = trainableTurns(messagesOf(value));
  return turns === undefined ? undefined : { messages: turns.map(plain) };
}

/** The two answers are one turn each: what is compared is what the model says next. */
function preference(value: unknown): TrainingFields | undefined {
  const record = exportRecordOf(value);
  const [chosen, ...rest] = record?.answer ?? [];
  const [rejected, ...others] = record?.rejected ?? [];
  if (record === undefined || chosen === undefined || rejected === undefined) return undefined;
  if (rest.length + others.length > 0 || chosen.content.trim() === rejected.content.trim()) return undefined;
  const system = record.system === null ? [] : [{ role: 'system', content: record.system } as const];
  return {
    prompt: [...system, ...record.question].map(plain),
    chosen: chosen.content,
    rejected: rejected.content,
  };
}

function textsOf(fields: TrainingFields): string[] {
  const turns = 'messages' in fields ? fields.messages : fields.prompt;
  const spoken = turns.filter(({ role }) => role !== 'system').map(({ content }) => content);
  return 'messages' in fields ? spoken : [...spoken, fields.chosen, fields.rejected];
}

function plain({ role, content }: Turn): Turn {
  return { role, content };
}
