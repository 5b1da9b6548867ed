import type { JsonPath } from '../jsonTree';
import type { Role, Turn } from '../record';

/** How a record keeps its turns. `messages` is Afina's own; the others are edited in their own way, too. */
export const SHAPES = ['messages', 'sharegpt', 'alpaca', 'prompt-completion', 'preference'] as const;
export type RecordShape = (typeof SHAPES)[number];

/** Which text of a record a turn belongs to: a preference record has two answers to one prompt. */
export type TurnPart = 'talk' | 'chosen' | 'rejected';

/** A turn as it lies in the record. */
export interface ShapedTurn extends Turn {
  readonly part: TurnPart;
  /** The turn, as findings name it. */
  readonly path: JsonPath;
  readonly contentPath: JsonPath;
  /** Undefined where the place decides who speaks. */
  readonly rolePath: JsonPath | undefined;
  /** The list whose element the turn is, when turns can be added and moved in it. */
  readonly list: JsonPath | undefined;
  /** The record's own key, for a turn that is a text of its own. */
  readonly key: string | undefined;
  /** The record is whole without it. */
  readonly optional: boolean;
}

/** Where turns are kept, in the order in which they are spoken. */
export type Segment =
  | { readonly kind: 'list'; readonly path: JsonPath; readonly part: TurnPart }
  | { readonly kind: 'object'; readonly path: JsonPath; readonly part: TurnPart }
  | { readonly kind: 'pairs'; readonly path: JsonPath }
  | {
      readonly kind: 'text';
      readonly key: string;
      readonly role: Role;
      readonly part: TurnPart;
      readonly optional: boolean;
    };

/** A text that a record lacks and may have. */
export interface AddableText {
  readonly key: string;
  readonly role: Role;
  /** The key that it is written behind. */
  readonly after: string;
}

export interface Layout {
  readonly shape: RecordShape;
  readonly segments: readonly Segment[];
  readonly addable: readonly AddableText[];
}
