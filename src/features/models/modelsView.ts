import { stat } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { ModelConfig } from '../../project/config';
import type { Project } from '../../project/project';
import { makeFormat } from '../../protocol/format';
import { messageOf } from '../../protocol/errors';
import { describeModel, readGguf } from '../../runtime/gguf';
import type { Gguf } from '../../runtime/gguf';
import { contextOf, freeMemory, memoryNeed } from '../../runtime/memory';
import type { ModelStore } from '../../runtime/modelStore';
import type { ModelInfo } from '../../runtime/protocol';
import { interfaceLanguage } from '../l10n';
import type { ProjectService } from '../project/projectService';
import type { ModelDownloads } from './modelDownloads';

export interface ModelNode {
  readonly project: Project;
  readonly key: string;
  readonly config: ModelConfig;
  /** Absolute path of the GGUF, or undefined when it is not on this machine. */
  readonly path: string | undefined;
  /** It can be had by downloading. */
  readonly downloadable: boolean;
  readonly info: ModelInfo | undefined;
  /** Bytes of memory that a preview takes. */
  readonly memory: number | undefined;
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
  private readonly headers = new Map<string, { readonly info: ModelInfo; readonly gguf: Gguf }>();

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly projects: ProjectService,
    private readonly store: ModelStore,
    private readonly downloads: ModelDownloads,
  ) {}

  register(): vscode.Disposable {
    const refresh = (): void => this.changed.fire(undefined);
    this.disposables.push(
      vscode.window.createTreeView('afina.models', { treeDataProvider: this }),
      this.projects.onDidChange(refresh),
      this.downloads.onDidChange(refresh),
      vscode.commands.registerCommand('afina.downloadModel', async (argument: unknown) => {
        const node = isModelNode(argument) ? argument : await this.pickMissing();
        if (node !== undefined) await this.downloads.download(node.project, node.key);
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
    const { project, key, config, info, memory } = node;
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
      info === undefined
        ? undefined
        : t('Trained for {0} tokens of context', format.integer(info.trainContext)),
      memory === undefined
        ? undefined
        : t('A preview takes {0} of memory; {1} are free', format.bytes(memory), format.bytes(freeMemory())),
      node.path,
      node.problem,
    ]
      .filter((line) => line !== undefined)
      .join('\n');
    return item;
  }

  private describe({ project, key, info, memory, path, problem }: ModelNode): string {
    const format = makeFormat(interfaceLanguage());
    const progress = this.downloads.progressOf(project, key);
    if (progress !== undefined) return progress;
    if (problem !== undefined) return problem;
    if (path === undefined) return t('not downloaded');
    if (info === undefined) return '';
    const facts = [info.architecture, info.quantisation, format.bytes(info.sizeBytes)];
    if (memory !== undefined && memory > freeMemory()) facts.push(t('does not fit into memory'));
    return facts.join(' · ');
  }

  private async read(project: Project, key: string, config: ModelConfig): Promise<ModelNode> {
    const node = {
      project,
      key,
      config,
      path: undefined,
      downloadable: false,
      info: undefined,
      memory: undefined,
      problem: undefined,
    };
    try {
      const resolved = await this.store.resolve({ key, config, projectFolder: project.root });
      if (!('path' in resolved)) return { ...node, downloadable: true };
      const { info, gguf } = await this.header(resolved.path);
      const memory = memoryNeed(gguf, contextOf(config.context, info)).total;
      return { ...node, path: resolved.path, info, memory };
    } catch (error) {
      return { ...node, problem: messageOf(error) };
    }
  }

  private async header(file: string): Promise<{ readonly info: ModelInfo; readonly gguf: Gguf }> {
    const { size, mtimeMs } = await stat(file);
    const id = `${file}\0${size}\0${mtimeMs}`;
    const known = this.headers.get(id);
    if (known !== undefined) return known;
    const gguf = await readGguf(file);
    const header = { info: describeModel(gguf), gguf };
    this.headers.set(id, header);
    return header;
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
