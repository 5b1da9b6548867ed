import type { HeldCommand } from '../../src/protocol/datasetEditor';
import { KEYS } from './keys';

const mac = navigator.userAgent.includes('Macintosh');

export function keysOf(command: keyof typeof KEYS): string {
  return KEYS[command][mac ? 1 : 0];
}

/** A tooltip: what a control does, and its keys. */
export function withKeys(text: string, command: keyof typeof KEYS): string {
  return `${text} (${keysOf(command)})`;
}

/** The workbench command behind a key stroke that would not see what was typed a moment ago. */
export function heldCommand(event: KeyboardEvent): HeldCommand | undefined {
  if (event.altKey || !(mac ? event.metaKey : event.ctrlKey)) return undefined;
  switch (event.key.toLowerCase()) {
    case 'z':
      return event.shiftKey ? 'redo' : 'undo';
    case 'y':
      return event.shiftKey ? undefined : 'redo';
    case 's':
      return event.shiftKey ? undefined : 'save';
    case 'w':
    case 'f4':
      return event.shiftKey ? undefined : 'close';
    default:
      return undefined;
  }
}
