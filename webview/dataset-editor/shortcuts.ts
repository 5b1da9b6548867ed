import type { HeldCommand } from '../../src/protocol/datasetEditor';

/** Keys of the manifest's keybindings, for tooltips: other systems, macOS. */
const KEYS = {
  addRecord: ['Ctrl+Alt+N', '⌥⌘N'],
  duplicateRecord: ['Ctrl+Alt+D', '⌥⌘D'],
  deleteRecord: ['Ctrl+Shift+Delete', '⇧⌘⌫'],
  nextRecord: ['Alt+PageDown', '⌥⇟'],
  previousRecord: ['Alt+PageUp', '⌥⇞'],
  addTurn: ['Ctrl+Alt+M', '⌥⌘M'],
  deleteTurn: ['Ctrl+Shift+Backspace', '⌥⌘⌫'],
  moveTurnUp: ['Alt+Shift+↑', '⇧⌥↑'],
  moveTurnDown: ['Alt+Shift+↓', '⇧⌥↓'],
  searchRecords: ['Ctrl+F', '⌘F'],
  previewAnswer: ['Ctrl+Enter', '⌘↩'],
  stopPreview: ['Esc', '⎋'],
  useAnswer: ['Ctrl+Shift+Enter', '⇧⌘↩'],
  draft: ['Alt+1', '⌃⌘1'],
  review: ['Alt+2', '⌃⌘2'],
  approved: ['Alt+3', '⌃⌘3'],
  rejected: ['Alt+4', '⌃⌘4'],
  startReview: ['Alt+K', '⌃⌘K'],
  reviewDisagreements: ['Alt+Shift+K', '⌃⇧⌘K'],
  approveRecord: ['Alt+A', '⌃⌘A'],
  rejectRecord: ['Alt+R', '⌃⌘R'],
  repairRecord: ['Alt+P', '⌃⌘P'],
  skipRecord: ['Alt+S', '⌃⌘S'],
  previousReviewed: ['Alt+B', '⌃⌘B'],
  submitForReview: ['Alt+U', '⌃⌘U'],
  toggleBlindReview: ['Alt+Shift+B', '⌃⇧⌘B'],
} as const;

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
