import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { chooseRecords } from '../../evaluation/comparisonRecords';
import { createComparison } from '../../evaluation/comparisonStore';
import type { Comparison } from '../../evaluation/comparisonStore';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { datasetFiles } from '../datasets/datasetFiles';
import type { NamedAnswerer, PreviewService } from '../preview/previewService';
import { saveFirst } from '../importExport/chooseDataset';
import { splitJobs } from '../project/splitJobs';
import type { SplitJob } from '../project/splitJobs';
import { stamped } from './comparedFiles';

const RECORDS = 20;
const MOST_RECORDS = 10_000;

interface Source {
  /** From the project's folder. */
  readonly dataset: string;
  readonly job: SplitJob | null;
}

/** Asks for records, the two who answer, number and seed, and begins the comparison; undefined when left unanswered. */
export async function newComparison(
  project: Project,
  preview: PreviewService,
): Promise<Comparison | undefined> {
  const answerers = preview.answerers(project);
  if (answerers.length < 2) {
    throw new UserError(
      'comparison/answerers',
      t(
        'A comparison needs two who answer: a base and an adapter, say. Fetch the adapter of a run, or add a model to afina.yaml.',
      ),
      { remedies: ['showRuns'] },
    );
  }
  const source = await pickSource(project);
  if (source === undefined) return undefined;
  const dataset = path.join(project.root, source.dataset);
  if (!(await saveFirst(vscode.Uri.file(dataset)))) return undefined;
  const { base, tuned } = preview.inUse(project);
  const a = await pickAnswerer(answerers, base, t('Who answers first?'), 2);
  if (a === undefined) return undefined;
  const others = answerers.filter((each) => each !== a);
  const b = await pickAnswerer(others, tuned, t('Against whom?'), 3);
  if (b === undefined) return undefined;
  const count = await askNumber(t('How many records?'), RECORDS, 4, (n) => n >= 1 && n <= MOST_RECORDS);
  if (count === undefined) return undefined;
  const sampling = preview.sampling();
  const seed = await askNumber(
    t('Seed of the choice of records and of the sides'),
    sampling.seed,
    5,
    (n) => n >= 0 && n <= 0xffff_ffff,
  );
  if (seed === undefined) return undefined;
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Preparing the comparison'),
      cancellable: true,
    },
    async (_progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      const records = await chooseRecords({
        dataset,
        heldOut: source.job?.split,
        count,
        seed,
        signal: stop.signal,
      });
      return createComparison(
        project.root,
        {
          dataset: source.dataset,
          heldOutBy: source.job === null ? null : nameOf(source.job),
          answerers: { a: await stamped(preview, project, a), b: await stamped(preview, project, b) },
          sampling,
          seed,
        },
        records,
      );
    },
  );
}

function nameOf({ file }: SplitJob): string {
  return path.basename(file).replace(/\.ya?ml$/i, '');
}

async function pickSource(project: Project): Promise<Source | undefined> {
  const datasets = await datasetFiles(project);
  const jobs = await splitJobs(project);
  if (datasets.length === 0) {
    throw new UserError('comparison/no-records', t('This project has no dataset yet. Create or import one.'));
  }
  const items: (vscode.QuickPickItem & { readonly source?: Source })[] = [
    ...datasets.map((dataset) => ({ label: dataset, source: { dataset, job: null } })),
    ...(jobs.length === 0
      ? []
      : [{ label: t('Evaluation split of a job'), kind: vscode.QuickPickItemKind.Separator }]),
    ...jobs.map((job) => ({
      label: job.job.title ?? nameOf(job),
      description: t('held out of {0}', job.job.dataset),
      source: { dataset: job.job.dataset, job },
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: step(1),
    placeHolder: t('Records of which dataset, or what a job holds out?'),
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return picked?.source;
}

async function pickAnswerer(
  answerers: readonly NamedAnswerer[],
  first: NamedAnswerer | undefined,
  placeHolder: string,
  at: number,
): Promise<NamedAnswerer | undefined> {
  const isFirst = ({ model, run }: NamedAnswerer): boolean => model === first?.model && run === first.run;
  const sorted = [...answerers].sort((x, y) => Number(isFirst(y)) - Number(isFirst(x)));
  const picked = await vscode.window.showQuickPick(
    sorted.map((answerer) => ({
      label: answerer.title,
      description: answerer.run === null ? t('base') : t('adapter of {0}', answerer.model),
      answerer,
    })),
    { title: step(at), placeHolder, ignoreFocusOut: true },
  );
  return picked?.answerer;
}

async function askNumber(
  prompt: string,
  value: number,
  at: number,
  fits: (value: number) => boolean,
): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title: step(at),
    prompt,
    value: String(value),
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^\d{1,10}$/.test(text.trim()) && fits(Number(text)) ? undefined : t('Write a whole number that fits.'),
  });
  return answer === undefined ? undefined : Number(answer);
}

function step(at: number): string {
  return t('Blind comparison ({0} of {1})', at, 5);
}
