import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AnswererKey, ComparedRecord, Vote } from '../../../src/evaluation/comparison';
import { ComparisonSession } from '../../../src/evaluation/comparisonSession';
import type { SessionOptions, Side } from '../../../src/evaluation/comparisonSession';
import { createComparison, openComparison } from '../../../src/evaluation/comparisonStore';
import type { Comparison } from '../../../src/evaluation/comparisonStore';

export const ANA = 'Ana Silva <ana@example.pt>';
export const RUI = 'Rui Costa <rui@example.pt>';

const file = { name: 'base.gguf', bytes: 10, sha256: null };

export function compared(count: number): ComparedRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    key: `k${at}`,
    id: `r-${at}`,
    topic: at % 2 === 0 ? 'avarias' : '',
    sources: at % 2 === 0 ? ['Decreto-Lei n.º 352/86'] : [],
    prompt: [{ role: 'user', content: `Pergunta ${at}?` }],
    reference: `Resposta ${at}.`,
  }));
}

export async function newComparison(count: number, project?: string): Promise<Comparison> {
  const root = project ?? (await mkdtemp(path.join(tmpdir(), 'afina-compare-')));
  const answerer = { model: 'tiny', title: 'Tiny', files: { model: file, adapter: null } };
  return createComparison(
    root,
    {
      dataset: 'datasets/direito.jsonl',
      heldOutBy: null,
      answerers: { a: { ...answerer, run: null }, b: { ...answerer, run: 'r1', scale: 0.5 } },
      sampling: { seed: 1, temperature: 0, topP: 0.95, topK: 40, maxTokens: 16 },
      seed: 7,
    },
    compared(count),
  );
}

/** Answers that name who gives them, and how often each was asked. */
export function answering(): { ask: SessionOptions['ask']; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    ask: (by, messages) => {
      const question = messages.at(-1)?.content ?? '';
      asked.push(`${by}: ${question}`);
      return Promise.resolve({ text: `${question} – ${by}`, stop: 'end' });
    },
  };
}

export function sessionOf(
  comparison: Comparison,
  judge = ANA,
  ask: SessionOptions['ask'] = answering().ask,
): ComparisonSession {
  let time = Date.UTC(2026, 2, 1) + (judge === ANA ? 0 : 500);
  return new ComparisonSession({
    comparison,
    judge,
    ask,
    changed: () => undefined,
    now: () => new Date((time += 1000)),
  });
}

/** Makes all answers. */
export async function answered(session: ComparisonSession): Promise<void> {
  session.start();
  while (session.progress.made < session.progress.total) {
    if (session.failure !== undefined) throw new Error(session.failure);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The side on which this answerer stands now. */
export function sideOf(session: ComparisonSession, by: AnswererKey): Side {
  return session.item?.answers?.left.by === by ? 'left' : 'right';
}

/** Judges the record in sight. */
export async function judge(
  session: ComparisonSession,
  verdict: AnswererKey | 'tie' | 'bad',
  reason = '',
): Promise<void> {
  const side = verdict === 'tie' || verdict === 'bad' ? verdict : sideOf(session, verdict);
  await session.vote(session.item?.key ?? '', side, reason);
}

export async function reread(comparison: Comparison): Promise<Comparison> {
  return openComparison(comparison.folder);
}

export function votesOf({ votes }: Comparison): Pick<Vote, 'record' | 'verdict'>[] {
  return votes.map(({ record, verdict }) => ({ record, verdict }));
}
