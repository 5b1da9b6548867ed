import { svg } from 'lit';
import type { TemplateResult } from 'lit';

const paths = {
  add: 'M8 3v10M3 8h10',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  trash: 'M3 4.5h10M6.5 4.5v-1.5h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5M7 7v4M9 7v4',
  up: 'M8 13V4M4 7.5L8 3.5l4 4',
  down: 'M8 3v9M4 8.5l4 4 4-4',
  close: 'M4 4l8 8M12 4l-8 8',
  search: 'M7 11.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9zM10.3 10.3l3.2 3.2',
  error: 'M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.5M8 11.4v.6',
  info: 'M8 14A6 6 0 1 1 8 2a6 6 0 0 1 0 12zM8 7v4M8 4.8v.6',
  play: 'M5 3.5l7 4.5-7 4.5z',
  stop: 'M4.5 4.5h7v7h-7z',
  text: 'M3 4h10M3 7h7M3 10h10M3 13h6',
  check: 'M3 8.5l3.5 3.5L13 5',
  more: 'M3 8h1M7.5 8h1M12 8h1M3 8.500h1M7.5 8.500h1M12 8.500h1',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  compare: 'M3 3.5h4v9H3zM9 3.5h4v9H9z',
  markdown: 'M1.5 4.5h13v7h-13zM4 9.5v-3l1.7 2 1.8-2v3M11 6.5v3M9.8 8.3L11 9.6l1.3-1.3',
  edit: 'M3 13l.8-3.200L10.800 2.800l2.400 2.400-7 7zM9 4.600l2.400 2.400',
  wrench: 'M10.5 2.5a3 3 0 0 0-2.7 4.3L3 11.6 4.4 13l4.8-4.8a3 3 0 0 0 4.1-3.6L11.4 6.5 9.5 4.600l1.9-1.900z',
  skip: 'M4 4l5 4-5 4zM11.5 4v8',
  back: 'M13 8H3.500M7.5 4l-4 4 4 4',
  eyeOff: 'M2 8s2.3-4 6-4 6 4 6 4-2.3 4-6 4-6-4-6-4zM3 13L13 3',
  scales: 'M8 2.500v11M5 13.500h6M3 4.500h10M3 4.500l-1.5 4h3zM13 4.500l-1.5 4h3z',
  again: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.500v3h-3',
  columns: 'M2.5 3.5h11v9h-11zM8 3.500v9',
  stack: 'M2.5 3.5h11v9h-11zM2.500 8h11',
  differences: 'M5.500 2.500v6M2.500 5.500h6M8 12.500h5.500M12 3.500L4 13.500',
  sliders: 'M2.500 5h6M11.500 5h2M2.500 11h2M7.500 11h6M10 3.500v3M6 9.500v3',
} as const;
export type Icon = keyof typeof paths;

/** A line icon of 16 px in the text's colour; decorative, so the control around it carries the label. */
export function icon(name: Icon): TemplateResult {
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}
