/** What an edit makes of a text, or undefined where the text has no place for it (RangeError). */
export function attempt(work: () => string): string | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
