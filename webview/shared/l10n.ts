/** The interface's strings, which the extension host wrote into the page; English ones stand in the code. */
const strings = readStrings();

function readStrings(): Record<string, string> {
  const text = document.getElementById('afina-strings')?.textContent;
  return text === undefined || text === '' ? {} : (JSON.parse(text) as Record<string, string>);
}

/** The text in the interface's language; `{0}`, `{1}` … stand for the arguments. */
export function t(message: string, ...values: readonly (string | number)[]): string {
  return (strings[message] ?? message).replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });
}

/** BCP 47 tag of the interface. */
export const language = document.documentElement.lang;
