import { differences } from './comparison';
import type { Part } from './comparison';
import type { PreviewedAnswer } from './previewAnswer';

interface Compared {
  readonly reference: string;
  readonly text: string;
  readonly parts: readonly Part[] | null;
}

/** What each answer has otherwise than the record's own, word by word; computed once for a pair of texts. */
export class AnswerDifferences {
  private readonly known = new WeakMap<PreviewedAnswer, Compared>();

  /** Null when the texts are too long and too different. */
  of(answer: PreviewedAnswer, reference: string): readonly Part[] | null {
    const text = answer.text.trim();
    const known = this.known.get(answer);
    if (known?.reference === reference && known.text === text) return known.parts;
    const parts = differences(reference, text);
    this.known.set(answer, { reference, text, parts });
    return parts;
  }
}
