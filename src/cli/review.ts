import path from 'node:path';
import { t } from '@vscode/l10n';
import { writeConflicts } from '../dataset/mergeDecisions';
import { conflictsFile, mergeFiles } from '../dataset/mergeFiles';
import { reviewMarkdown } from '../dataset/reviewMarkdown';
import { reviewReport } from '../dataset/reviewReport';
import { findProject, loadProject } from '../project/project';
import { EXIT, format, interrupted } from './context';
import type { Output } from './context';

/** Prints the report as Markdown, or with --json as it is. */
export async function review(dataset: string, output: Output): Promise<number> {
  const report = await reviewReport(dataset, { reviewers: await reviewersOf(dataset), signal: interrupted });
  const name = path.basename(dataset);
  output.line(reviewMarkdown(report, { name, titleOf: (topic) => topic, format }).trimEnd());
  output.document(report);
  return EXIT.ok;
}

export interface MergeOptions {
  readonly path?: string;
  /** Git passes it to every driver. */
  readonly markerSize?: string;
}

/** What git runs for a dataset that two branches changed: the result goes into `ours`. */
export async function merge(
  files: { readonly base: string; readonly ours: string; readonly theirs: string },
  options: MergeOptions,
  output: Output,
): Promise<number> {
  const dataset = options.path ?? files.ours;
  const { conflicts, records } = await mergeFiles({
    ...files,
    out: files.ours,
    reviewers: await reviewersOf(dataset),
    signal: interrupted,
  });
  await writeConflicts(dataset, conflicts);
  output.document({ dataset, records, conflicts });
  if (conflicts.length === 0) return EXIT.ok;
  // Git shows what a driver writes.
  process.stderr.write(
    `afina: ${dataset}: ${t(
      '{0} records were changed on both sides. Decide them with Afina: Merge Dataset…, or look into {1}.',
      conflicts.length,
      conflictsFile(dataset),
    )}\n`,
  );
  return EXIT.found;
}

/** A merge must not fail because of a project that cannot be read. */
async function reviewersOf(dataset: string): Promise<number> {
  const folder = await findProject(path.dirname(path.resolve(dataset)));
  const project = folder === undefined ? undefined : await loadProject(folder).catch(() => undefined);
  return project?.config.review.reviewers ?? 1;
}
