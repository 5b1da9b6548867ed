import type { CompareCommand } from '../../src/protocol/compareView';

/** Keys of the manifest's keybindings, for hints: other systems, macOS. A test compares them with the manifest. */
export const COMPARE_KEYS: Readonly<Record<CompareCommand, readonly [string, string]>> = {
  compareLeft: ['1', '1'],
  compareRight: ['2', '2'],
  compareTie: ['3', '3'],
  compareBothBad: ['4', '4'],
  compareLeftReason: ['Shift+1', '⇧1'],
  compareRightReason: ['Shift+2', '⇧2'],
  compareTieReason: ['Shift+3', '⇧3'],
  compareBothBadReason: ['Shift+4', '⇧4'],
  compareUndo: ['Ctrl+Z', '⌘Z'],
  compareReference: ['R', 'R'],
  compareResults: ['Ctrl+Alt+V', '⌥⌘V'],
  compareExport: ['Ctrl+Alt+E', '⌥⌘E'],
};
