import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RecordView, ShapeView, TurnPart, TurnRole } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { roleLabel } from './labels';
import { withKeys } from './shortcuts';

type Shown = NonNullable<RecordView['record']>;
export type TurnPlace = ShapeView['turns'][number];
export type Addition = ShapeView['additions'][number];

export const INPUT_KEYS: readonly string[] = ['input', 'context'];

/** What may become of each turn; `messages` takes anything. */
export function placesOf({ turns, shape }: Shown): readonly TurnPlace[] {
  return (
    shape?.turns ??
    turns.map((_, index) => ({
      part: 'talk',
      key: null,
      path: `messages[${index}]`,
      can: { role: true, remove: true, up: index > 0, down: index < turns.length - 1 },
    }))
  );
}

export function additionsOf({ turns, shape }: Shown): readonly Addition[] {
  if (shape !== undefined) return shape.additions;
  const role = turns.at(-1)?.role === 'user' ? 'assistant' : 'user';
  return [{ at: turns.length, role, part: 'talk', key: null }];
}

/** The name of a text that the record has a key for, or of whoever speaks. */
export function turnLabel(role: TurnRole, place: TurnPlace | undefined): string {
  if (place?.part === 'chosen' && role === 'assistant') return t('Preferred answer');
  if (place?.part === 'rejected' && role === 'assistant') return t('Rejected answer');
  const key = place?.key;
  if (key === 'instruction') return t('Instruction');
  if (INPUT_KEYS.includes(key ?? '')) return t('Input');
  return roleLabel(role);
}

/** Announces where the prompt and each of two answers begin, when they may have several turns. */
export function partHeading({ shape }: Shown, index: number): TemplateResult | typeof nothing {
  if (shape?.name !== 'preference') return nothing;
  const place = shape.turns[index];
  const part = place?.part;
  // A single text has its name in its own header.
  if (part === undefined || place?.can.role === false || part === shape.turns[index - 1]?.part)
    return nothing;
  return html`<h2 class="part ${part}">${partLabel(part)}</h2>`;
}

function partLabel(part: TurnPart): string {
  if (part === 'talk') return t('Prompt');
  return part === 'chosen' ? t('Preferred answer') : t('Rejected answer');
}

/** Whether it is an earlier question and its answer, which come and go together. */
export function addsPair({ key }: Addition): boolean {
  return key === 'history';
}

export function isPaired(place: TurnPlace | undefined): boolean {
  return place?.path.startsWith('history[') === true;
}

export function additionButtons(record: Shown, add: (addition: Addition) => void): TemplateResult {
  const several = additionsOf(record).filter(({ key }) => key === null).length > 1;
  return html`<div class="additions">
    ${additionsOf(record).map((addition) => {
      const { key, part } = addition;
      const label =
        key === null
          ? several
            ? t('Add turn: {0}', partLabel(part))
            : t('Add turn')
          : addsPair(addition)
            ? t('Add earlier question')
            : key === 'system'
              ? t('Add system text')
              : t('Add input');
      const title = key === null && !several ? withKeys(label, 'addTurn') : label;
      return html`<button class="link-button" title=${title} @click=${() => add(addition)}>
        ${icon('add')} ${label}
      </button>`;
    })}
  </div>`;
}

/** What the format is, and what it has no place for. */
export function shapeNote({ name, title }: ShapeView): string {
  switch (name) {
    case 'alpaca':
      return t(
        'Format: {0}. The last question has an input of its own; earlier questions and their answers are its history.',
        title,
      );
    case 'prompt-completion':
      return t('Format: {0}. The prompt and its completion cannot change places or roles.', title);
    case 'preference':
      return t(
        'Format: {0}. The preferred and the rejected answer are compared in training by preference (DPO).',
        title,
      );
    case 'sharegpt':
    case 'messages':
      return t('Format: {0}.', title);
  }
}
