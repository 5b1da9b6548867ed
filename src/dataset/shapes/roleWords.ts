import { ROLES, isRole } from '../record';
import type { Role } from '../record';

/** What ShareGPT files and their kin call the three roles, the usual word first. */
const WORDS: Readonly<Record<Role, readonly string[]>> = {
  system: ['system'],
  user: ['human', 'user', 'prompter'],
  assistant: ['gpt', 'assistant', 'chatgpt', 'model', 'bot'],
};

export function roleOfWord(word: unknown): Role | undefined {
  return ROLES.find((role) => role === word || WORDS[role].some((each) => each === word));
}

/** The word for a role in a list whose turns have these words already. */
export function wordFor(role: Role, used: readonly unknown[]): string {
  const own = used.find((word) => roleOfWord(word) === role);
  if (typeof own === 'string') return own;
  const plain = used.some((word) => word === 'user' || word === 'assistant');
  return plain ? role : (WORDS[role][0] ?? role);
}

/** The names under which a turn of a list keeps its role and its text. */
export function turnKeys(turn: Readonly<Record<string, unknown>>): {
  readonly role: 'from' | 'role';
  readonly content: 'value' | 'content';
} {
  const foreign = (name: string): boolean => Object.hasOwn(turn, name);
  return {
    role: foreign('from') && !isRole(turn.role) ? 'from' : 'role',
    content: foreign('value') && !foreign('content') ? 'value' : 'content',
  };
}
