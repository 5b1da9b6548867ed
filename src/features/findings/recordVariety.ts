import type { Variety } from '../../portuguese/varieties';
import type { RecordVariety } from '../../protocol/findings';

/** Which variety a record's turns are written in; null for a line that is no record. */
export async function recordVariety(text: string, own: Variety): Promise<RecordVariety | null> {
  const [{ varietyOf }, { parseRecordText }] = await Promise.all([
    import('../../portuguese/variety'),
    import('../../dataset/recordText'),
  ]);
  const { record } = parseRecordText(text);
  if (record === undefined) return null;
  const { label, score } = varietyOf(record.messages.map(({ content }) => content));
  // Angola and Mozambique write as Portugal does.
  return { label, score, fits: label !== (own === 'pt-BR' ? 'pt-PT' : 'pt-BR') };
}
