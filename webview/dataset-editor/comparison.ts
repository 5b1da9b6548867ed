import { diffWordsWithSpace } from 'diff';
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { t } from '../shared/l10n';
import type { EditorStore } from './store';

/** Milliseconds that a comparison may take: texts of ten thousand words without anything in common take minutes. */
const LIMIT = 400;
/** Milliseconds that a comparison may take with every key; one that takes longer waits for a pause in typing. */
const FLUENT = 15;
const PAUSE = 300;

export interface Part {
  readonly text: string;
  readonly kind: 'same' | 'added' | 'removed';
}

interface Compared {
  readonly before: string;
  readonly after: string;
  readonly parts: readonly Part[] | null;
  /** Milliseconds. */
  took: number;
}

/** The record's turns beside what the file has of them, while the user wants to see that. */
export class Comparison {
  on = false;
  private saved: { readonly key: number; readonly texts: readonly string[] | null } | undefined;
  private readonly parts = new Map<number, Compared>();
  private pause: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly store: EditorStore) {}

  async toggle(): Promise<void> {
    this.on = !this.on;
    this.saved = undefined;
    this.parts.clear();
    this.store.changed();
    await this.refresh();
  }

  async refresh(): Promise<void> {
    const { store } = this;
    const key = store.selected;
    if (!this.on || key === null) return;
    const texts = await store.request('editor/saved', { key });
    if (store.selected !== key) return;
    this.saved = { key, texts };
    store.changed();
  }

  /** What stands under a turn. */
  under(turn: number, content: string): TemplateResult | typeof nothing {
    if (!this.on || this.saved?.key !== this.store.selected) return nothing;
    const before = this.saved.texts?.[turn];
    if (before === undefined) return note(t('Not in the saved file yet'));
    if (before === content) return note(t('As in the saved file'));
    const parts = this.partsOf(turn, before, content);
    return html`<section class="comparison" aria-label=${t('Changes since the last save')}>
      <span class="label">${t('Changes since the last save')}</span>
      ${
        parts === null
          ? html`<p class="message info">${t('The texts differ too much to be compared word by word.')}</p>
              <p class="compared">${before}</p>`
          : html`<p class="compared">${parts.map(shown)}</p>`
      }
    </section>`;
  }

  private partsOf(turn: number, before: string, after: string): readonly Part[] | null {
    const known = this.parts.get(turn);
    if (known?.before === before && known.after === after) return known.parts;
    if (known?.before === before && known.took > FLUENT) {
      this.afterPause();
      return known.parts;
    }
    const began = performance.now();
    const parts = differences(before, after);
    this.parts.set(turn, { before, after, parts, took: performance.now() - began });
    return parts;
  }

  private afterPause(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      for (const known of this.parts.values()) known.took = 0;
      this.store.changed();
    }, PAUSE);
  }
}

/** Word by word; null when that takes too long. */
export function differences(before: string, after: string): readonly Part[] | null {
  const changes = diffWordsWithSpace(before, after, { timeout: LIMIT });
  return (
    changes?.map(({ value, added, removed }) => ({
      text: value,
      kind: added ? ('added' as const) : removed ? ('removed' as const) : ('same' as const),
    })) ?? null
  );
}

export function shown({ text, kind }: Part): TemplateResult | string {
  if (kind === 'added') return html`<ins>${text}</ins>`;
  return kind === 'removed' ? html`<del>${text}</del>` : text;
}

function note(text: string): TemplateResult {
  return html`<p class="message info comparison-note">${text}</p>`;
}
