/** What makes its value when it is asked for first: code that is not needed at activation is loaded then. */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => (loading ??= load());
}
