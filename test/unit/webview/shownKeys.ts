const NAMES: Readonly<Record<string, string>> = {
  pageup: 'PageUp',
  pagedown: 'PageDown',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  escape: 'Esc',
};

/** Keys of a keybinding as hints write them. */
export function shownKeys(key: string): string {
  return key
    .split('+')
    .map((part) => NAMES[part] ?? part.charAt(0).toUpperCase() + part.slice(1))
    .join('+');
}
