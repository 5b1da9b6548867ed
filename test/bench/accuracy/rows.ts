/** How well one rule does on a labelled set. */
export interface AccuracyRow {
  readonly rule: string;
  readonly planted: number;
  readonly found: number;
  readonly wrong: number;
}
