import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { evaluate } from '../../evaluation/evaluate';
import type { EvaluationProgress, Files } from '../../evaluation/evaluate';
import { METRIC, METRICS, valueOf } from '../../evaluation/metrics';
import type { MetricName } from '../../evaluation/metrics';
import { metricHelp, metricTitle, reportCsv, reportJson, reportMarkdown } from '../../evaluation/report';
import { identify } from '../../evaluation/spec';
import type { Evaluated } from '../../evaluation/spec';
import { readEvaluation } from '../../evaluation/store';
import type { Result, StoredEvaluation } from '../../evaluation/store';
import { scoredRecords, summarise } from '../../evaluation/summary';
import type { AnswererSummary, ScoredRecord } from '../../evaluation/summary';
import type { Project } from '../../project/project';
import { Channel } from '../../protocol/channel';
import { UserError, isCancelled, messageOf } from '../../protocol/errors';
import { evaluationHostApi, evaluationViewApi } from '../../protocol/evaluation';
import type { EvaluationView, RecordRow, RecordView, Sorting } from '../../protocol/evaluation';
import { makeFormat } from '../../protocol/format';
import { interfaceLanguage } from '../l10n';
import { openWebview } from '../webviewPanel';
import { evaluationTitle } from './evaluations';
import type { EvaluationsOptions } from './evaluations';

/** Seldom enough that counting intervals anew costs little beside the model's work. */
const UPDATE_MS = 1500;
const RESAMPLES = { running: 200, done: 2000 } as const;

/** One evaluation: its table, its records, and its run while there is one. */
export class EvaluationPanel {
  private readonly panel: vscode.WebviewPanel;
  private readonly channel: Channel<typeof evaluationHostApi, typeof evaluationViewApi>;
  private results: Map<string, Result>;
  private running: AbortController | undefined;
  private reused: number | null = null;
  private failure: string | null = null;
  private timer: NodeJS.Timeout | undefined;
  private counted: { readonly records: ScoredRecord[]; readonly rows: AnswererSummary[] } | undefined;

  constructor(
    private readonly project: Project,
    private readonly evaluation: StoredEvaluation,
    private readonly options: EvaluationsOptions,
  ) {
    this.results = new Map(evaluation.results);
    const { panel, transport } = openWebview({
      viewType: 'afina.evaluation',
      title: evaluationTitle(path.basename(evaluation.spec.dataset)),
      entry: 'evaluation',
      extensionUri: options.extensionUri,
    });
    this.panel = panel;
    this.channel = new Channel(
      evaluationHostApi,
      evaluationViewApi,
      {
        'evaluation/load': () => this.view(),
        'evaluation/records': ({ sorting, count }) => this.rows(sorting, count),
        'evaluation/record': ({ at }) => this.record(at),
        'evaluation/open': async ({ at }) => {
          const { line, id } = this.recordAt(at).item;
          await options.show(vscode.Uri.file(path.resolve(project.root, evaluation.spec.dataset)), line, id);
          return null;
        },
        'evaluation/run': () => {
          this.start();
          return null;
        },
        'evaluation/stop': () => {
          this.running?.abort();
          return null;
        },
        'evaluation/export': async ({ format }) => {
          await this.export(format);
          return null;
        },
      },
      transport,
    );
    panel.onDidDispose(() => {
      // What was answered is kept: opened again, it goes on from there.
      this.running?.abort();
      clearTimeout(this.timer);
      this.channel.dispose();
    });
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  reveal(): void {
    this.panel.reveal();
  }

  dispose(): void {
    this.panel.dispose();
  }

  /** Asks what is not answered yet, with progress in the status bar too. */
  start(): void {
    if (this.running !== undefined) return;
    const stop = new AbortController();
    this.running = stop;
    this.failure = null;
    this.reused = null;
    const { title } = this.panel;
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, async (bar) => {
      try {
        await this.run(stop.signal, ({ done, total }) => bar.report({ message: `${done}/${total}` }));
      } catch (error) {
        if (!isCancelled(error)) {
          this.failure = messageOf(error);
          this.options.output.error(error instanceof UserError ? error.message : String(error));
        }
      }
      this.running = undefined;
      this.changed();
    });
    this.changed();
  }

  private async run(signal: AbortSignal, report: (progress: EvaluationProgress) => void): Promise<void> {
    const files = await this.files(signal);
    const { folder } = this.evaluation;
    await evaluate({
      projectRoot: this.project.root,
      evaluation: this.evaluation,
      filesOf: ({ key }) => {
        const found = files.get(key);
        return found === undefined ? Promise.reject(new Error(`no files of ${key}`)) : Promise.resolve(found);
      },
      runtime: this.options.runtime,
      signal,
      progress: (progress) => {
        report(progress);
        if (progress.result === undefined) {
          this.reused = progress.done;
          void readEvaluation(folder).then(({ results }) => {
            this.results = new Map([...results, ...this.results]);
            this.changed();
          });
          return;
        }
        this.results.set(progress.result.key, progress.result);
        this.later();
      },
    });
  }

  /** Those that the evaluation was made with, or an error: answers of another file would be taken for theirs. */
  private async files(signal: AbortSignal): Promise<Map<string, Files>> {
    const found = new Map<string, Files>();
    for (const who of this.evaluation.spec.answerers) {
      const files = await this.options.preview.resolve(this.project, scaled(who));
      const { key } = await identify(who, files, signal);
      if (key !== who.key) {
        throw new UserError(
          'evaluation/changed',
          t(
            '{0} is not the one that this evaluation was made with any more. Start a new evaluation.',
            who.title,
          ),
        );
      }
      found.set(key, files);
    }
    return found;
  }

  private later(): void {
    this.timer ??= setTimeout(() => this.changed(), UPDATE_MS);
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.counted = undefined;
    this.channel.emit('evaluation/changed', {});
  }

  private get count(): { readonly records: ScoredRecord[]; readonly rows: AnswererSummary[] } {
    if (this.counted === undefined) {
      const records = scoredRecords({ ...this.evaluation, results: this.results });
      const resamples = this.running === undefined ? RESAMPLES.done : RESAMPLES.running;
      this.counted = { records, rows: summarise(this.evaluation.spec, records, resamples) };
    }
    return this.counted;
  }

  private view(): EvaluationView {
    const { spec, items } = this.evaluation;
    const { rows } = this.count;
    const { seed, temperature, maxTokens } = spec.sampling;
    return {
      name: path.basename(spec.dataset),
      job: spec.job,
      createdAt: spec.createdAt,
      records: items.length,
      ...{ seed, temperature, maxTokens },
      metrics: METRICS.map((name) => {
        const { better, digits } = METRIC[name];
        return { name, title: metricTitle(name), help: metricHelp(name), better, digits };
      }),
      answerers: rows.map(({ answerer, answered, failed, metrics }) => ({
        title: answerer.title,
        answered,
        failed,
        estimates: METRICS.map((name) => {
          const { value, interval, best, difference } = metrics[name];
          const by = difference?.value ?? null;
          return {
            ...{ value, interval, best },
            difference: by === null ? null : { value: by, clear: difference?.clear === true },
          };
        }),
      })),
      done: rows.reduce((sum, { answered }) => sum + answered, 0),
      total: items.length * spec.answerers.length,
      running: this.running !== undefined,
      reused: this.reused,
      failure: this.failure,
    };
  }

  private rows(
    { metric, answerer, descending }: Sorting,
    count: number,
  ): { total: number; rows: RecordRow[] } {
    const name = METRICS.find((each) => each === metric) ?? METRICS[0];
    const { records } = this.count;
    const rows = records.map(({ item, answers }, at): RecordRow => ({
      at,
      line: item.line,
      id: item.id,
      title: (item.messages.at(-1)?.content ?? '').replace(/\s+/g, ' ').trim().slice(0, 160),
      values: answers.map((each) => (each?.scores == null ? null : valueOf(name, each.scores))),
    }));
    if (answerer >= 0) rows.sort((a, b) => compare(a.values[answerer], b.values[answerer], descending));
    else if (descending) rows.reverse();
    return { total: rows.length, rows: rows.slice(0, count) };
  }

  private recordAt(at: number): ScoredRecord {
    const record = this.count.records[at];
    if (record === undefined) throw new RangeError(`no record ${at}`);
    return record;
  }

  private record(at: number): RecordView {
    const { item, answers } = this.recordAt(at);
    return {
      question: item.messages.at(-1)?.content ?? '',
      reference: item.reference,
      answers: answers.map((each, index) => ({
        title: this.evaluation.spec.answerers[index]?.title ?? '',
        text: each?.result.answer ?? null,
        error: each?.result.error ?? null,
        cut: each !== null && each.result.stop !== 'end',
        values: METRICS.map((name: MetricName) => (each?.scores == null ? null : valueOf(name, each.scores))),
      })),
    };
  }

  private async export(format: 'markdown' | 'csv' | 'json'): Promise<void> {
    const report = { spec: this.evaluation.spec, ...this.count };
    if (format === 'markdown') {
      const content = reportMarkdown(report, makeFormat(interfaceLanguage()));
      const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
      await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
      return;
    }
    const name = `${this.evaluation.spec.id}.${format}`;
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(path.join(this.project.root, name)),
      filters: { [format.toUpperCase()]: [format] },
    });
    if (target === undefined) return;
    // A mark tells spreadsheets that it is UTF-8.
    const text = format === 'csv' ? `\ufeff${reportCsv(report)}` : reportJson(report);
    await vscode.workspace.fs.writeFile(target, Buffer.from(text, 'utf8'));
    void vscode.window.showInformationMessage(t('Saved: {0}', path.basename(target.fsPath)));
  }
}

function scaled({ model, run, scale }: Evaluated): { model: string; run: string | null; scale?: number } {
  return run === null ? { model, run } : { model, run, scale };
}

/** Records without a value come last, whichever way. */
function compare(a: number | null | undefined, b: number | null | undefined, descending: boolean): number {
  if (typeof a !== 'number' || typeof b !== 'number')
    return Number(typeof a !== 'number') - Number(typeof b !== 'number');
  return descending ? b - a : a - b;
}
