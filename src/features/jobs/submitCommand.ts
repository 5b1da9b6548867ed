import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import type { ProjectService } from '../project/projectService';
import { asUri } from '../uri';
import { describeJob } from './jobText';
import { isJobNode, readJob, readJobs } from './jobsView';
import type { JobNode } from './jobsView';
import type { SubmissionPanels } from './submissionPanels';

/** *Afina: Submit Fine-Tune Job…*: with a job from a menu or the editor, else asking which. */
export class SubmitCommand {
  constructor(
    private readonly projects: ProjectService,
    private readonly panels: SubmissionPanels,
  ) {}

  register(): vscode.Disposable {
    return vscode.commands.registerCommand('afina.submitJob', async (argument: unknown) => {
      const target = await this.target(argument);
      if (target === undefined) return;
      if (await saveWhatCounts(target.project, target.file)) this.panels.open(target.project, target.file);
    });
  }

  private async target(argument: unknown): Promise<{ project: Project; file: string } | undefined> {
    if (isJobNode(argument)) return { project: argument.project, file: argument.file };
    const uri = asUri(argument);
    if (uri !== undefined) {
      const project = this.projects.projectOf(uri.fsPath);
      if (project !== undefined) return { project, file: uri.fsPath };
      void vscode.window.showErrorMessage(t('{0} is not in an Afina project.', uri.fsPath));
      return undefined;
    }
    return this.pick();
  }

  /** Asks even when there is one job only: submitting is nothing to happen by accident. */
  private async pick(): Promise<JobNode | undefined> {
    const { projects } = this.projects;
    const nodes = await readJobs(projects);
    if (nodes.length === 0) {
      const create = t('Create Job');
      const picked = await vscode.window.showInformationMessage(t('There is no job in jobs/ yet.'), create);
      if (picked === create) await vscode.commands.executeCommand('afina.createJob');
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(
      nodes.map((node) => ({
        label: `$(${node.errors > 0 ? 'error' : node.job?.cluster === 'local' ? 'vm' : 'server-environment'}) ${node.job?.title ?? node.name}`,
        description: describeJob(node.project, node.job, node.errors),
        detail: [
          projects.length > 1 ? (node.project.config.title ?? node.project.root) : undefined,
          node.job?.dataset,
          `jobs/${node.name}.yaml`,
        ]
          .filter((part) => part !== undefined)
          .join(' · '),
        node,
      })),
      {
        title: t('Submit Fine-Tune Job'),
        placeHolder: t('Which job? A summary follows; nothing is sent before you confirm it.'),
        matchOnDescription: true,
        matchOnDetail: true,
      },
    );
    return picked?.node;
  }
}

/**
 * What is submitted is what lies on disk: unsaved changes of the files that count are saved, those of the dataset
 * after asking. False when its user would rather not.
 */
async function saveWhatCounts(project: Project, file: string): Promise<boolean> {
  for (const document of vscode.workspace.textDocuments) {
    const counts = document.uri.fsPath === file || document.uri.fsPath === project.file;
    if (counts && document.isDirty && !(await document.save())) return false;
  }
  const { job } = await readJob(project, file);
  if (job === undefined) return true;
  const dataset = vscode.Uri.joinPath(vscode.Uri.file(project.root), job.dataset);
  const dirty = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(({ input, isDirty }) => isDirty && uriOfTab(input)?.fsPath === dataset.fsPath);
  if (!dirty) return true;
  const save = t('Save and Continue');
  const picked = await vscode.window.showWarningMessage(
    t('{0} has changes that are not saved.', job.dataset),
    { modal: true, detail: t('Only what is saved is submitted.') },
    save,
  );
  return picked === save && (await vscode.workspace.save(dataset)) !== undefined;
}

function uriOfTab(input: unknown): vscode.Uri | undefined {
  return input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText
    ? input.uri
    : undefined;
}
