import { ASK_KEYS } from './keys';

const mac = navigator.userAgent.includes('Macintosh');

/** A tooltip: what a control does, and its keys. */
export function withKeys(text: string, command: keyof typeof ASK_KEYS): string {
  return `${text} (${ASK_KEYS[command][mac ? 1 : 0]})`;
}
