import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { reviewMarkdown } from '../../dataset/reviewMarkdown';
import { reviewReport } from '../../dataset/reviewReport';
import { Channel } from '../../protocol/channel';
import { makeFormat } from '../../protocol/format';
import { reviewReportHostApi, reviewReportViewApi } from '../../protocol/reviewReport';
import type { ReportView } from '../../protocol/reviewReport';
import { interfaceLanguage } from '../l10n';
import { openWebview } from '../webviewPanel';
import type { ReviewReportsOptions } from './reviewReports';
import { reviewSettings } from './reviewSettings';

/** Seldom enough that progress costs nothing. */
const PROGRESS_MS = 100;

/** The report of one dataset, read from its file whenever the page asks. */
export class ReviewReportPanel {
  private readonly panel: vscode.WebviewPanel;
  private last: ReportView | undefined;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly options: ReviewReportsOptions,
  ) {
    const { panel, transport } = openWebview({
      viewType: 'afina.reviewReport',
      title: t('Review: {0}', path.basename(uri.fsPath)),
      entry: 'review-report',
      extensionUri: options.extensionUri,
    });
    this.panel = panel;
    const channel = new Channel(
      reviewReportHostApi,
      reviewReportViewApi,
      {
        'report/load': (_params, { signal, progress }) => this.load(signal, progress),
        'report/open': async ({ line, id }) => {
          await options.show(uri, line, id);
          return null;
        },
        'report/export': async () => {
          await this.export();
          return null;
        },
      },
      transport,
    );
    panel.onDidDispose(() => channel.dispose());
  }

  get onDidDispose(): vscode.Event<void> {
    return this.panel.onDidDispose;
  }

  reveal(): void {
    this.panel.reveal();
  }

  private async load(signal: AbortSignal, progress: (news: { share: number }) => void): Promise<ReportView> {
    const { projects, topicsOf } = this.options;
    const { fsPath } = this.uri;
    let told = 0;
    const report = await reviewReport(fsPath, {
      reviewers: reviewSettings(projects.projectOf(fsPath)).reviewers,
      signal,
      progress: (share) => {
        if (Date.now() - told < PROGRESS_MS) return;
        told = Date.now();
        progress({ share });
      },
    });
    this.last = {
      report,
      name: path.basename(fsPath),
      topics: [...(await topicsOf(fsPath))],
      unsaved: this.unsaved(),
    };
    return this.last;
  }

  private unsaved(): boolean {
    return vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .some(
        ({ isDirty, input }) =>
          isDirty && input instanceof vscode.TabInputCustom && input.uri.toString() === this.uri.toString(),
      );
  }

  private async export(): Promise<void> {
    const { report, name, topics } =
      this.last ?? (await this.load(new AbortController().signal, () => undefined));
    const titles = new Map(topics.map(({ id, title }) => [id, title]));
    const content = reviewMarkdown(report, {
      name,
      titleOf: (topic) => titles.get(topic) ?? topic,
      format: makeFormat(interfaceLanguage()),
    });
    const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
  }
}
