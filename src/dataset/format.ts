import { isObject } from './record';
import { layoutOf } from './shapes/layout';
import { SHAPE_TITLES } from './shapes/titles';

/** Record formats of other tools that are known by sight, and can be imported but not edited as they are. */
type ForeignFormat = 'label-studio' | 'text';

/** How people know them; names are not translated. */
const FORMAT_TITLES: Readonly<Record<ForeignFormat, string>> = {
  'label-studio': 'Label Studio (data, annotations)',
  text: 'plain text (text)',
};

/** What people call the format of a parsed record, when it is a known one. */
export function formatTitle(value: unknown): string | undefined {
  const layout = layoutOf(value);
  if (layout !== undefined) return SHAPE_TITLES[layout.shape];
  if (!isObject(value)) return undefined;
  const has = (key: string): boolean => Object.hasOwn(value, key);
  if (has('data') && (has('annotations') || has('predictions') || has('completions'))) {
    return FORMAT_TITLES['label-studio'];
  }
  return typeof value.text === 'string' ? FORMAT_TITLES.text : undefined;
}
