import { stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { modelKey } from '../../project/addModel';
import type { ModelConfig } from '../../project/config';
import { LOCAL_FILE } from '../../project/files';
import type { Project } from '../../project/project';
import { UserError } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import { modelFacts, modelsIn } from '../../runtime/modelFacts';
import type { ModelFacts } from '../../runtime/modelFacts';
import { parseHubReference } from '../../runtime/modelReference';
import type { ModelStore } from '../../runtime/modelStore';
import { pickProject } from '../jobs/createJob';
import { interfaceLanguage } from '../l10n';
import type { ProjectService } from '../project/projectService';
import type { ModelDownloads } from './modelDownloads';
import { describeFacts } from './modelsView';
import { readPresets } from './presets';
import type { Preset } from './presets';
import { writeModel } from './writeModel';

export interface AddModelOptions {
  readonly extensionUri: vscode.Uri;
  readonly projects: ProjectService;
  readonly store: ModelStore;
  readonly downloads: ModelDownloads;
  readonly output: vscode.LogOutputChannel;
}

/** What is to be written, and in which of a project's files. */
interface Choice {
  readonly key: string;
  readonly model: Partial<ModelConfig>;
  readonly local: boolean;
}

/** Asks where the model is, unless `target` says so, and writes it into the project. */
export async function addModelCommand(
  options: AddModelOptions,
  target: vscode.Uri | undefined,
): Promise<void> {
  const own = target === undefined ? undefined : options.projects.projectOf(target.fsPath);
  const candidates = own === undefined ? options.projects.projects : [own];
  if (candidates.length === 0) {
    throw new UserError(
      'project/missing',
      t('A model is added to a project: open a folder with an afina.yaml, or create the sample project.'),
    );
  }
  const project = await pickProject(candidates, t('In which project?'));
  if (project === undefined) return;
  const choice = target === undefined ? await ask(project, options) : await fromPath(project, target.fsPath);
  if (choice === undefined) return;
  await writeModel(project, choice.key, choice.model, choice.local);
  // The model is there: whether anything is done with what is said of it, nobody waits for.
  void tell(project, choice, options);
}

async function tell(
  project: Project,
  { key, model, local }: Choice,
  { projects, downloads }: AddModelOptions,
): Promise<void> {
  const title = model.title ?? key;
  const download = t('Download');
  const open = t('Open {0}', local ? LOCAL_FILE : path.basename(project.file));
  const picked = await vscode.window.showInformationMessage(
    local
      ? t(
          '{0} was added as “{1}” to {2}: its file is outside the project, so only this machine knows it.',
          title,
          key,
          LOCAL_FILE,
        )
      : t('{0} was added as “{1}” to afina.yaml.', title, key),
    ...(model.gguf?.startsWith('hf:') === true ? [download] : []),
    open,
  );
  if (picked === open) {
    await vscode.window.showTextDocument(
      vscode.Uri.file(local ? path.join(project.root, LOCAL_FILE) : project.file),
    );
  } else if (picked === download) {
    await downloads.download(projects.projectOf(project.file) ?? project, key);
  }
}

async function ask(project: Project, options: AddModelOptions): Promise<Choice | undefined> {
  const presets = await readPresets(options.extensionUri.fsPath);
  type Item = vscode.QuickPickItem & { readonly run?: () => Promise<Choice | undefined> };
  const items: Item[] = [
    {
      label: `$(file) ${t('From a file…')}`,
      description: t('a GGUF on this machine'),
      run: () => fromDialog(project, false),
    },
    {
      label: `$(folder) ${t('From a folder…')}`,
      description: t('lists the GGUFs in it'),
      run: () => fromDialog(project, true),
    },
    {
      label: `$(cloud-download) ${t('From the hub…')}`,
      description: 'hf:',
      run: () => fromHub(project, options, undefined),
    },
    { label: t('Known models'), kind: vscode.QuickPickItemKind.Separator },
    ...presets.map((preset) => ({
      label: `$(chip) ${preset.title}`,
      description: [preset.hf, preset.license].filter((part) => part !== undefined).join(' · '),
      run: () => fromPreset(project, preset, options),
    })),
  ];
  const picked = await vscode.window.showQuickPick(items, { placeHolder: t('Where is the model?') });
  return picked?.run?.();
}

async function fromDialog(project: Project, folder: boolean, preset?: Preset): Promise<Choice | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: folder ? t('Folder with models') : t('Model file'),
    openLabel: t('Add Model'),
    canSelectFiles: !folder,
    canSelectFolders: folder,
    ...(folder ? {} : { filters: { GGUF: ['gguf'] } }),
  });
  const file = picked?.[0]?.fsPath;
  return file === undefined ? undefined : fromPath(project, file, preset);
}

async function fromPath(project: Project, file: string, preset?: Preset): Promise<Choice | undefined> {
  const isFolder = (await stat(file).catch(() => undefined))?.isDirectory() === true;
  const facts = isFolder ? await chooseIn(file) : await modelFacts(file);
  return facts === undefined ? undefined : choiceOf(project, facts, preset);
}

async function chooseIn(folder: string): Promise<ModelFacts | undefined> {
  const { models, refused } = await modelsIn(folder);
  if (models.length === 0) {
    throw new UserError('model/none', refused[0] ?? t('There is no GGUF in {0}.', folder));
  }
  const format = makeFormat(interfaceLanguage());
  const picked = await vscode.window.showQuickPick(
    models.map((facts) => ({
      label: path.relative(folder, facts.file),
      detail: describeFacts(facts, format),
      facts,
    })),
    {
      placeHolder:
        refused.length === 0 ? t('Which model?') : t('Which model? {0} files are no models.', refused.length),
      matchOnDetail: true,
    },
  );
  return picked?.facts;
}

/** A file in the project is everybody's; another one is known to this machine alone. */
function choiceOf(project: Project, { file, info }: ModelFacts, preset: Preset | undefined): Choice {
  const relative = path.relative(project.root, file);
  const outside = relative.startsWith('..') || path.isAbsolute(relative);
  const gguf = outside ? file : relative.split(path.sep).join('/');
  const known = Object.entries(project.models).find(([, config]) => samePath(project, config.gguf, file));
  if (known !== undefined)
    throw new UserError(
      'model/known',
      t('{0} is in the project already, as “{1}”.', path.basename(file), known[0]),
    );
  if (preset !== undefined) return presetChoice(project, preset, gguf, outside);
  const title = info.name ?? path.basename(file, path.extname(file));
  return {
    key: modelKey(title, Object.keys(project.models)),
    model: { title, gguf },
    local: outside,
  };
}

function samePath(project: Project, gguf: string, file: string): boolean {
  return !gguf.startsWith('hf:') && path.resolve(project.root, gguf) === file;
}

/** A project that names the model already keeps its entry; only where its file is becomes another place. */
function presetChoice(project: Project, preset: Preset, gguf: string, local: boolean): Choice {
  const same = Object.entries(project.models).find(([, config]) => config.hf === preset.hf);
  if (same !== undefined) return { key: same[0], model: { gguf }, local };
  return {
    key: modelKey(preset.key, Object.keys(project.models)),
    model: { title: preset.title, gguf, hf: preset.hf },
    local,
  };
}

async function fromPreset(
  project: Project,
  preset: Preset,
  options: AddModelOptions,
): Promise<Choice | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      { label: `$(file) ${t('A file on this machine…')}`, repository: undefined, hub: false },
      ...preset.repositories.map((repository) => ({
        label: `$(cloud-download) ${repository}`,
        description: t('asks the hub for its files'),
        repository,
        hub: true,
      })),
      {
        label: `$(cloud-download) ${t('Another repository of the hub…')}`,
        repository: undefined,
        hub: true,
      },
    ],
    { placeHolder: t('Where is the GGUF of {0}?', preset.title) },
  );
  if (picked === undefined) return undefined;
  return picked.hub
    ? fromHub(project, options, preset, picked.repository)
    : fromDialog(project, false, preset);
}

/** A file of the hub by its whole reference, or by its repository, whose files the hub is asked for. */
async function fromHub(
  project: Project,
  { store }: AddModelOptions,
  preset: Preset | undefined,
  repository?: string,
): Promise<Choice | undefined> {
  const { parseRepository } = await import('../../runtime/hubFiles');
  const place = { file: project.file };
  const text =
    repository ??
    (
      await vscode.window.showInputBox({
        title: t('Model on the hub'),
        prompt: t('hf:owner/repository lists its files; hf:owner/repository/file.gguf names one.'),
        value: 'hf:',
        valueSelection: [3, 3],
        ignoreFocusOut: true,
        validateInput: (value) => {
          if (parseRepository(value) !== undefined) return undefined;
          try {
            return parseHubReference(value.trim(), place) === undefined
              ? t('Write hf:owner/repository or hf:owner/repository/file.gguf.')
              : undefined;
          } catch (error) {
            return error instanceof UserError ? error.message : undefined;
          }
        },
      })
    )?.trim();
  if (text === undefined) return undefined;
  const asked = parseRepository(text);
  let gguf = text;
  let sha256: string | null = null;
  if (asked !== undefined) {
    const files = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Asking the hub for the files of {0}', asked.repository),
      },
      () => store.files(asked, AbortSignal.timeout(30_000)),
    );
    if (files.length === 0)
      throw new UserError('model/none', t('{0} has no GGUF in a single file.', asked.repository));
    const format = makeFormat(interfaceLanguage());
    const picked = await vscode.window.showQuickPick(
      files.map((file) => ({ label: file.file, description: format.bytes(file.bytes), file })),
      { placeHolder: t('Which file? Larger ones answer better and need more memory.') },
    );
    if (picked === undefined) return undefined;
    const revision = asked.revision === 'main' ? '' : `@${asked.revision}`;
    gguf = `hf:${asked.repository}${revision}/${picked.file.file}`;
    ({ sha256 } = picked.file);
    // What the hub answered is checked like what a person types.
    parseHubReference(gguf, place);
  }
  const withHash = sha256 === null ? {} : { sha256 };
  if (preset !== undefined) {
    const choice = presetChoice(project, preset, gguf, false);
    return { ...choice, model: { ...choice.model, ...withHash } };
  }
  const title = path.posix.basename(gguf, '.gguf');
  return {
    key: modelKey(title, Object.keys(project.models)),
    model: { title, gguf, ...withHash },
    local: false,
  };
}
