import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { heldOutLines } from '../../dataset/exportTraining';
import { itemsOf, sampleOf } from '../../evaluation/items';
import { identify, sha256OfFile, specOf } from '../../evaluation/spec';
import type { EvaluationItem } from '../../evaluation/spec';
import { createEvaluation, listEvaluations, readEvaluation } from '../../evaluation/store';
import type { StoredEvaluation } from '../../evaluation/store';
import { ignoreInGit } from '../../jobs/runStore';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { interfaceLanguage } from '../l10n';
import type { NamedAnswerer } from '../preview/previewService';
import { splitJobs } from '../project/splitJobs';
import type { SplitJob } from '../project/splitJobs';
import { asUri } from '../uri';
import type { EvaluationsOptions } from './evaluations';

export interface Chosen {
  readonly project: Project;
  readonly evaluation: StoredEvaluation;
  /** Whether it is to go on at once. */
  readonly run: boolean;
}

/** Records to draw where there are more: a model on a laptop answers a few in a minute. */
const SAMPLES = [20, 50, 200];

type Source =
  | { readonly kind: 'dataset'; readonly project: Project; readonly file: string }
  | { readonly kind: 'job'; readonly project: Project; readonly file: string; readonly job: SplitJob }
  | { readonly kind: 'earlier'; readonly project: Project; readonly folder: string };

interface SourceItem extends vscode.QuickPickItem {
  readonly source?: Source;
}

/** Asks what is to be evaluated and who answers; what was evaluated before with the same settings is found again. */
export async function chooseEvaluation(
  target: unknown,
  options: EvaluationsOptions,
): Promise<Chosen | undefined> {
  const items = await sourcesOf(target, options);
  if (!items.some(({ source }) => source !== undefined)) {
    throw new UserError('evaluation/nothing', t('There is no dataset in a project that could be evaluated.'));
  }
  const picked = await vscode.window.showQuickPick<SourceItem>(items, {
    title: t('Evaluate'),
    placeHolder: t('Which records are to be answered?'),
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  if (picked?.source === undefined) return undefined;
  const { source } = picked;
  const { project } = source;
  if (source.kind === 'earlier') {
    return { project, evaluation: await readEvaluation(source.folder), run: false };
  }
  const records = await reading(source);
  if (records.length === 0) {
    throw new UserError(
      'evaluation/no-records',
      t('{0} has no records that could be asked: they need a turn of the user.', source.file),
      { place: { file: source.file }, remedies: ['openFile'] },
    );
  }
  const { seed } = options.preview.sampling();
  const count = await chooseCount(records.length);
  if (count === undefined) return undefined;
  const asked = sampleOf(records, count, seed);
  const who = await chooseAnswerers(project, options);
  if (who === undefined || who.length === 0) return undefined;
  const evaluation = await made(source, asked, who, options);
  return { project, evaluation, run: true };
}

/** Asks which evaluation of before is to be shown. */
export async function chooseEarlier(options: EvaluationsOptions): Promise<Chosen | undefined> {
  const items = (await Promise.all(options.projects.projects.map(earlierOf))).flat();
  if (items.length === 0) {
    throw new UserError(
      'evaluation/none',
      t('Nothing has been evaluated yet. Start with the command Afina: Evaluate….'),
    );
  }
  const picked = await vscode.window.showQuickPick<SourceItem>(items, {
    placeHolder: t('Which evaluation?'),
    matchOnDescription: true,
  });
  if (picked?.source?.kind !== 'earlier') return undefined;
  const { project, folder } = picked.source;
  return { project, evaluation: await readEvaluation(folder), run: false };
}

async function sourcesOf(
  target: unknown,
  { projects, datasetsOf }: EvaluationsOptions,
): Promise<SourceItem[]> {
  const wanted = targetOf(target);
  const jobs: SourceItem[] = [];
  const datasets: SourceItem[] = [];
  const earlier: SourceItem[] = [];
  for (const project of projects.projects) {
    const isWanted = (file: string): boolean => wanted === undefined || wanted === file;
    for (const splitJob of await splitJobs(project)) {
      const { job } = splitJob;
      const file = path.resolve(project.root, job.dataset);
      if (!isWanted(file) && !isWanted(splitJob.file)) continue;
      const share = makeFormat(interfaceLanguage()).percent(job.evaluation);
      jobs.push({
        label: `$(beaker) ${job.title ?? path.basename(splitJob.file)}`,
        description: t('{0} of {1}, which the job does not train on', share, path.basename(file)),
        source: { kind: 'job', project, file, job: splitJob },
      });
    }
    for (const name of await datasetsOf(project)) {
      const file = path.join(project.root, name);
      if (isWanted(file)) {
        datasets.push({
          label: `$(database) ${path.basename(file)}`,
          description: path.dirname(name),
          source: { kind: 'dataset', project, file },
        });
      }
    }
    if (wanted === undefined) earlier.push(...(await earlierOf(project)));
  }
  const part = (label: string, items: readonly SourceItem[]): SourceItem[] =>
    items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
  return [
    ...part(t('Evaluation split of a job'), jobs),
    ...part(t('All records of a dataset'), datasets),
    ...part(t('Earlier evaluations'), earlier),
  ];
}

async function earlierOf(project: Project): Promise<SourceItem[]> {
  const format = makeFormat(interfaceLanguage());
  return (await listEvaluations(project.root)).map(({ folder, spec }) => ({
    label: `$(history) ${path.basename(spec.dataset)}`,
    description: t('{0} records, {1}', format.integer(spec.records), format.time(spec.createdAt)),
    detail: spec.answerers.map(({ title }) => title).join(' · '),
    source: { kind: 'earlier', project, folder },
  }));
}

/** The file of a menu's row or of the editor in front, when it is one that can be evaluated. */
function targetOf(target: unknown): string | undefined {
  const inside = typeof target === 'object' && target !== null && 'uri' in target ? target.uri : undefined;
  return (asUri(target) ?? asUri(inside))?.fsPath;
}

function reading(source: Exclude<Source, { kind: 'earlier' }>): Thenable<EvaluationItem[]> {
  const { file } = source;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: t('Reading {0}', path.basename(file)) },
    async () => {
      if (source.kind === 'dataset') return itemsOf(file);
      const lines = await heldOutLines({ ...source.job.split, file });
      return itemsOf(file, { lines: new Set(lines) });
    },
  );
}

async function chooseCount(all: number): Promise<number | undefined> {
  const smaller = SAMPLES.filter((count) => count < all);
  if (smaller.length === 0) return all;
  const format = makeFormat(interfaceLanguage());
  const picked = await vscode.window.showQuickPick(
    [
      { label: t('All {0} records', format.integer(all)), count: all },
      ...smaller.map((count) => ({
        label: t('{0} records, drawn by lot', format.integer(count)),
        description: t('the same ones for the same seed'),
        count,
      })),
    ],
    { title: t('Evaluate'), placeHolder: t('How many records?'), ignoreFocusOut: true },
  );
  return picked?.count;
}

async function chooseAnswerers(
  project: Project,
  { preview }: EvaluationsOptions,
): Promise<readonly NamedAnswerer[] | undefined> {
  const all = preview.answerers(project);
  if (all.length === 0) {
    throw new UserError('model/unknown', t('afina.yaml names no model. Add one under `models`.'), {
      remedies: ['chooseModel'],
    });
  }
  if (all.length === 1) return all;
  const { base, tuned } = preview.inUse(project);
  const same = (a: NamedAnswerer, b: NamedAnswerer | undefined): boolean =>
    a.model === b?.model && a.run === b.run;
  const picked = await vscode.window.showQuickPick(
    all.map((who) => ({
      label: who.title,
      description: who.run === null ? t('base') : t('adapter'),
      picked: same(who, base) || same(who, tuned),
      who,
    })),
    {
      title: t('Evaluate'),
      placeHolder: t('Who answers? The first base is what adapters are compared with.'),
      canPickMany: true,
      ignoreFocusOut: true,
    },
  );
  return picked?.map(({ who }) => who);
}

async function made(
  source: Exclude<Source, { kind: 'earlier' }>,
  items: readonly EvaluationItem[],
  who: readonly NamedAnswerer[],
  { preview }: EvaluationsOptions,
): Promise<StoredEvaluation> {
  const { project, file } = source;
  const answerers = [];
  for (const each of who) answerers.push(await identify(each, await preview.resolve(project, each)));
  const within = (target: string): string => {
    const relative = path.relative(project.root, target);
    return relative.startsWith('..') ? target : relative.replaceAll(path.sep, '/');
  };
  const spec = specOf(
    {
      dataset: within(file),
      datasetSha256: await sha256OfFile(file),
      job: source.kind === 'job' ? within(source.job.file) : null,
      variety: project.config.variety,
      sampling: preview.sampling(),
      answerers,
    },
    items,
    new Date(),
  );
  const evaluation = await createEvaluation(project.root, spec, items);
  await ignoreInGit(project.root);
  return evaluation;
}
