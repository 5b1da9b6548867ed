import { LitElement, html } from 'lit';
import type { TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { EditorCommand, RecordStatus } from '../../src/protocol/datasetEditor';
import type { FindingCommand, RecordFinding } from '../../src/protocol/findings';
import { t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './datasetEditor.css';
import { BulkBar } from './bulkBar';
import { NO_FILTER } from './filter';
import { FilterBar } from './filterBar';
import { FindingCard } from './findingCard';
import { PreviewArea } from './previewArea';
import { RecordForm } from './recordForm';
import type { Place } from './recordForm';
import { RecordList } from './recordList';
import { ReplacePanel } from './replacePanel';
import { ReviewBar } from './reviewBar';
import { heldCommand } from './shortcuts';
import { EditorStore } from './store';

registerToolkit();

/** The dataset editor's page: list on the left, form on the right, a splitter between them. */
@customElement('afina-dataset-editor')
class DatasetEditor extends LitElement {
  private readonly store = new EditorStore();
  @state() private tick = 0;

  constructor() {
    super();
    this.store.addEventListener('change', () => this.tick++);
    this.store.addEventListener('reviewed', () => this.querySelector('main')?.focus());
    this.store.addEventListener('added', () => void this.focusQuestion());
    this.store.addEventListener('replace', () => void this.focusReplace());
    this.store.addEventListener('place', (event) => {
      const { detail } = event as CustomEvent<Place>;
      void this.querySelector<RecordForm>('afina-record-form')?.showPlace(detail);
    });
    this.store.addEventListener('finding', (event) => {
      const { detail } = event as CustomEvent<RecordFinding>;
      void this.querySelector<RecordForm>('afina-record-form')?.showFinding(detail);
    });
    this.store.addEventListener('explain', (event) => {
      const { detail } = event as CustomEvent<RecordFinding>;
      void this.querySelector<RecordForm>('afina-record-form')?.explain(detail);
    });
    this.store.addEventListener(
      'closed',
      () => void this.querySelector<RecordForm>('afina-record-form')?.focusTurn(),
    );
    this.store.onCommand((command, status) => this.run(command, status));
    window.addEventListener('keydown', (event) => this.hold(event), { capture: true });
    void this.store.start();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override updated(): void {
    const pane = this.querySelector<HTMLElement>('afina-record-list');
    if (pane !== null) pane.style.width = `${this.store.listWidth}px`;
  }

  protected override render(): TemplateResult {
    const { store } = this;
    return html`
      <div class="list-side" role="region" aria-label=${t('Records')}>
        <h1 class="visually-hidden">${t('Dataset')}</h1>
        <afina-record-list .store=${store} .tick=${this.tick}></afina-record-list>
        <div
          class="splitter"
          role="separator"
          aria-orientation="vertical"
          aria-label=${t('Width of the list')}
          aria-valuenow=${store.listWidth}
          aria-valuemin="200"
          aria-valuemax=${Math.round(window.innerWidth * 0.6)}
          tabindex="0"
          @pointerdown=${this.startDrag}
          @keydown=${(event: KeyboardEvent) => {
            if (event.key === 'ArrowLeft') store.resizeList(store.listWidth - 16);
            if (event.key === 'ArrowRight') store.resizeList(store.listWidth + 16);
          }}
        ></div>
      </div>
      <main tabindex="-1" aria-label=${t('Record')}>
        <div class="above">
          <afina-bulk-bar .store=${store} .tick=${this.tick}></afina-bulk-bar>
          <afina-replace-panel .store=${store} .tick=${this.tick}></afina-replace-panel>
        </div>
        <afina-record-form .store=${store} .tick=${this.tick}></afina-record-form>
        <afina-review-bar .store=${store} .tick=${this.tick}></afina-review-bar>
      </main>
    `;
  }

  private run(command: EditorCommand, status: RecordStatus | null): void {
    const { store } = this;
    switch (command) {
      case 'addRecord':
        return void store.add(false);
      case 'duplicateRecord':
        return void store.add(true);
      case 'deleteRecord':
        return void store.delete();
      case 'nextRecord':
        return void store.step(1);
      case 'previousRecord':
        return void store.step(-1);
      case 'setStatus':
        if (store.bulk.many) return void store.bulk.run({ kind: 'status', status });
        return status === null ? undefined : void store.edit({ kind: 'status', status });
      case 'filterRecords':
        return this.querySelector<RecordList>('afina-record-list')?.toggleFilters();
      case 'clearFilters':
        store.setFilter(NO_FILTER);
        return;
      case 'selectAllRecords':
        this.querySelector<RecordList>('afina-record-list')?.focusList();
        store.bulk.selectAll();
        return;
      case 'setTopicOfRecords':
        return void store.bulk.run({ kind: 'topic' });
      case 'setSourcesOfRecords':
        return void store.bulk.run({ kind: 'sources' });
      case 'moveRecords':
        return void store.bulk.run({ kind: 'move' });
      case 'replaceText':
        store.openReplace(store.bulk.many ? 'target' : (store.replacing ?? 'record'));
        return;
      case 'compareSaved':
        return void store.comparison.toggle();
      case 'showMarkdown':
        return this.querySelector<RecordForm>('afina-record-form')?.toggleMarkdown();
      case 'searchRecords':
        return this.querySelector<RecordList>('afina-record-list')?.focusSearch();
      case 'showConflicts':
        return void store.conflictActions.show(!store.onlyConflicts && store.conflicts > 0);
      case 'nextConflict':
        return void store.conflictActions.next(store.selected);
      case 'keepMine':
        return void store.conflictActions.resolve('mine');
      case 'takeTheirs':
        return void store.conflictActions.resolve('theirs');
      case 'repairAsText':
        return void store.repair();
      case 'stopLoading':
        return void store.load(false);
      case 'addTurn':
      case 'deleteTurn':
      case 'moveTurnUp':
      case 'moveTurnDown':
        return void this.querySelector<RecordForm>('afina-record-form')?.run(command);
      case 'previewAnswer':
        return void store.previews.start();
      case 'stopPreview':
        store.previews.stop();
        return;
      case 'openRecordText':
        return void store.showElsewhere('editor/openRecordText');
      case 'showPrompt':
        return void store.showElsewhere('editor/showPrompt');
      case 'useAnswer':
        store.previews.use();
        return;
      case 'useAsRejected':
        return void store.previews.reject();
      case 'regenerateAnswer':
        return void store.previews.regenerate();
      case 'togglePreviewSettings':
        return void this.querySelector<PreviewArea>('afina-preview-area')?.toggleSettings(true);
      case 'togglePreviewLayout':
        return this.querySelector<PreviewArea>('afina-preview-area')?.toggleLayout();
      case 'toggleDifferences':
        return this.querySelector<PreviewArea>('afina-preview-area')?.toggleDifferences();
      case 'nextFinding':
      case 'previousFinding':
      case 'fixFinding':
      case 'fixAllInRecord':
      case 'fixAllInDataset':
      case 'ignoreFinding':
        return void this.runOnFinding(command);
      default:
        void store.reviewing.run(command);
    }
  }

  private async runOnFinding(command: FindingCommand): Promise<void> {
    const { findings } = this.store;
    const form = this.querySelector<RecordForm>('afina-record-form');
    if (form === null) return;
    if (command === 'nextFinding' || command === 'previousFinding') {
      await findings.step(command === 'previousFinding', form.cursor());
      return;
    }
    const finding = form.currentFinding();
    if (finding === null) findings.tell(t('No findings here.'));
    else if (command === 'fixFinding') await form.explain(finding);
    else if (command === 'fixAllInRecord') await findings.fix(finding, 'record');
    else if (command === 'fixAllInDataset') await findings.fix(finding, 'dataset');
    else await findings.ignore(finding, 'record');
  }

  /**
   * Undo, redo, save and close act on the extension host's document at once. Pressed within the moment in which typed
   * text is no edit yet, they wait for it: the text would be lost, or undo would take back something else.
   */
  private hold(event: KeyboardEvent): void {
    const command = heldCommand(event);
    if (command === undefined || !this.store.typed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void this.store.flush().then(() => this.store.emit('view/runCommand', { command }));
  }

  /** A new record begins with its question. */
  private async focusQuestion(): Promise<void> {
    await this.updateComplete;
    await this.querySelector<RecordForm>('afina-record-form')?.focusFirst('user');
  }

  private async focusReplace(): Promise<void> {
    const { activeElement } = document;
    const chosen =
      activeElement instanceof HTMLTextAreaElement
        ? activeElement.value.slice(activeElement.selectionStart, activeElement.selectionEnd)
        : '';
    await this.updateComplete;
    await this.querySelector<ReplacePanel>('afina-replace-panel')?.focusFind(chosen);
  }

  private readonly startDrag = (event: PointerEvent): void => {
    const splitter = event.currentTarget as HTMLElement;
    splitter.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent): void => this.store.resizeList(moved.clientX);
    splitter.addEventListener('pointermove', move);
    splitter.addEventListener('lostpointercapture', () => splitter.removeEventListener('pointermove', move), {
      once: true,
    });
  };
}

// The classes are named so that the bundler keeps the modules that define the elements.
export const elements = [
  DatasetEditor,
  RecordList,
  RecordForm,
  FindingCard,
  PreviewArea,
  FilterBar,
  BulkBar,
  ReplacePanel,
  ReviewBar,
];
document.body.append(document.createElement('afina-dataset-editor'));
