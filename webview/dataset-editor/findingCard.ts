import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { RecordFinding } from '../../src/protocol/findings';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { severityWord } from './findingLine';
import { keysOf } from './shortcuts';
import type { EditorStore } from './store';

const integer = new Intl.NumberFormat(language);
/** Pixels between a mark and its card, and between the card and the edge. */
const GAP = 4;

/** What the open finding means and what can be done about it, below its mark. */
@customElement('afina-finding-card')
export class FindingCard extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;
  /** Where the focus goes back to. */
  private origin: HTMLElement | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Puts the focus on the first thing that can be done; Esc gives it back. */
  async enter(): Promise<void> {
    await this.updateComplete;
    const { activeElement } = document;
    if (activeElement instanceof HTMLElement && !this.contains(activeElement)) this.origin = activeElement;
    this.querySelector<HTMLElement>('button')?.focus();
  }

  protected override render(): TemplateResult | typeof nothing {
    const finding = this.store.findings.open;
    if (finding === null) return nothing;
    const tone = { error: 'bad', warning: 'warn', info: 'info' }[finding.severity];
    return html`<div
      class="finding-card"
      role="dialog"
      aria-label=${t('Finding')}
      aria-describedby="finding-text"
      @keydown=${this.onKey}
    >
      <p class="message ${tone}" id="finding-text">
        ${icon(finding.severity)}
        <span
          ><span class="visually-hidden">${severityWord(finding.severity)}: </span>${finding.message}
          <span class="rule">${finding.rule}</span></span
        >
      </p>
      <div class="card-actions">${this.actions(finding)}</div>
    </div>`;
  }

  protected override updated(): void {
    const card = this.firstElementChild;
    const form = this.parentElement;
    const { findings } = this.store;
    const { open } = findings;
    if (!(card instanceof HTMLElement) || form === null || open === null) return;
    const index = findings.all.indexOf(open);
    const anchor =
      form.querySelector(`.mark[data-findings~="${index}"]`) ??
      form.querySelector(`[data-finding="${index}"]`);
    const outer = form.getBoundingClientRect();
    const rects = anchor?.getClientRects();
    const place = rects?.[rects.length - 1] ?? outer;
    const left = Math.min(place.left - outer.left, form.clientWidth - card.offsetWidth - GAP);
    card.style.left = `${Math.max(GAP, left)}px`;
    const pane = form.closest('main')?.getBoundingClientRect();
    const below = place.bottom + GAP + card.offsetHeight <= (pane?.bottom ?? window.innerHeight);
    const above = place.top - GAP - card.offsetHeight;
    const top = below || above < (pane?.top ?? 0) ? place.bottom + GAP : above;
    card.style.top = `${top - outer.top}px`;
  }

  private actions(finding: RecordFinding): TemplateResult | typeof nothing {
    const { store } = this;
    const { findings } = store;
    if (store.readOnly) return nothing;
    const same = findings.all.filter(({ rule, fix }) => rule === finding.rule && fix !== null).length;
    const button = (
      name: Parameters<typeof icon>[0],
      text: string,
      keys: string,
      act: () => unknown,
    ): TemplateResult =>
      html`<button class="card-action" @click=${act}>
        ${icon(name)} <span>${text}</span> <span class="keys">${keys}</span>
      </button>`;
    return html`
      ${
        finding.fix === null
          ? nothing
          : html`
              ${button('check', finding.fix, '↩', () => this.act(() => findings.fix(finding, 'finding')))}
              ${
                same > 1
                  ? button(
                      'check',
                      t('Fix all {0} of this rule in this record', integer.format(same)),
                      keysOf('fixAllInRecord'),
                      () => this.act(() => findings.fix(finding, 'record')),
                    )
                  : nothing
              }
              ${
                store.filtered
                  ? button('check', t('Fix all of this rule in the records shown'), '', () =>
                      this.act(() => findings.fix(finding, 'shown')),
                    )
                  : nothing
              }
              ${button('check', t('Fix all of this rule in this dataset'), keysOf('fixAllInDataset'), () =>
                this.act(() => findings.fix(finding, 'dataset')),
              )}
            `
      }
      ${button('eyeOff', t('Ignore this rule in this record'), keysOf('ignoreFinding'), () =>
        this.act(() => findings.ignore(finding, 'record')),
      )}
      ${
        store.filtered
          ? button('eyeOff', t('Ignore this rule in the records shown'), '', () =>
              this.act(() => findings.ignore(finding, 'shown')),
            )
          : nothing
      }
      ${button('scales', t('Severity of this rule…'), keysOf('setRuleSeverity'), () =>
        this.act(() => findings.setSeverity(finding)),
      )}
    `;
  }

  private async act(work: () => Promise<void>): Promise<void> {
    const had = this.contains(document.activeElement);
    await work();
    if (had) this.leave();
  }

  private leave(): void {
    const { origin } = this;
    this.origin = null;
    this.store.findings.show(null);
    if (origin?.isConnected === true) origin.focus({ preventScroll: true });
    else this.store.dispatchEvent(new Event('closed'));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.leave();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...this.querySelectorAll<HTMLButtonElement>('button')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
}
