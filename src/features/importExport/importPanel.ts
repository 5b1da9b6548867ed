import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { importDataset } from '../../dataset/import/importDataset';
import { SOURCE_TITLES } from '../../dataset/import/importSource';
import type { ImportSource } from '../../dataset/import/importSource';
import { guessMapping } from '../../dataset/import/mapping';
import type { ImportTarget } from '../../protocol/importView';
import { openSource } from '../../dataset/import/openSource';
import { sampleSource } from '../../dataset/import/sampleSource';
import type { SourceSample } from '../../dataset/import/sampleSource';
import type { Project } from '../../project/project';
import { Channel } from '../../protocol/channel';
import { UserError, isCancelled, messageOf } from '../../protocol/errors';
import type { Place } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { importHostApi, importViewApi } from '../../protocol/importView';
import type { ImportState } from '../../protocol/importView';
import { interfaceLanguage } from '../l10n';
import { openPlace } from '../showError';
import { openWebview } from '../webviewPanel';
import { saveFirst } from './chooseDataset';
import type { ImportExportOptions } from './importExport';
import { previewOf, resultOf } from './importPreview';

interface Dataset {
  readonly file: string;
  readonly name: string;
}

/** One file that is about to be imported: what its fields become, what the first records look like, and where to. */
export class ImportPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof importHostApi, typeof importViewApi>;
  private readonly folder: string;
  private state: ImportState;
  private source: ImportSource | undefined;
  private sample: SourceSample | undefined;
  private working: AbortController | undefined;
  private place: Place | undefined;
  private written: string | undefined;

  constructor(
    private readonly file: string,
    project: Project | undefined,
    private readonly datasets: readonly Dataset[],
    private readonly options: ImportExportOptions,
  ) {
    this.folder = project?.root ?? path.dirname(file);
    this.state = this.emptyState(project);
    const { panel, transport } = openWebview({
      viewType: 'afina.import',
      title: t('Import: {0}', path.basename(file)),
      entry: 'import',
      extensionUri: options.extensionUri,
    });
    this.panel = panel;
    this.channel = new Channel(
      importHostApi,
      importViewApi,
      {
        'import/load': () => this.state,
        'import/map': ({ field, target }) => this.map(field, target),
        'import/options': ({ status, mode, name, dataset }) =>
          this.update({
            ...(status === undefined ? {} : { status }),
            ...(mode === undefined ? {} : { mode }),
            ...(name === undefined ? {} : { name }),
            ...(dataset !== undefined && this.state.datasets.includes(dataset) ? { dataset } : {}),
          }),
        'import/run': async () => {
          await this.run();
          return null;
        },
        'import/cancel': () => {
          if (this.state.phase === 'importing') this.working?.abort();
          else this.panel.dispose();
          return null;
        },
        'import/retry': async () => {
          if (this.source === undefined) await this.open();
          else this.update({ phase: 'ready', error: null });
          return null;
        },
        'import/openDataset': async () => {
          if (this.written !== undefined) {
            const uri = vscode.Uri.file(this.written);
            await vscode.commands.executeCommand('vscode.openWith', uri, 'afina.datasetEditor');
          }
          return null;
        },
        'import/openLine': async ({ line }) => {
          await openPlace(line === 0 ? (this.place ?? { file }) : { file, line });
          return null;
        },
      },
      transport,
    );
    panel.onDidDispose(() => {
      this.working?.abort();
      this.channel.dispose();
    });
    void this.open();
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** Finds out what the file is and what its fields may be. */
  private async open(): Promise<void> {
    await this.work('opening', async (signal) => {
      const source = await openSource(this.file, { signal });
      const sample = await sampleSource(source, signal);
      const names = sample.fields.map(({ name }) => name);
      const mapping = guessMapping(source.kind, names);
      this.source = source;
      this.sample = sample;
      this.update({
        phase: 'ready',
        facts: [SOURCE_TITLES[source.kind], ...source.facts],
        fields: sample.fields.map(({ name, samples }) => ({
          name,
          samples: [...samples],
          target: mapping.get(name) ?? 'ignore',
        })),
        rowsHaveNoLines: source.rowsHaveNoLines === true,
        name: await this.freeName(),
      });
    });
  }

  private map(field: number, target: ImportTarget): null {
    const fields = this.state.fields.map((each, at) => (at === field ? { ...each, target } : each));
    return this.update({ fields });
  }

  private async run(): Promise<void> {
    const { source, state } = this;
    if (source === undefined || state.phase !== 'ready' || state.hint !== null) return;
    const { mode, dataset, name, status } = state;
    const existing = this.datasets.find((each) => each.name === dataset)?.file;
    const target = mode === 'append' ? existing : path.resolve(this.folder, withExtension(name));
    if (target === undefined) return;
    if (mode === 'append' && !(await saveFirst(vscode.Uri.file(target)))) return;
    await this.work('importing', async (signal) => {
      let shown = 0;
      const result = await importDataset({
        source,
        mapping: this.mapping(),
        status,
        target,
        mode,
        signal,
        progress: (done, total) => {
          const fraction = total === 0 ? 1 : done / total;
          if (fraction - shown < 0.01) return;
          shown = fraction;
          this.show({ ...this.state, fraction });
        },
      });
      this.written = result.target;
      this.update({ phase: 'done', result: resultOf(result, makeFormat(interfaceLanguage())) });
    });
  }

  private async work(
    phase: 'opening' | 'importing',
    task: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const controller = new AbortController();
    this.working = controller;
    this.place = undefined;
    this.show({ ...this.state, phase, fraction: 0, error: null, result: null });
    try {
      await task(controller.signal);
    } catch (error) {
      if (isCancelled(error)) this.update({ phase: this.source === undefined ? 'failed' : 'ready' });
      else this.fail(error);
    } finally {
      if (this.working === controller) this.working = undefined;
    }
  }

  private fail(error: unknown): void {
    const known = error instanceof UserError;
    const { output } = this.options;
    output.error(error instanceof Error && !known ? (error.stack ?? error.message) : messageOf(error));
    this.place = known ? error.details.place : undefined;
    this.show({
      ...this.state,
      phase: 'failed',
      error: {
        message: known ? error.message : t('Something unexpected went wrong: {0}', messageOf(error)),
        canOpen: this.place?.file === this.file && this.place.line !== undefined,
      },
    });
  }

  private mapping(): Map<string, ImportTarget> {
    return new Map(this.state.fields.map(({ name, target }) => [name, target]));
  }

  /** Takes over what changed, and what follows from it: preview and hint. */
  private update(change: Partial<ImportState>): null {
    const state = { ...this.state, ...change };
    this.state = state;
    const preview = this.sample === undefined ? [] : previewOf(this.sample, this.mapping(), state.status);
    this.show({ ...state, preview, hint: this.hint(state) });
    return null;
  }

  private show(state: ImportState): void {
    this.state = state;
    this.channel.emit('import/state', state);
  }

  private hint({ fields, mode, name, dataset }: ImportState): string | null {
    const has = (target: ImportTarget): boolean => fields.some((field) => field.target === target);
    if (has('chosen') !== has('rejected'))
      return t('A preference needs both a preferred and a rejected answer: choose a field for the other.');
    if (!has('prompt') && !has('conversation') && !has('chosen'))
      return t('Choose the field that holds the question, or the whole conversation.');
    if (mode === 'append')
      return dataset === null ? t('Choose the dataset that the records are added to.') : null;
    if (name.trim() === '' || name.trim() === '.jsonl') return t('Give the new dataset a name.');
    const target = path.resolve(this.folder, withExtension(name));
    const inside = path.relative(this.folder, target);
    return inside.startsWith('..') || path.isAbsolute(inside)
      ? t('The new dataset must lie in the project’s folder.')
      : null;
  }

  private emptyState(project: Project | undefined): ImportState {
    const names = this.datasets.map(({ name }) => name);
    return {
      file: path.basename(this.file),
      facts: [],
      phase: 'opening',
      fields: [],
      status: 'draft',
      mode: 'new',
      name: '',
      folder: project?.config.title ?? path.basename(this.folder),
      datasets: names,
      dataset: names[0] ?? null,
      preview: [],
      hint: null,
      rowsHaveNoLines: false,
      fraction: 0,
      result: null,
      error: null,
    };
  }

  /** A name beside the other datasets that no file has. */
  private async freeName(): Promise<string> {
    const first = this.datasets.find(({ file }) => file.startsWith(this.folder + path.sep));
    const folder = first === undefined ? 'datasets' : path.posix.dirname(first.name);
    const base = path.basename(this.file).replace(/\.[^.]*$/, '');
    const taken = new Set(await readdir(path.join(this.folder, folder)).catch(() => []));
    let name = `${base}.jsonl`;
    for (let n = 2; taken.has(name); n++) name = `${base}-${n}.jsonl`;
    return path.posix.join(folder, name);
  }
}

function withExtension(name: string): string {
  return /\.jsonl$/i.test(name.trim()) ? name.trim() : `${name.trim()}.jsonl`;
}
