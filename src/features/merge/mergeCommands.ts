import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { quote } from '../../cluster/quote';
import { UserError } from '../../protocol/errors';
import { chooseDataset } from '../datasets/chooseDataset';
import type { DatasetsOfProjects } from '../datasets/chooseDataset';
import { reviewSettings } from '../review/reviewSettings';
import { showError } from '../showError';
import { git, writeFileOf } from './git';

export interface MergeCommandsOptions extends DatasetsOfProjects {
  readonly extensionUri: vscode.Uri;
  readonly output: vscode.LogOutputChannel;
}

const ATTRIBUTE = '*.jsonl merge=afina';

interface Source extends vscode.QuickPickItem {
  readonly from: 'conflicts' | 'branch' | 'file';
}

/** The commands *Merge Dataset* and *Set Up Dataset Merging*. */
export class MergeCommands {
  constructor(private readonly options: MergeCommandsOptions) {}

  register(): vscode.Disposable {
    const guarded = (act: (target: unknown) => Promise<void>) => async (target?: unknown) => {
      try {
        await act(target);
      } catch (error) {
        await showError(error, { output: this.options.output });
      }
    };
    return vscode.Disposable.from(
      vscode.commands.registerCommand(
        'afina.mergeDataset',
        guarded((target) => this.merge(target)),
      ),
      vscode.commands.registerCommand(
        'afina.setUpMerging',
        guarded((target) => this.setUp(target)),
      ),
    );
  }

  private async merge(target: unknown): Promise<void> {
    const uri = await chooseDataset(target, this.options, t('Merge which dataset?'));
    if (uri === undefined) return;
    const { readConflicts, writeConflicts } = await import('../../dataset/mergeDecisions');
    const source = await this.source(uri, (await readConflicts(uri.fsPath)).length);
    if (source === undefined) return;
    if (source.from === 'conflicts') {
      await this.decide(uri);
      return;
    }
    refuseUnsaved(uri);
    const folder = await mkdtemp(path.join(tmpdir(), 'afina-merge-'));
    try {
      const sides = await this.sides(uri.fsPath, source, folder);
      if (sides === undefined) return;
      const { mergeFiles } = await import('../../dataset/mergeFiles');
      const { conflicts } = await mergeFiles({
        ...sides,
        ours: uri.fsPath,
        out: uri.fsPath,
        reviewers: reviewSettings(this.options.projects.projectOf(uri.fsPath)).reviewers,
      });
      await writeConflicts(uri.fsPath, conflicts);
      if (conflicts.length > 0) await this.decide(uri);
      else
        void vscode.window.showInformationMessage(
          t('{0} is merged, without conflicts.', path.basename(uri.fsPath)),
        );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async decide(uri: vscode.Uri): Promise<void> {
    const { openConflicts } = await import('./mergePanel');
    openConflicts(uri, this.options.extensionUri);
  }

  private async source(uri: vscode.Uri, conflicts: number): Promise<Source | undefined> {
    const folder = path.dirname(uri.fsPath);
    const branches = await git(
      folder,
      'for-each-ref',
      '--format=%(refname:short)',
      'refs/heads',
      'refs/remotes',
    ).catch(
      () => '', // no repository: a file can be merged all the same
    );
    const current = await git(folder, 'rev-parse', '--abbrev-ref', 'HEAD').catch(() => '');
    const items: Source[] = [
      ...(conflicts === 0
        ? []
        : [{ label: t('Decide {0} conflicts', conflicts), from: 'conflicts' as const }]),
      ...branches
        .split('\n')
        .filter((name) => name !== '' && name !== current && !name.endsWith('/HEAD'))
        .map((label) => ({ label, description: t('branch'), from: 'branch' as const })),
      { label: t('Another file…'), from: 'file' as const },
    ];
    return vscode.window.showQuickPick(items, { placeHolder: t('Merge with what?') });
  }

  private async sides(
    file: string,
    { from, label }: Source,
    folder: string,
  ): Promise<{ base: string; theirs: string } | undefined> {
    const base = path.join(folder, 'base.jsonl');
    if (from === 'file') {
      const picked = await vscode.window.showOpenDialog({
        title: t('Merge with what?'),
        filters: { JSONL: ['jsonl'] },
      });
      const theirs = picked?.[0]?.fsPath;
      if (theirs === undefined) return undefined;
      await writeFile(base, ''); // nothing in common is known: nothing counts as deleted
      return { base, theirs };
    }
    const theirs = path.join(folder, 'theirs.jsonl');
    const where = path.dirname(file);
    const name = `./${path.basename(file)}`;
    const common = await git(where, 'merge-base', 'HEAD', label);
    await writeFileOf(where, common, name, base);
    await writeFileOf(where, label, name, theirs);
    return { base, theirs };
  }

  private async setUp(target: unknown): Promise<void> {
    const uri = await chooseDataset(target, this.options, t('Merging of which dataset’s repository?'));
    if (uri === undefined) return;
    const root = await git(path.dirname(uri.fsPath), 'rev-parse', '--show-toplevel');
    const attributes = path.join(root, '.gitattributes');
    const yes = t('Set Up');
    const answer = await vscode.window.showInformationMessage(
      t('Let git merge datasets by record?'),
      {
        modal: true,
        detail: t(
          'Writes the line "{0}" into {1}, for everybody, and the command that git runs into the configuration of this clone.',
          ATTRIBUTE,
          attributes,
        ),
      },
      yes,
    );
    if (answer !== yes) return;
    const cli = vscode.Uri.joinPath(this.options.extensionUri, 'dist', 'cli.js').fsPath;
    // Git gives the line to a shell and replaces what begins with a percent sign.
    const program = [process.execPath, cli].map((each) => quote(each).replaceAll('%', '%%')).join(' ');
    await git(root, 'config', 'merge.afina.name', 'Afina: datasets by record');
    await git(
      root,
      'config',
      'merge.afina.driver',
      `ELECTRON_RUN_AS_NODE=1 ${program} merge %O %A %B --marker-size %L --path %P`,
    );
    const text = await readFile(attributes, 'utf8').catch(() => '');
    if (!text.split(/\r?\n/).includes(ATTRIBUTE)) {
      const gap = text === '' || text.endsWith('\n') ? '' : '\n';
      await writeFile(attributes, `${text}${gap}${ATTRIBUTE}\n`);
    }
    void vscode.window.showInformationMessage(t('Git now merges the datasets of {0} by record.', root));
  }
}

/** The merge reads and writes the file: edits that are not in it yet would be in its way. */
function refuseUnsaved(uri: vscode.Uri): void {
  const unsaved = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .some(
      ({ isDirty, input }) =>
        isDirty &&
        (input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText) &&
        input.uri.toString() === uri.toString(),
    );
  if (unsaved) {
    throw new UserError(
      'merge/unsaved',
      t('{0} has unsaved edits. Save it, then merge.', path.basename(uri.fsPath)),
      {
        place: { file: uri.fsPath },
      },
    );
  }
}
