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
    return vscode.commands.registerCommand('afina.createJob', () => this.create());
  }

  private async create(): Promise<void> {
    const project = await pickProject(this.projects.projects, t('In which project?'));
    if (project === undefined) return;
    const datasets = await datasetFiles(project);
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
    const file = path.join(project.root, 'jobs', `${name.replace(/\.ya?ml$/i, '')}.yaml`);
    if (!(await exists(file))) {
      await mkdir(path.dirname(file), { recursive: true });
      const { stringify } = await import('yaml');
      await writeFile(
        file,
        stringify({
          version: 1,
          title: name,
          dataset: dataset ?? 'datasets/',
          base: base.key,
          cluster: 'local',
          training: { epochs: 3 },
        }),
        { flag: 'wx' },
      );
    }
    await vscode.window.showTextDocument(vscode.Uri.file(file));
  }
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
