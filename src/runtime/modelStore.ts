import { readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { afinaHome } from '../project/afinaHome';
import type { ModelConfig } from '../project/config';
import { UserError } from '../protocol/errors';
import type { Place } from '../protocol/errors';
import { download, remoteSize } from './download';
import type { DownloadProgress } from './download';
import { describeModel, readGguf } from './gguf';
import { listHubGgufs } from './hubFiles';
import type { HubGguf } from './hubFiles';
import { hubPath, hubUrl, parseHubReference } from './modelReference';

/** A model of afina.yaml, and where it is written. */
export interface ModelReference {
  readonly key: string;
  readonly config: ModelConfig;
  /** Absolute; relative GGUF paths start here. */
  readonly projectFolder: string;
  /** Where `gguf` stands. Default: the project's afina.yaml. */
  readonly place?: Place;
}

export interface NeededDownload {
  readonly url: string;
  /** Where the file will lie. */
  readonly target: string;
  /** Bytes that an interrupted download left. */
  readonly partBytes: number;
}

export type ResolvedModel = { readonly path: string } | { readonly needsDownload: NeededDownload };

export interface ModelStoreOptions {
  /** Default: AFINA_HOME, else ~/.afina. */
  readonly home?: string;
  /** Default: AFINA_HF_ENDPOINT, else HF_ENDPOINT, else the public hub. */
  readonly endpoint?: string;
  /** Access token for gated models. Default: HF_TOKEN. */
  readonly token?: string | undefined;
  readonly idleSeconds?: number;
}

const receiptSchema = z.object({ sha256: z.string(), size: z.number(), url: z.string() });

/** Finds the GGUF of a model: in the project, or downloaded once into AFINA_HOME/models. */
export class ModelStore {
  private readonly models: string;
  private readonly endpoint: string;
  private readonly token: string | undefined;

  constructor(private readonly options: ModelStoreOptions = {}) {
    this.models = path.join(options.home ?? afinaHome(), 'models');
    this.endpoint =
      options.endpoint ??
      process.env.AFINA_HF_ENDPOINT ??
      process.env.HF_ENDPOINT ??
      'https://huggingface.co';
    this.token = options.token ?? process.env.HF_TOKEN;
  }

  /**
   * The model's file, or what would have to be downloaded. Never touches the network. Throws UserError
   * `model/missing`, `model/reference`, `model/split` or one of `readGguf`, each with the place in afina.yaml.
   */
  async resolve(model: ModelReference): Promise<ResolvedModel> {
    const place = placeOf(model);
    const hub = parseHubReference(model.config.gguf, place);
    if (hub === undefined) {
      const file = path.resolve(model.projectFolder, model.config.gguf);
      await this.check(file, model);
      return { path: file };
    }
    const target = hubPath(this.models, hub);
    if (await this.isDownloaded(target, model)) return { path: target };
    const part = await stat(`${target}.part`).catch(() => undefined);
    return {
      needsDownload: { url: hubUrl(this.endpoint, hub), target, partBytes: part?.size ?? 0 },
    };
  }

  /** Bytes that the hub says the file has, or undefined when it does not say. */
  size(needed: NeededDownload, signal?: AbortSignal): Promise<number | undefined> {
    return remoteSize(needed.url, { token: this.token, signal });
  }

  /** The GGUFs of a repository on the hub, the smallest first. */
  files(
    repository: { readonly repository: string; readonly revision: string },
    signal?: AbortSignal,
  ): Promise<HubGguf[]> {
    return listHubGgufs(this.endpoint, repository, { token: this.token, signal });
  }

  /** Downloads the model unless it is there, verifies it, and returns its path. */
  async download(
    model: ModelReference,
    options: { readonly signal?: AbortSignal; readonly progress?: (value: DownloadProgress) => void } = {},
  ): Promise<string> {
    const resolved = await this.resolve(model);
    if ('path' in resolved) return resolved.path;
    const { url, target } = resolved.needsDownload;
    await download(url, target, {
      ...options,
      token: this.token,
      sha256: model.config.sha256,
      ...(this.options.idleSeconds === undefined ? {} : { idleSeconds: this.options.idleSeconds }),
      verify: async (file) => {
        describeModel(await readGguf(file));
      },
    });
    return target;
  }

  private async isDownloaded(target: string, model: ModelReference): Promise<boolean> {
    const found = await stat(target).catch(() => undefined);
    if (found === undefined) return false;
    const text = await readFile(`${target}.json`, 'utf8').catch(() => undefined);
    const receipt = receiptSchema.safeParse(text === undefined ? undefined : parseJson(text));
    if (receipt.success) {
      if (receipt.data.size !== found.size) return false;
      if (model.config.sha256 !== undefined && model.config.sha256 !== receipt.data.sha256) return false;
    }
    try {
      await this.check(target, model);
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // A file that lies in the store and is broken is moved away, so that it can be downloaded again.
      await rename(target, `${target}.broken`);
      await unlink(`${target}.json`).catch(() => undefined);
      return false;
    }
  }

  private async check(file: string, model: ModelReference): Promise<void> {
    try {
      describeModel(await readGguf(file));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const message =
        error.code === 'gguf/missing'
          ? t(
              'The model file {0} does not exist. Correct “models.{1}.gguf” in afina.yaml or afina.local.yaml.',
              file,
              model.key,
            )
          : t('{0} Correct “models.{1}.gguf” in afina.yaml or afina.local.yaml.', error.message, model.key);
      throw new UserError(
        error.code === 'gguf/missing' ? 'model/missing' : error.code,
        message,
        { place: placeOf(model), remedies: ['openFile', 'chooseModel'] },
        { cause: error },
      );
    }
  }
}

function placeOf(model: ModelReference): Place {
  return model.place ?? { file: path.join(model.projectFolder, 'afina.yaml') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
