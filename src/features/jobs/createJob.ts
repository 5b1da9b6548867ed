import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { datasetFiles } from '../datasets/datasetFiles';
import type { ProjectService } from '../project/projectService';

/** *Afina: Create Job*: a job file with what it needs, ready to be adjusted. */
export class CreateJob {
  constructor(private readonly projects: ProjectService) {}

  register(): vscode.Disposable {
    return vscode.commands.registerCommand('afina.createJob', (file?: unknown) =>
      this.create(typeof file === 'string' ? file : undefined),
    );
  }

  /** `file`: the dataset, when it is known. */
  private async create(file?: string): Promise<void> {
    const around = file === undefined ? undefined : this.projects.projectOf(file);
    const project = around ?? (await pickProject(this.projects.projects, t('In which project?')));
    if (project === undefined) return;
    const datasets =
      file === undefined
        ? await datasetFiles(project)
        : [path.relative(project.root, file).replaceAll(path.sep, '/')];
    const dataset =
      datasets.length > 1
        ? await vscode.window.showQuickPick(datasets, { placeHolder: t('Which dataset?') })
        : datasets[0];
    if (datasets.length > 0 && dataset === undefined) return;
    const models = Object.entries(project.models);
    const base =
      models.length > 1
        ? await vscode.window.showQuickPick(
            models.map(([key, { title }]) => ({ label: title ?? key, description: key, key })),
            { placeHolder: t('Which base model?') },
          )
        : { key: models[0]?.[0] ?? '' };
    if (base === undefined) return;
    const name = await vscode.window.showInputBox({
      prompt: t('Name of the job file in jobs/'),
      value: path.basename(dataset ?? 'job', '.jsonl'),
      validateInput: (value) =>
        /^[\w.-]+$/u.test(value) ? undefined : t('Letters, digits, dots and dashes only.'),
    });
    if (name === undefined) return;
    const job = path.join(project.root, 'jobs', `${name.replace(/\.ya?ml$/i, '')}.yaml`);
    if (!(await exists(job))) {
      await mkdir(path.dirname(job), { recursive: true });
      const { stringify } = await import('yaml');
      const prefers = dataset !== undefined && (await holdsPreferences(path.join(project.root, dataset)));
      await writeFile(
        job,
        stringify({
          version: 1,
          title: name,
          dataset: dataset ?? 'datasets/',
          base: base.key,
          cluster: 'local',
          ...(prefers ? { method: 'dpo', dpo: { beta: 0.1 } } : {}),
          training: { epochs: prefers ? 1 : 3 },
        }),
        { flag: 'wx' },
      );
    }
    await vscode.window.showTextDocument(vscode.Uri.file(job));
  }
}

/** Told by the first record: a dataset is of one kind, or the job's summary says where it is not. */
async function holdsPreferences(dataset: string): Promise<boolean> {
  const { readLines } = await import('../../dataset/lineReader');
  const { layoutOf } = await import('../../dataset/shapes/layout');
  try {
    for await (const [first] of readLines(dataset)) {
      return layoutOf(JSON.parse(first?.bytes.toString('utf8') ?? ''))?.shape === 'preference';
    }
  } catch {
    // Not there, or broken: the job file is made all the same, and its problems are shown in it.
  }
  return false;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

export async function pickProject(
  projects: readonly Project[],
  placeHolder: string,
): Promise<Project | undefined> {
  if (projects.length < 2) return projects[0];
  const picked = await vscode.window.showQuickPick(
    projects.map((project) => ({
      label: project.config.title ?? path.basename(project.root),
      description: project.root,
      project,
    })),
    { placeHolder },
  );
  return picked?.project;
}
