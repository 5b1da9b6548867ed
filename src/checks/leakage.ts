import path from 'node:path';
import { t } from '@vscode/l10n';
import { isObject } from '../dataset/record';
import { sourceKey } from '../dataset/sourcePassage';
import { percentOf } from './near';
import type { CheckedLine, TwinPlace } from './rule';

export const LEAKAGE_SPLIT = { rule: 'leakage/split', severity: 'error' } as const;
export const LEAKAGE_SOURCE = { rule: 'leakage/source', severity: 'warning' } as const;

/** Which side of the split a record is on: as its own `meta.split` says, else as its file does. */
export const SIDES = { unsaid: 0, train: 1, evaluation: 2 } as const;

const WORDS: Readonly<Record<string, number>> = {
  train: SIDES.train,
  training: SIDES.train,
  treino: SIDES.train,
  evaluation: SIDES.evaluation,
  eval: SIDES.evaluation,
  test: SIDES.evaluation,
  validation: SIDES.evaluation,
  avaliacao: SIDES.evaluation,
  avaliação: SIDES.evaluation,
  teste: SIDES.evaluation,
  validacao: SIDES.evaluation,
  validação: SIDES.evaluation,
};

export function sideOf(line: CheckedLine): number {
  const meta = isObject(line.value) ? line.value.meta : undefined;
  const split = isObject(meta) ? meta.split : undefined;
  const word = typeof split === 'string' ? split.trim().toLowerCase() : '';
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? SIDES.unsaid) : SIDES.unsaid;
}

/** Whether a file's name says that its records are held out: `eval.jsonl`, `maritimo-avaliacao.jsonl`, `test_2024.jsonl`. */
export function namedEvaluation(file: string): boolean {
  const name = path
    .basename(file)
    .normalize('NFC')
    .toLowerCase()
    .replace(/\.jsonl$/, '');
  return name
    .split(/[^\p{L}]+/u)
    .some((part) => Object.hasOwn(WORDS, part) && WORDS[part] === SIDES.evaluation);
}

/** The record's sources that are passages, each with what it is compared by and its place in `meta.sources`. */
export function passagesOf(line: CheckedLine): { readonly key: string; readonly at: number }[] {
  const meta = isObject(line.value) ? line.value.meta : undefined;
  const sources = isObject(meta) && Array.isArray(meta.sources) ? (meta.sources as unknown[]) : [];
  return sources.flatMap((source, at) => {
    const key = typeof source === 'string' ? sourceKey(source) : undefined;
    return key === undefined ? [] : [{ key, at }];
  });
}

export function splitMessage(here: TwinPlace, twin: TwinPlace, similarity: number): string {
  const id = twin.id ?? '–';
  return here.file === twin.file
    ? t(
        'This record is held out for evaluation, and training sees {0} % of it in line {1} (id {2}). Put both on one side, or remove one.',
        percentOf(similarity),
        twin.line,
        id,
      )
    : t(
        'This record is held out for evaluation, and training sees {0} % of it in {1}, line {2} (id {3}). Put both on one side, or remove one.',
        percentOf(similarity),
        path.basename(twin.file),
        twin.line,
        id,
      );
}

export function sourceMessage(here: TwinPlace, twin: TwinPlace, source: string): string {
  const id = twin.id ?? '–';
  return here.file === twin.file
    ? t(
        'This record is held out for evaluation, and training has the same source in line {0} (id {1}): {2}. Keep what comes of one source on one side.',
        twin.line,
        id,
        source,
      )
    : t(
        'This record is held out for evaluation, and training has the same source in {0}, line {1} (id {2}): {3}. Keep what comes of one source on one side.',
        path.basename(twin.file),
        twin.line,
        id,
        source,
      );
}
