import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { RecordFinding } from '../../src/protocol/findings';
import { stretchesOf } from './markRanges';
import type { Mark } from './markRanges';

/** Milliseconds that the pointer rests before a mark explains itself. */
const REST = 250;

/**
 * The text of a field once more, behind it and unseen but for what underlines its marks: it breaks its lines as the
 * field does, whatever the width, font or zoom. Screen readers hear the findings below the field instead.
 */
export function marksBehind(
  text: string,
  marks: readonly Mark[],
  open: RecordFinding | null,
  indexOf: (finding: RecordFinding) => number,
): TemplateResult | typeof nothing {
  if (marks.length === 0) return nothing;
  const pieces = stretchesOf(text.length, marks).map(({ start, end, marks: here }) => {
    const piece = text.slice(start, end);
    const [first] = here;
    if (first === undefined) return piece;
    const current = here.some(({ finding }) => finding === open) ? ' current' : '';
    const findings = here.map(({ finding }) => indexOf(finding)).join(' ');
    return html`<span class="mark ${first.finding.severity}${current}" data-findings=${findings}>${piece}</span>`; // prettier-ignore
  });
  return html`<div class="marks" aria-hidden="true">${pieces}</div>`; // prettier-ignore
}

/** Tells which finding's mark the pointer rests on; null when it has left them. */
export class MarkPointer {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private resting: number | null = null;

  constructor(private readonly onRest: (index: number | null) => void) {}

  move(event: MouseEvent): void {
    const field = event.currentTarget as HTMLElement;
    const index = markAt(field.parentElement, event.clientX, event.clientY);
    if (index === this.resting) return;
    this.resting = index;
    clearTimeout(this.timer);
    // Whoever selects text is not asking.
    if (event.buttons !== 0) return;
    this.timer = setTimeout(() => this.onRest(index), REST);
  }

  leave(): void {
    clearTimeout(this.timer);
    this.resting = null;
    this.timer = setTimeout(() => this.onRest(null), REST);
  }

  /** The pointer is over what the mark has to say: that stays. */
  stay(): void {
    clearTimeout(this.timer);
  }
}

/** Index of the finding whose mark is at a point of the window. */
export function markAt(field: ParentNode | null, x: number, y: number): number | null {
  for (const mark of field?.querySelectorAll<HTMLElement>('.mark') ?? []) {
    for (const { left, right, top, bottom } of mark.getClientRects()) {
      if (x >= left && x <= right && y >= top && y <= bottom)
        return Number(mark.dataset.findings?.split(' ')[0]);
    }
  }
  return null;
}
