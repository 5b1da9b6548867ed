import { LitElement, html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { live } from 'lit/directives/live.js';
import type { RecordStatus, RecordView, TurnRole } from '../../src/protocol/datasetEditor';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { statusLabel } from '../shared/statusLabel';
import { conflictPanel } from './conflictPanel';
import { findingList, findingsAt, findingsElsewhere } from './findingLine';
import type { RecordFinding } from '../../src/protocol/findings';
import type { FindingCard } from './findingCard';
import { isAt } from './findings';
import { MarkPointer } from './marks';
import { STATUSES } from './labels';
import { additionButtons, additionsOf, addsPair, partHeading, placesOf, shapeNote } from './shapeParts';
import type { Addition, TurnPlace } from './shapeParts';
import { withKeys } from './shortcuts';
import './sourcesField';
import type { EditorStore } from './store';
import './topicBox';
import { varietyChip } from './varietyChip';
import { turnCard } from './turnCard';

/** A piece of a turn's text. */
export interface Place {
  readonly turn: number;
  readonly start: number;
  readonly end: number;
}

type Shown = NonNullable<RecordView['record']>;

/** The chosen record: its facts, its turns, its findings; or its line as text when it cannot be read. */
@customElement('afina-record-form')
export class RecordForm extends LitElement {
  @property({ attribute: false }) store!: EditorStore;
  @property({ type: Number }) tick = 0;
  /** The turn that had the focus last: what the commands for turns act on. */
  private currentTurn = 0;
  private shownKey: number | null = null;
  private scrolledKey: number | null = null;
  /** Turns shown as their Markdown looks. */
  private readonly rendered = new Set<number>();
  private readonly pointer = new MarkPointer((index) => this.rest(index));

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  async run(command: 'addTurn' | 'deleteTurn' | 'moveTurnUp' | 'moveTurnDown'): Promise<void> {
    const count = this.store.record?.record?.turns.length ?? 0;
    const turn = Math.min(this.currentTurn, count - 1);
    if (command === 'addTurn') return this.addTurn();
    if (turn < 0) return;
    if (command === 'deleteTurn') return this.removeTurn(turn);
    return this.move(turn, command === 'moveTurnUp' ? turn - 1 : turn + 1);
  }

  /** Shows the Markdown of a turn, or its text again; without one named, of the one that had the focus last. */
  toggleMarkdown(turn = this.currentTurn): void {
    if (!this.rendered.delete(turn)) this.rendered.add(turn);
    this.requestUpdate();
  }

  async focusTurn(index = this.currentTurn): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLElement>(`.turn[data-turn="${index}"] :is(textarea, .rendered)`)?.focus();
  }

  /** Chooses a piece of a turn's text, so that it is seen and typing replaces it. */
  async showPlace({ turn, start, end }: Place): Promise<void> {
    this.rendered.delete(turn);
    this.requestUpdate();
    await this.updateComplete;
    const field = this.querySelector<HTMLTextAreaElement>(`.turn[data-turn="${turn}"] textarea`);
    if (field === null) return;
    field.focus({ preventScroll: true });
    field.setSelectionRange(start, end);
    scrollToCaret(field, start, this.parentElement);
  }

  /** Chooses the text that a finding is of, or shows what it is about. */
  async showFinding(finding: RecordFinding): Promise<void> {
    const record = this.store.record?.record;
    const turn = this.turnOf(finding.field);
    const mark =
      turn < 0 || record == null
        ? undefined
        : this.store.findings
            .marks(turn, [finding], record.turns[turn]?.content ?? '')
            .find((each) => each.finding === finding);
    if (mark !== undefined) return this.showPlace({ turn, start: mark.start, end: mark.end });
    await this.updateComplete;
    const index = this.store.findings.all.indexOf(finding);
    this.querySelector(`[data-finding="${index}"]`)?.scrollIntoView({ block: 'center' });
  }

  /** The finding that commands are about: the open one, the one at the cursor, or the first that has a fix. */
  currentFinding(): RecordFinding | null {
    const { findings } = this.store;
    const place = this.cursor();
    const record = this.store.record?.record;
    if (findings.open !== null) return findings.open;
    const { all } = findings;
    const at =
      place === null
        ? undefined
        : findings
            .marks(
              place.turn,
              all.filter(({ field }) => this.turnOf(field) === place.turn),
              record?.turns[place.turn]?.content ?? '',
            )
            .find(({ start, end }) => start <= place.offset && place.offset <= end);
    return at?.finding ?? all.find(({ fix }) => fix !== null) ?? all[0] ?? null;
  }

  /** Where the cursor is, when it is in a turn's text. */
  cursor(): { readonly turn: number; readonly offset: number } | null {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLTextAreaElement)) return null;
    const turn = Number(activeElement.closest<HTMLElement>('.turn')?.dataset.turn ?? -1);
    return turn < 0 ? null : { turn, offset: activeElement.selectionStart };
  }

  /** Opens what can be done about a finding, and goes there. */
  async explain(finding: RecordFinding | null): Promise<void> {
    if (finding === null) return;
    this.store.findings.show(finding);
    await this.updateComplete;
    await this.querySelector<FindingCard>('afina-finding-card')?.enter();
  }

  private turnOf(field: string | null): number {
    const record = this.store.record?.record;
    return record == null ? -1 : placesOf(record).findIndex(({ path }) => isAt(field ?? '', path));
  }

  private rest(index: number | null): void {
    const card = this.querySelector('afina-finding-card');
    // Somebody is at work in it.
    if (card?.contains(document.activeElement) === true) return;
    this.store.findings.show(index === null ? null : (this.store.findings.all[index] ?? null));
  }

  /** Puts the cursor into the first turn of that role. */
  async focusFirst(role: TurnRole): Promise<void> {
    await this.updateComplete;
    this.querySelector<HTMLTextAreaElement>(`.turn.${role} textarea`)?.focus();
  }

  protected override willUpdate(): void {
    const key = this.store.record?.key ?? null;
    if (key === this.shownKey) return;
    this.shownKey = key;
    this.currentTurn =
      this.store.record?.record?.turns.findLastIndex(({ role }) => role === 'assistant') ?? 0;
    this.store.turn = Math.max(0, this.currentTurn);
  }

  protected override updated(): void {
    if (this.shownKey !== this.scrolledKey) {
      this.scrolledKey = this.shownKey;
      this.parentElement?.scrollTo(0, 0);
    }
  }

  protected override render(): TemplateResult {
    const { store } = this;
    const view = store.record;
    const failure =
      store.failure === ''
        ? nothing
        : html`<p class="message bad boxed" role="alert">${icon('error')} <span>${store.failure}</span></p>`;
    if (view === null) {
      const hint = store.loaded && store.total > 0 ? t('Choose a record on the left.') : '';
      return html`<div class="form">
        ${failure}
        <p class="empty muted">${hint}</p>
      </div>`;
    }
    return html`<div class="form" role="group" aria-label=${t('Record')}>
      ${failure}
      ${store.readOnly ? html`<p class="message info boxed">${icon('info')} <span>${t('Only for reading: this is not the file itself.')}</span></p>` : nothing}
      ${view.conflict === null ? nothing : conflictPanel(store, view.conflict)}
      ${keyed(view.key, view.record === null ? this.raw(view) : this.fields(view, view.record))}
      <afina-finding-card
        .store=${store}
        .tick=${this.tick}
        @mouseenter=${() => this.pointer.stay()}
        @mouseleave=${() => this.pointer.leave()}
      ></afina-finding-card>
      <p class="visually-hidden" role="status">${store.findings.announcement}</p>
    </div>`;
  }

  private raw(view: RecordView): TemplateResult {
    const { store } = this;
    const label = t('The line as text: repair it here');
    return html`
      <p class="message bad boxed" role="alert">
        ${icon('error')} <span>${view.problem ?? t('This line cannot be read as a record.')}</span>
      </p>
      ${
        view.raw === null
          ? this.repair(view)
          : html`<label class="raw">
              <span class="label">${label}</span>
              <textarea
                class="code"
                spellcheck="false"
                aria-invalid="true"
                ?readonly=${store.readOnly}
                .value=${live(view.raw)}
                @input=${(event: Event) => store.type({ kind: 'raw', text: valueOf(event) })}
                @blur=${() => store.flush()}
              ></textarea>
            </label>`
      }
      ${findingList(
        store,
        store.findings.all.filter(({ message }) => message !== view.problem),
      )}
    `;
  }

  /** The line is kept as it is; its text opens in a text editor, and saving it there is an edit here. */
  private repair(view: RecordView): TemplateResult | typeof nothing {
    if (!view.repairable) return nothing;
    return html`<div class="repair">
      <vscode-button @click=${() => this.store.repair()} title=${withKeys(t('Edit as Text'), 'repairAsText')}
        >${t('Edit as Text')}</vscode-button
      >
      <p class="muted">
        ${t('Opens this line in a text editor. Saving it there changes the record here; closing it changes nothing.')}
      </p>
    </div>`;
  }

  private fields(view: RecordView, record: Shown): TemplateResult {
    const { store } = this;
    const findings = store.findings.all;
    const places = placesOf(record);
    const facts = ['id', 'meta.topic', 'meta.status'].flatMap((path) => findingsAt(findings, path));
    const wrong = (path: string): boolean =>
      findingsAt(findings, path).some(({ severity }) => severity === 'error');
    return html`
      <div class="facts">
        <label class="field id">
          <span class="label">${t('Id')}</span>
          <input
            spellcheck="false"
            aria-invalid=${wrong('id') ? 'true' : nothing}
            ?readonly=${store.readOnly}
            .value=${live(record.id)}
            @input=${(event: Event) => store.type({ kind: 'id', id: valueOf(event) })}
            @blur=${() => store.flush()}
          />
        </label>
        <div class="field topic">
          <span class="label" aria-hidden="true">${t('Topic')}</span>
          <afina-topic-box
            .store=${store}
            .value=${record.topic}
            .invalid=${wrong('meta.topic')}
          ></afina-topic-box>
        </div>
        <div class="field state">
          <span class="label" id="status-label">${t('Status')}</span>
          ${this.states(record.status)}
        </div>
        ${varietyChip(store.findings.check?.variety ?? null)}
      </div>
      ${findingList(store, facts)}
      ${findingList(
        store,
        findingsElsewhere(
          findings,
          places.map(({ path }) => path),
        ),
      )}
      <div class="turns">
        ${record.turns.map((turn, index) => [
          partHeading(record, index),
          turnCard({
            store,
            turn,
            index,
            place: places[index],
            findings: findingsAt(findings, places[index]?.path ?? ''),
            rendered: this.rendered.has(index),
            pointer: this.pointer,
            onFocus: () => this.enter(index),
            toggleMarkdown: () => this.toggleMarkdown(index),
            move: (from, to) => void this.move(from, to),
            remove: (at) => void this.removeTurn(at),
          }),
        ])}
        ${store.readOnly ? nothing : additionButtons(record, (addition) => void this.add(addition))}
        ${this.compareButton()}
        ${record.shape === undefined ? nothing : html`<p class="muted shape-note">${shapeNote(record.shape)}</p>`}
      </div>
      <afina-preview-area .store=${store} .tick=${this.tick}></afina-preview-area>
      <div>
        <afina-sources .store=${store} .sources=${record.sources}></afina-sources>
        ${findingList(store, findingsAt(findings, 'meta.sources'))}
      </div>
    `;
  }

  private compareButton(): TemplateResult | typeof nothing {
    const { comparison, readOnly } = this.store;
    if (readOnly) return nothing;
    return html`<button
      class="link-button"
      title=${withKeys(t('Compare with the saved text'), 'compareSaved')}
      aria-pressed=${comparison.on}
      @click=${() => comparison.toggle()}
    >
      ${icon('compare')} ${comparison.on ? t('Hide the comparison') : t('Compare with the saved text')}
    </button>`;
  }

  private states(current: RecordStatus | null): TemplateResult {
    const { store } = this;
    const stop = current ?? STATUSES[0];
    return html`<div
      class="segments"
      role="radiogroup"
      aria-labelledby="status-label"
      @keydown=${this.onStateKey}
    >
      ${STATUSES.map(
        (status) =>
          html`<button
            class="segment"
            role="radio"
            aria-checked=${current === status}
            tabindex=${status === stop ? 0 : -1}
            title=${withKeys(statusLabel(status), status)}
            ?disabled=${store.readOnly}
            @click=${() => store.edit({ kind: 'status', status })}
          >
            <span class="status ${status}">${statusLabel(status)}</span>
          </button>`,
      )}
    </div>`;
  }

  private readonly onStateKey = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const buttons = [...this.querySelectorAll<HTMLButtonElement>('.segment')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    const next = (at + step + STATUSES.length) % STATUSES.length;
    const status = STATUSES[next];
    buttons[next]?.focus();
    if (status !== undefined) void this.store.edit({ kind: 'status', status });
  };

  /** The next turn of the conversation; where the record has no place for one, the first thing it lacks. */
  private async addTurn(): Promise<void> {
    const record = this.store.record?.record;
    const additions = record == null ? [] : additionsOf(record);
    const next = additions.find(({ key }) => key === null) ?? additions[0];
    if (next !== undefined) await this.add(next);
    else if (record?.shape !== undefined) this.store.report(shapeNote(record.shape));
  }

  private async add(addition: Addition): Promise<void> {
    const { at, role } = addition;
    await this.store.edit(addsPair(addition) ? { kind: 'insertPair' } : { kind: 'insertTurn', at, role });
    await this.focusTurn(at);
  }

  private async removeTurn(turn: number): Promise<void> {
    if (this.placeAt(turn)?.can.remove !== true) {
      this.refuse();
      return;
    }
    await this.store.edit({ kind: 'removeTurn', turn });
    await this.focusTurn(Math.min(turn, (this.store.record?.record?.turns.length ?? 0) - 1));
  }

  private async move(from: number, to: number): Promise<void> {
    const count = this.store.record?.record?.turns.length ?? 0;
    if (to < 0 || to >= count) return;
    const can = this.placeAt(from)?.can;
    if (to < from ? can?.up !== true : can?.down !== true) {
      this.refuse();
      return;
    }
    await this.store.edit({ kind: 'moveTurn', from, to });
    await this.focusTurn(to);
  }

  private placeAt(turn: number): TurnPlace | undefined {
    const record = this.store.record?.record;
    return record == null ? undefined : placesOf(record)[turn];
  }

  private refuse(): void {
    const shape = this.store.record?.record?.shape;
    if (shape !== undefined) this.store.report(shapeNote(shape));
  }

  private enter(turn: number): void {
    this.currentTurn = turn;
    if (this.store.turn === turn) return;
    this.store.turn = turn;
    if (this.store.replacing === 'turn') this.store.changed();
  }
}

/** A field as tall as its text does not scroll by itself: the pane around it does. */
function scrollToCaret(field: HTMLTextAreaElement, offset: number, pane: HTMLElement | null): void {
  if (pane === null) return;
  const copy = document.createElement('div');
  const look = getComputedStyle(field);
  for (const name of ['font', 'lineHeight', 'padding', 'letterSpacing'] as const)
    copy.style[name] = look[name];
  copy.style.width = `${field.clientWidth}px`;
  copy.style.whiteSpace = 'pre-wrap';
  copy.style.overflowWrap = 'anywhere';
  copy.style.position = 'absolute';
  copy.style.visibility = 'hidden';
  copy.textContent = field.value.slice(0, offset);
  document.body.append(copy);
  const below = copy.offsetHeight;
  copy.remove();
  const top = field.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop + below;
  pane.scrollTo({ top: Math.max(0, top - pane.clientHeight / 2) });
}

function valueOf(event: Event): string {
  return (event.target as HTMLInputElement | HTMLTextAreaElement).value;
}
