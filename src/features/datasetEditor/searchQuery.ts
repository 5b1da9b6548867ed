import type { SearchQuery } from '../../dataset/recordFilter';
import type { RecordQuery } from '../../protocol/bulk';

/** The page's query as the dataset room takes it; undefined when it asks for nothing. */
export function searchQuery(query: RecordQuery): SearchQuery | undefined {
  const { text, regex, matchCase, matchAccents, status, topic, author, reviewer, finding, length } = query;
  const bounded = length !== null && (length.min !== null || length.max !== null) ? length : undefined;
  const asked = [text, author, reviewer].some((each) => each.trim() !== '');
  if (!asked && status === null && topic === null && finding === null && bounded === undefined) {
    return undefined;
  }
  return {
    text: regex && text.trim() !== '' ? text : text.trim(),
    regex,
    matchCase,
    matchAccents,
    status: status ?? undefined,
    topic: topic ?? undefined,
    author,
    reviewer,
    finding: finding ?? undefined,
    length: bounded,
  };
}
