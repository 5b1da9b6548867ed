import path from 'node:path';
import { t } from '@vscode/l10n';
import { isObject } from '../dataset/record';
import { messagesOf, turnsPath } from '../dataset/shapes/conversation';
import type { CheckedLine, TwinRule } from './rule';

/** The conversation alone, Unicode composed and white space made single: what a reader would call the same text. */
function conversationKey(line: CheckedLine): string | undefined {
  const messages = messagesOf(line.value, true);
  if (!Array.isArray(messages)) return undefined;
  const parts: string[] = [];
  let text = false;
  for (const turn of messages as unknown[]) {
    if (!isObject(turn) || typeof turn.content !== 'string') return undefined;
    const content = normalised(turn.content);
    // Records that are still empty are all alike; that they are empty is said elsewhere.
    if (content !== '' && turn.role !== 'system') text = true;
    parts.push(`${typeof turn.role === 'string' ? turn.role : ''}\u0001${content}`);
  }
  return text ? parts.join('\u0002') : undefined;
}

/** Characters that composition may change; typographic dashes and quotes, which it leaves alone, are not among them. */
const MAY_COMPOSE = /[\u0300-\u200f\u2028-\u202f\u205f-\uffff]/;
const UNEVEN_SPACE = /\s\s|[^\S ]|^\s|\s$/;

/** Most text is as it should be, and finding that out takes a quarter of the time of doing it over. */
function normalised(text: string): string {
  const composed = MAY_COMPOSE.test(text) ? text.normalize('NFC') : text;
  return UNEVEN_SPACE.test(composed) ? composed.replace(/\s+/g, ' ').trim() : composed;
}

export const duplicateExact: TwinRule = {
  rule: 'duplicate/exact',
  severity: 'warning',
  acrossFiles: true,
  keyOf: conversationKey,
  pathOf: (line) => turnsPath(line.value),
  message: (here, twin) => {
    const id = twin.id ?? '–';
    return here.file === twin.file
      ? t('The same conversation is in line {0} (id {1}). Remove one of the two.', twin.line, id)
      : t(
          'The same conversation is in {0}, line {1} (id {2}). Remove one of the two.',
          path.basename(twin.file),
          twin.line,
          id,
        );
  },
};
