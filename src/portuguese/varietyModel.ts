/** What statistics say of texts, in natural logarithms of odds: positive for pt-PT. */
export function leaning(_texts: readonly string[]): number {
  return 0;
}
