import path from 'node:path';
import { t } from '@vscode/l10n';
import { bandsFor, hashBands } from '../dataset/minHash';
import type { Bands } from '../dataset/minHash';
import type { NearColumn } from '../dataset/nearIndex';
import { shinglesOf } from '../dataset/shingles';
import type { SetSlice } from '../dataset/shingles';
import type { JsonPath } from '../dataset/jsonTree';
import { turnsPath } from '../dataset/shapes/conversation';
import type { ShapedTurn } from '../dataset/shapes/shape';
import { Growing } from './growing';
import type { CheckedLine, TwinPlace } from './rule';

export const DUPLICATE_NEAR = 'duplicate/near';

/**
 * What records are compared by: everything that is said but the system prompt, which often is the same in all of them;
 * and the prompts alone. A question that comes back with another answer is worth knowing, but no fault by itself.
 */
export const NEAR_SCOPES = ['record', 'prompt'] as const;
export type NearScope = (typeof NEAR_SCOPES)[number];

export const NEAR_SEVERITY = { record: 'warning', prompt: 'info' } as const;

const belongs: Readonly<Record<NearScope, (turn: ShapedTurn) => boolean>> = {
  record: ({ role }) => role !== 'system',
  prompt: ({ role }) => role === 'user',
};

export function nearTexts(line: CheckedLine, scope: NearScope): string[] {
  return line.turns.filter(belongs[scope]).map(({ content }) => content);
}

export function nearPath(line: CheckedLine, scope: NearScope): JsonPath {
  const asked = scope === 'prompt' ? line.turns.find(({ role }) => role === 'user') : undefined;
  return asked?.contentPath ?? turnsPath(line.value);
}

/** Collects what the records of a stretch are compared by. */
export class NearColumnBuilder {
  private readonly sets = new Growing();
  private readonly ends = new Growing();
  private readonly hashes = new Growing();
  private readonly shape: Bands;

  constructor(
    readonly scope: NearScope,
    threshold: number,
  ) {
    this.shape = bandsFor(threshold);
  }

  /** Undefined: a record that is compared with none. */
  add(line: CheckedLine | undefined): void {
    const set = line === undefined ? undefined : shinglesOf(nearTexts(line, this.scope));
    const { target, at } = this.hashes.room(this.shape.count);
    if (set !== undefined && set.length > 0) {
      this.sets.append(set);
      hashBands(set, this.shape, target, at);
    } else target.fill(0, at, at + this.shape.count);
    this.ends.push(this.sets.length);
  }

  /** The same of one record by itself. */
  of(line: CheckedLine): { readonly set: SetSlice; readonly bands: Uint32Array } {
    const values = shinglesOf(nearTexts(line, this.scope));
    const bands = new Uint32Array(this.shape.count);
    if (values.length > 0) hashBands(values, this.shape, bands, 0);
    return { set: { values, start: 0, end: values.length }, bands };
  }

  column(): NearColumn {
    return { sets: this.sets.toArray(), ends: this.ends.toArray(), bands: this.hashes.toArray() };
  }
}

/** Of two that differ, never 100 %. */
export function percentOf(similarity: number): number {
  return Math.floor(similarity * 100 + 1e-9);
}

export function nearMessage(scope: NearScope, here: TwinPlace, twin: TwinPlace, similarity: number): string {
  const id = twin.id ?? '–';
  const percent = percentOf(similarity);
  const file = path.basename(twin.file);
  if (scope === 'record') {
    return here.file === twin.file
      ? t(
          'This record is {0} % the same as line {1} (id {2}). Keep one of the two, or make them differ.',
          percent,
          twin.line,
          id,
        )
      : t(
          'This record is {0} % the same as {1}, line {2} (id {3}). Keep one of the two, or make them differ.',
          percent,
          file,
          twin.line,
          id,
        );
  }
  return here.file === twin.file
    ? t(
        'The question is {0} % the same as in line {1} (id {2}), the answer is another. Make sure that both are right, or keep one.',
        percent,
        twin.line,
        id,
      )
    : t(
        'The question is {0} % the same as in {1}, line {2} (id {3}), the answer is another. Make sure that both are right, or keep one.',
        percent,
        file,
        twin.line,
        id,
      );
}
