import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { UserError } from '../../protocol/errors';
import { refuseUnsaved } from '../unsaved';
import type { PreferencePlace, PreviewSetups } from './previewSetups';
import type { Project } from '../../project/project';

export interface AddPreferenceOptions {
  readonly project: Project;
  readonly setups: PreviewSetups;
  /** The dataset of the record that the line is made of. */
  readonly file: string;
  readonly line: string;
  /** Puts the line below that record. */
  readonly beside: (line: string) => Promise<void>;
}

/** Asks where a preference record is to go, and puts it there; the last place is offered first. */
export async function addPreference(options: AddPreferenceOptions): Promise<boolean> {
  const place = await pickPlace(options);
  if (place === undefined) return false;
  const { project, setups, line } = options;
  if (place.kind === 'beside') {
    await options.beside(line);
  } else {
    refuseUnsaved(
      place.file,
      (name) =>
        new UserError('preference/unsaved-target', t('{0} has unsaved changes. Save it first.', name)),
    );
    const { appendRecords } = await import('../../dataset/appendRecords');
    await appendRecords(place.file, [line]);
    void tell(place.file);
  }
  await setups.keepPreferences(project, place);
  return true;
}

async function tell(file: string): Promise<void> {
  const name = vscode.workspace.asRelativePath(file);
  const open = t('Open');
  const picked = await vscode.window.showInformationMessage(
    t('The preference record was added to {0}.', name),
    open,
  );
  if (picked === open) {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), 'afina.datasetEditor');
  }
}

async function pickPlace({
  project,
  setups,
  file,
}: AddPreferenceOptions): Promise<PreferencePlace | undefined> {
  const { dir, name, ext } = path.parse(file);
  const fresh = path.join(dir, `${name}-${t('preferences')}${ext}`);
  const last = setups.preferencesOf(project);
  const found = await vscode.workspace.findFiles('**/*.jsonl', '**/{node_modules,.afina}/**', 200);
  const files = new Set(found.map(({ fsPath }) => fsPath).sort());
  files.delete(file);
  const there = await stat(fresh).catch(() => undefined);
  if (there === undefined) files.delete(fresh);
  type Item = vscode.QuickPickItem & { readonly place: PreferencePlace | null };
  const items: Item[] = [
    ...(there === undefined
      ? [
          {
            label: t('New dataset: {0}', vscode.workspace.asRelativePath(fresh)),
            place: { kind: 'file', file: fresh } as const,
          },
        ]
      : []),
    ...[...files].map((each) => ({
      label: vscode.workspace.asRelativePath(each),
      place: { kind: 'file', file: each } as const,
    })),
    {
      label: t('Below this record'),
      detail: t('Datasets of preference records train by preference (DPO); keep them apart from the others.'),
      place: { kind: 'beside' },
    },
    { label: t('Another file…'), place: null },
  ];
  const same = ({ place }: Item): boolean => place !== null && nameOf(place) === nameOf(last);
  const first = last === undefined ? undefined : items.find(same);
  const sorted = first === undefined ? items : [first, ...items.filter((each) => each !== first)];
  const picked = await vscode.window.showQuickPick(sorted, {
    title: t('Create Preference Record'),
    placeHolder: t('Where the record’s answer (preferred) and this one (rejected) are kept as a pair'),
  });
  if (picked?.place !== null) return picked?.place;
  const uri = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(fresh),
    filters: { JSONL: ['jsonl'] },
    title: t('Create Preference Record'),
  });
  if (uri === undefined) return undefined;
  return path.resolve(uri.fsPath) === path.resolve(file)
    ? { kind: 'beside' }
    : { kind: 'file', file: uri.fsPath };
}

function nameOf(place: PreferencePlace | undefined): string {
  return place?.kind === 'file' ? place.file : (place?.kind ?? '');
}
