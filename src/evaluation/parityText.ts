import { t } from '@vscode/l10n';
import type { ParityProblem } from './promptTypes';

const LONGEST_QUOTE = 60;

export function problemOf(kind: ParityProblem['kind'], turn: number | null, message: string): ParityProblem {
  return { kind, turn, message };
}

/** A token's text in quotes, its white space visible. */
export function quoted(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return t('“{0}”', short.replace(/\n/g, '↵').replace(/\t/g, '→'));
}

export function tokenName(text: string | undefined, id: number | undefined, nothing: string): string {
  return id === undefined ? nothing : `${quoted(text ?? '')} (${String(id)})`;
}
