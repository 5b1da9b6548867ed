/** Browsers cap an element's height near 18 million pixels at the least; far below it scrolling is still exact. */
const TALLEST = 8_000_000;

/**
 * Maps the scroll position of an element of limited height to the offset in a list that may be far taller. Small steps
 * (wheel, keys) move the list pixel by pixel; a jump (dragging the scroll bar) goes to the same share of the list.
 */
export class ScrollMap {
  private top = 0;
  private virtual = 0;

  /** `total` is the list's whole height, `view` what of it is in sight, in pixels. */
  constructor(
    private total = 0,
    private view = 0,
  ) {}

  /** Height to give the element that scrolls. */
  get height(): number {
    return Math.min(this.total, TALLEST);
  }

  /** First pixel of the list that is in sight. */
  get offset(): number {
    return this.virtual;
  }

  /** What to subtract from a place in the list to get the place in the element. */
  get shift(): number {
    return this.virtual - this.top;
  }

  resize(total: number, view: number): void {
    this.total = total;
    this.view = view;
    this.virtual = this.clamp(this.virtual);
  }

  /** The element was scrolled to `top`; returns the offset in the list. */
  scrolled(top: number): number {
    const room = this.height - this.view;
    if (this.total <= TALLEST) {
      this.virtual = top;
    } else if (top === this.top) {
      return this.virtual; // the browser tells of what `goTo` did
    } else if (top <= 0) {
      this.virtual = 0;
    } else if (top >= room) {
      this.virtual = this.total - this.view;
    } else if (Math.abs(top - this.top) < this.view) {
      this.virtual = this.clamp(this.virtual + top - this.top);
    } else {
      this.virtual = this.clamp((top / room) * (this.total - this.view));
    }
    this.top = top;
    return this.virtual;
  }

  /** Goes to `offset` in the list; returns the scroll position to give the element. */
  goTo(offset: number): number {
    this.virtual = this.clamp(offset);
    const room = this.total - this.view;
    this.top =
      this.total <= TALLEST || room <= 0
        ? this.virtual
        : // Whole pixels, as elements scroll; the rest stays in the shift.
          Math.round((this.virtual / room) * (this.height - this.view));
    return this.top;
  }

  private clamp(offset: number): number {
    return Math.max(0, Math.min(offset, this.total - this.view));
  }
}
