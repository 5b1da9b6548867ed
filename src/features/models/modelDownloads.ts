import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Project } from '../../project/project';
import { CancelledError, UserError, messageOf } from '../../protocol/errors';
import { makeFormat } from '../../protocol/format';
import type { ModelReference, ModelStore } from '../../runtime/modelStore';
import { interfaceLanguage } from '../l10n';
import { showError } from '../showError';

/** Downloads models, each once at a time, and only after its user has agreed to the size. */
export class ModelDownloads implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly running = new Map<string, Promise<string>>();
  private readonly progress = new Map<string, string>();

  /** A download began, went on or ended. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly store: ModelStore,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  dispose(): void {
    this.changed.dispose();
  }

  /** One line about a download under way. */
  progressOf(project: Project, key: string): string | undefined {
    return this.progress.get(idOf(project, key));
  }

  /** Downloads and says so; its errors are shown here. */
  async download(project: Project, key: string): Promise<void> {
    try {
      await this.ensure(project, key);
      const title = project.models[key]?.title ?? key;
      void vscode.window.showInformationMessage(t('The model {0} is on this machine.', title));
    } catch (error) {
      void showError(error, { output: this.output, retry: () => this.download(project, key) });
    }
  }

  /**
   * Absolute path of a model's GGUF; when it is not here, asks and downloads it. Throws UserError, and CancelledError
   * when its user would rather not.
   */
  async ensure(project: Project, key: string): Promise<string> {
    const config = project.models[key];
    if (config === undefined) {
      throw new UserError('model/unknown', t('There is no model "{0}" in afina.yaml.', key), {
        place: { file: project.file },
        remedies: ['openFile'],
      });
    }
    const model: ModelReference = { key, config, projectFolder: project.root };
    const resolved = await this.store.resolve(model);
    if ('path' in resolved) return resolved.path;
    const id = idOf(project, key);
    const running = this.running.get(id);
    if (running !== undefined) return running;
    const size = await this.store
      .size(resolved.needsDownload, AbortSignal.timeout(10_000))
      .catch(() => undefined);
    const format = makeFormat(interfaceLanguage());
    const yes = t('Download');
    const picked = await vscode.window.showInformationMessage(
      t('Download the model {0}?', config.title ?? key),
      {
        modal: true,
        detail: [
          size === undefined ? undefined : t('Size: {0}', format.bytes(size)),
          t('From: {0}', resolved.needsDownload.url),
          t('To: {0}', resolved.needsDownload.target),
        ]
          .filter((line) => line !== undefined)
          .join('\n'),
      },
      yes,
    );
    if (picked !== yes) throw new CancelledError();
    const again = this.running.get(id);
    if (again !== undefined) return again;
    const download = this.run(model, id);
    this.running.set(id, download);
    return download;
  }

  private async run(model: ModelReference, id: string): Promise<string> {
    const format = makeFormat(interfaceLanguage());
    const controller = new AbortController();
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: t('Downloading {0}', model.config.title ?? model.key),
          cancellable: true,
        },
        async (progress, token) => {
          token.onCancellationRequested(() => controller.abort(new CancelledError()));
          let shown = 0;
          return this.store.download(model, {
            signal: controller.signal,
            progress: ({ phase, bytes, total }) => {
              const percent = total === null || total === 0 ? 0 : Math.floor((bytes / total) * 100);
              const message =
                phase === 'verifying'
                  ? t('verifying…')
                  : total === null
                    ? format.bytes(bytes)
                    : t('{0} of {1}', format.bytes(bytes), format.bytes(total));
              progress.report({ message, increment: Math.max(0, percent - shown) });
              if (percent !== shown || phase === 'verifying') {
                shown = Math.max(shown, percent);
                this.progress.set(id, message);
                this.changed.fire();
              }
            },
          });
        },
      );
    } catch (error) {
      this.output.warn(messageOf(error));
      throw error;
    } finally {
      this.running.delete(id);
      this.progress.delete(id);
      this.changed.fire();
    }
  }
}

function idOf(project: Project, key: string): string {
  return `${project.root}\0${key}`;
}
