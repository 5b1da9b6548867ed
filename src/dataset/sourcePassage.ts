/** A whole diploma or a whole work of reference: a domain's records all come from a few of them. */
const DIPLOMA =
  /^(?:a |o |as |os )?(?:lei|decreto|dl|portaria|despacho|resolução|regulamento|diretiva|directiva|convenção|código|constituição|tratado|regimento|estatuto|crp|cc|cpc|cp|cpp|ct|cf|clt)(?![\p{L}\p{N}])/u;
/** What names a part of it. */
const PART =
  /(?:^|[^\p{L}])(?:artigos?|arts?|§|parágrafo|al[íi]neas?|cláusula|anexo|considerando|ponto|regra|capítulo|secção|seção|título|inciso|pp?|págs?|páginas?)(?![\p{L}])/u;

/**
 * What a source is compared by: its words, without regard to case, white space or a full stop at its end. Undefined for
 * what names no passage but a whole diploma, which records of both sides may well share.
 */
export function sourceKey(source: string): string | undefined {
  const key = source
    .normalize('NFC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^ |[ .;,]+$/g, '');
  if (key === '') return undefined;
  return DIPLOMA.test(key) && !PART.test(key) ? undefined : key;
}
