import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ModelConfig } from '../../project/config';
import type { Project } from '../../project/project';
import { makeFormat } from '../../protocol/format';
import type { Format } from '../../protocol/format';
import { messageOf } from '../../protocol/errors';
import { contextOf, freeMemory } from '../../runtime/memory';
import { modelFacts } from '../../runtime/modelFacts';
import type { ModelFacts } from '../../runtime/modelFacts';
import type { ModelStore } from '../../runtime/modelStore';
import { interfaceLanguage } from '../l10n';
import type { ProjectService } from '../project/projectService';
import type { AddModelOptions } from './addModel';
import { showError } from '../showError';
import { asUri } from '../uri';
import type { ModelDownloads } from './modelDownloads';

export interface ModelNode {
  readonly project: Project;
  readonly key: string;
  readonly config: ModelConfig;
  /** Absolute path of the GGUF, or undefined when it is not on this machine. */
  readonly path: string | undefined;
  /** It can be had by downloading. */
  readonly downloadable: boolean;
  readonly facts: ModelFacts | undefined;
  readonly problem: string | undefined;
}

export function isModelNode(value: unknown): value is ModelNode {
  return typeof value === 'object' && value !== null && 'downloadable' in value && 'config' in value;
}

/** The view "Models": those of afina.yaml, and whether they are here. */
export class ModelsView implements vscode.TreeDataProvider<ModelNode>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  /** By path, size and time: a header is read once. */
  private readonly headers = new Map<string, ModelFacts>();

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly projects: ProjectService,
    private readonly store: ModelStore,
    private readonly downloads: ModelDownloads,
    private readonly extension: Pick<AddModelOptions, 'extensionUri' | 'output'>,
  ) {}

  register(): vscode.Disposable {
    const { projects, store, downloads } = this;
    const refresh = (): void => this.changed.fire(undefined);
    this.disposables.push(
      vscode.window.createTreeView('afina.models', { treeDataProvider: this }),
      this.projects.onDidChange(refresh),
      this.downloads.onDidChange(refresh),
      vscode.commands.registerCommand('afina.downloadModel', async (argument: unknown) => {
        const node = isModelNode(argument) ? argument : await this.pickMissing();
        if (node !== undefined) await this.downloads.download(node.project, node.key);
      }),
      vscode.commands.registerCommand('afina.addModel', async (target?: unknown) => {
        try {
          const { addModelCommand } = await import('./addModel');
          await addModelCommand({ ...this.extension, projects, store, downloads }, asUri(target));
        } catch (error) {
          void showError(error, { output: this.extension.output });
        }
      }),
      vscode.commands.registerCommand('afina.revealModel', async (node: ModelNode | undefined) => {
        if (node?.path === undefined) return;
        await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(node.path));
      }),
    );
    return this;
  }

  dispose(): void {
    for (const disposable of this.disposables) disposable.dispose();
  }

  async getChildren(node?: ModelNode): Promise<ModelNode[]> {
    if (node !== undefined) return [];
    const wanted = this.projects.projects.flatMap((project) =>
      Object.entries(project.models).map(([key, config]) => ({ project, key, config })),
    );
    return Promise.all(wanted.map(({ project, key, config }) => this.read(project, key, config)));
  }

  getTreeItem(node: ModelNode): vscode.TreeItem {
    const { project, key, config, facts } = node;
    const item = new vscode.TreeItem(config.title ?? key);
    const description = this.describe(node);
    item.id = `${project.root}\0${key}`;
    item.description = description;
    item.contextValue =
      node.path !== undefined ? 'model.present' : node.downloadable ? 'model.missing' : 'model.broken';
    item.iconPath =
      node.problem !== undefined
        ? new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'))
        : new vscode.ThemeIcon(node.path === undefined ? 'cloud' : 'chip');
    item.accessibilityInformation = {
      label: t('Model {0}, {1}', item.label as string, description),
      role: 'treeitem',
    };
    const format = makeFormat(interfaceLanguage());
    item.tooltip = [
      `${key}: ${config.gguf}`,
      config.hf === undefined ? undefined : t('Trained on a cluster as {0}', config.hf),
      ...(facts === undefined ? [] : tooltipOf(facts, config, format)),
      node.path,
      node.problem,
    ]
      .filter((line) => line !== undefined)
      .join('\n');
    return item;
  }

  private describe({ project, key, config, facts, path, problem }: ModelNode): string {
    const format = makeFormat(interfaceLanguage());
    const progress = this.downloads.progressOf(project, key);
    if (progress !== undefined) return progress;
    if (problem !== undefined) return problem;
    if (path === undefined) return t('not downloaded');
    return facts === undefined ? '' : describeFacts(facts, format, config.context);
  }

  private async read(project: Project, key: string, config: ModelConfig): Promise<ModelNode> {
    const node = {
      project,
      key,
      config,
      path: undefined,
      downloadable: false,
      facts: undefined,
      problem: undefined,
    };
    try {
      const resolved = await this.store.resolve({ key, config, projectFolder: project.root });
      if (!('path' in resolved)) return { ...node, downloadable: true };
      return { ...node, path: resolved.path, facts: await this.header(resolved.path, config.context) };
    } catch (error) {
      return { ...node, problem: messageOf(error) };
    }
  }

  private async header(file: string, context: number | undefined): Promise<ModelFacts> {
    const { size, mtimeMs } = await stat(file);
    const id = `${file}\0${size}\0${mtimeMs}\0${context ?? ''}`;
    const known = this.headers.get(id);
    if (known !== undefined) return known;
    const facts = await modelFacts(file, context);
    this.headers.set(id, facts);
    return facts;
  }

  private async pickMissing(): Promise<ModelNode | undefined> {
    const missing = (await this.getChildren()).filter(({ downloadable }) => downloadable);
    if (missing.length === 0) {
      void vscode.window.showInformationMessage(t('All models of this project are on this machine.'));
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(
      missing.map((node) => ({ label: node.config.title ?? node.key, description: node.config.gguf, node })),
      { placeHolder: t('Which model?') },
    );
    return picked?.node;
  }
}

/** A model in one line: what it is, how large, whose terms, and whether it runs here. */
export function describeFacts(
  { info, license, memory }: ModelFacts,
  format: Format,
  context?: number,
): string {
  return [
    info.architecture,
    info.quantisation,
    format.bytes(info.sizeBytes),
    t('context {0}', format.integer(contextOf(context, info))),
    license ?? t('licence not stated'),
    memory > freeMemory() ? t('does not fit into memory') : t('fits into memory'),
  ].join(' · ');
}

function tooltipOf({ info, license, memory }: ModelFacts, config: ModelConfig, format: Format): string[] {
  return [
    ...(info.name === null ? [] : [info.name]),
    t('Trained for {0} tokens of context', format.integer(info.trainContext)),
    t('Previews use {0} tokens of context', format.integer(contextOf(config.context, info))),
    license === null
      ? t('The file does not say under which licence it may be used')
      : t('Licence, as the file says: {0}', license),
    t('A preview takes {0} of memory; {1} are free', format.bytes(memory), format.bytes(freeMemory())),
  ];
}
