/** Keys of the manifest's keybindings, for hints: other systems, macOS. A test compares them with the manifest. */
export const ASK_KEYS = {
  askSend: ['Ctrl+Enter', '⌘↩'],
  askStop: ['Esc', '⎋'],
  askEdit: ['Ctrl+Alt+E', '⌥⌘E'],
  askNew: ['Ctrl+Alt+N', '⌥⌘N'],
  askNextAnswer: ['Alt+PageDown', '⌥⇟'],
  askPreviousAnswer: ['Alt+PageUp', '⌥⇞'],
  askCopy: ['Ctrl+Alt+C', '⌥⌘C'],
  askSave: ['Ctrl+S', '⌘S'],
} as const;
