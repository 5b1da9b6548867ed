import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import type { EditorStore } from './store';

/** The record's sources, one line each; a line that is left empty goes away. */
@customElement('afina-sources')
export class SourcesField extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ attribute: false }) sources: readonly string[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const { store, sources } = this;
    return html`
      <h2 class="label" id="sources-label">${t('Sources')}</h2>
      <div class="sources" role="group" aria-labelledby="sources-label">
        ${sources.map((source, index) => this.line(source, index))}
        ${
          store.readOnly
            ? nothing
            : html`<button class="link-button" @click=${() => this.add()}>
                ${icon('add')} ${t('Add source')}
              </button>`
        }
      </div>
    `;
  }

  private line(source: string, index: number): TemplateResult {
    const { store, sources } = this;
    return html`<div class="source">
      <input
        aria-label=${t('Source {0}', index + 1)}
        placeholder=${t('Act, article, page')}
        ?readonly=${store.readOnly}
        .value=${live(source)}
        @input=${(event: Event) =>
          store.type({
            kind: 'sources',
            sources: sources.with(index, (event.target as HTMLInputElement).value),
          })}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) void this.add(index + 1);
          if (event.key === 'Backspace' && source === '') {
            event.preventDefault();
            void this.removeSource(index, true);
          }
        }}
        @blur=${() => this.left(index)}
      />
      ${
        store.readOnly
          ? nothing
          : html`<button
              class="tool"
              title=${t('Remove source')}
              aria-label=${t('Remove source {0}', index + 1)}
              @mousedown=${(event: Event) => event.preventDefault()}
              @click=${() => this.removeSource(index, false)}
            >
              ${icon('close')}
            </button>`
      }
    </div>`;
  }

  /** Adds an empty line and goes to it. */
  private async add(at = this.sources.length): Promise<void> {
    if (this.sources[at] !== '' && this.sources[at - 1] !== '') {
      await this.store.edit({ kind: 'sources', sources: this.sources.toSpliced(at, 0, '') });
    }
    await this.updateComplete;
    const fields = this.querySelectorAll('input');
    (fields[at] ?? fields[at - 1])?.focus();
  }

  private async removeSource(index: number, goUp: boolean): Promise<void> {
    await this.store.flush();
    await this.store.edit({ kind: 'sources', sources: this.sources.toSpliced(index, 1) });
    if (!goUp) return;
    await this.updateComplete;
    this.querySelectorAll('input')[Math.max(0, index - 1)]?.focus();
  }

  private left(index: number): void {
    if (this.sources[index]?.trim() === '' && this.sources.length > 0) {
      void this.store.edit({ kind: 'sources', sources: this.sources.toSpliced(index, 1) });
    } else {
      void this.store.flush();
    }
  }
}
