import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { findingName } from '../../protocol/findings';
import type { FindingName } from '../../protocol/findings';
import type { ProjectService } from '../project/projectService';
import { showError } from '../showError';
import type { FindingsService } from './findingsService';

export interface FindingCommandsOptions {
  readonly projects: ProjectService;
  readonly findings: FindingsService;
  readonly output: vscode.LogOutputChannel;
  /** The dataset editor. */
  readonly editors: {
    show(uri: vscode.Uri, line: number, id: string, finding: FindingName | null): Promise<void>;
    showFindings(uri: vscode.Uri, finding: string): Promise<void>;
  };
}

/** Where a finding is, as links and buttons name it; a link may come from anywhere. */
const place = z.object({
  file: z.string().check(z.maxLength(4096)),
  line: z.int().check(z.gte(1)),
  id: z._default(z.string().check(z.maxLength(10_000)), ''),
  rule: z.optional(findingName.shape.rule),
  field: z.optional(findingName.shape.field),
  range: z.optional(findingName.shape.range),
});
const familyPlace = z.object({ file: z.string().check(z.maxLength(4096)), finding: findingName.shape.rule });

const SEVERITIES = ['error', 'warning', 'info', 'off'] as const;
type RuleSeverity = (typeof SEVERITIES)[number];

/** Commands that lead to findings, and the one that says how severe a rule is. */
export class FindingCommands {
  constructor(private readonly options: FindingCommandsOptions) {}

  register(): vscode.Disposable {
    const { editors, output } = this.options;
    const guard = async (work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        await showError(error, { output });
      }
    };
    return vscode.Disposable.from(
      vscode.commands.registerCommand('afina.showFinding', (target?: unknown) =>
        guard(async () => {
          const { data } = place.safeParse(target);
          if (data === undefined) return;
          const { file, line, id, rule, field = null, range = null } = data;
          const finding = rule === undefined ? null : { rule, field, range };
          await editors.show(vscode.Uri.file(file), line, id, finding);
        }),
      ),
      vscode.commands.registerCommand('afina.showFindings', (target?: unknown) =>
        guard(async () => {
          const { data } = familyPlace.safeParse(target);
          if (data !== undefined) await editors.showFindings(vscode.Uri.file(data.file), data.finding);
        }),
      ),
      vscode.commands.registerCommand('afina.setRuleSeverity', (rule?: unknown, file?: unknown) =>
        guard(() =>
          this.setSeverity(
            typeof rule === 'string' ? rule : undefined,
            typeof file === 'string' ? file : undefined,
          ),
        ),
      ),
    );
  }

  private async setSeverity(rule: string | undefined, file: string | undefined): Promise<void> {
    const { projects } = this.options;
    const project =
      (file === undefined ? undefined : projects.projectOf(file)) ?? (await pickProject(projects.projects));
    if (project === undefined) {
      if (projects.projects.length > 0) return;
      throw new UserError(
        'project/missing',
        t('There is no afina.yaml in the open folder: severities of rules are kept there.'),
      );
    }
    const wanted = rule ?? (await this.pickRule(project));
    if (wanted === undefined) return;
    const severity = await pickSeverity(wanted, project.config.checks.rules[wanted]);
    if (severity !== undefined) await writeSeverity(project.file, wanted, severity);
  }

  /** Rules that found something here, and those that afina.yaml names already. */
  private async pickRule(project: Project): Promise<string | undefined> {
    const counts = new Map<string, number>();
    for (const rule of Object.keys(project.config.checks.rules)) counts.set(rule, 0);
    for (const { rule } of this.options.findings.under(project.root)) {
      counts.set(rule, (counts.get(rule) ?? 0) + 1);
    }
    if (counts.size === 0) {
      void vscode.window.showInformationMessage(
        t('No rule has found anything here yet. Check the datasets first.'),
      );
      return undefined;
    }
    const items = [...counts]
      .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
      .map(([label, count]) => ({
        label,
        description: count === 0 ? '' : count === 1 ? t('1 finding') : t('{0} findings', count),
      }));
    const picked = await vscode.window.showQuickPick(items, { placeHolder: t('Which rule?') });
    return picked?.label;
  }
}

async function pickProject(projects: readonly Project[]): Promise<Project | undefined> {
  if (projects.length <= 1) return projects[0];
  const items = projects.map((project) => ({
    label: path.basename(project.root),
    description: project.file,
    project,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Which project?') }))?.project;
}

async function pickSeverity(rule: string, now: RuleSeverity | undefined): Promise<RuleSeverity | undefined> {
  const words: Readonly<Record<RuleSeverity, readonly [string, string]>> = {
    error: [t('Error'), t('keeps a job from being submitted')],
    warning: [t('Warning'), t('is shown')],
    info: [t('Note'), t('is shown, and counts nowhere')],
    off: [t('Off'), t('does not look at all')],
  };
  const items = SEVERITIES.map((severity) => ({
    label: words[severity][0],
    description: severity === now ? t('as it is now') : '',
    detail: words[severity][1],
    severity,
  }));
  const placeHolder = t('Severity of {0} in this project', rule);
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.severity;
}

/** An edit of the file, so that it can be undone there; saved unless somebody is at work in it. */
async function writeSeverity(file: string, rule: string, severity: RuleSeverity): Promise<void> {
  const { setRuleSeverity } = await import('../../project/ruleSeverity');
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  const before = document.getText();
  const after = setRuleSeverity(before, rule, severity);
  if (after === undefined) {
    throw new UserError(
      'project/unreadable',
      t('afina.yaml cannot be changed as it is written: correct it, or add {0} under checks.rules.', rule),
      { place: { file }, remedies: ['openFile'] },
    );
  }
  if (after === before) return;
  const { difference } = await import('./quickFixes');
  const { start, end, text } = difference(before, after);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  const { isDirty } = document;
  edit.replace(document.uri, range, text);
  await vscode.workspace.applyEdit(edit);
  if (isDirty) await vscode.window.showTextDocument(document);
  else await document.save();
}
