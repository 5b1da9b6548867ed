import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { stringify } from 'yaml';
import { UserError } from '../../protocol/errors';
import { systemCode } from '../fileErrors';
import { isObject } from '../record';
import type { ExportFormat, ExportSurvey } from './survey';

export interface ConfigFile {
  readonly path: string;
  readonly content: string;
  /** It, or the entry in it, is there already and says something else. */
  readonly replaces: boolean;
}

/** The file with which another tool finds the exported one, for the tools that need one. */
export async function configFor(
  format: ExportFormat,
  out: string,
  survey: ExportSurvey,
): Promise<ConfigFile | undefined> {
  if (format === 'axolotl') return axolotlConfig(out, survey);
  return format === 'llama-factory' ? llamaFactoryConfig(out, survey) : undefined;
}

/** Where that file lies. */
export function configPath(format: ExportFormat, out: string): string | undefined {
  if (format === 'axolotl') return out.replace(/\.jsonl?$/i, '') + '.axolotl.yaml';
  return format === 'llama-factory' ? path.join(path.dirname(out), 'dataset_info.json') : undefined;
}

async function axolotlConfig(out: string, { ranking }: ExportSurvey): Promise<ConfigFile> {
  const mappings = { role: 'role', content: 'content' };
  const dataset = {
    path: path.basename(out),
    ds_type: 'json',
    ...(ranking ? { split: 'train' } : {}),
    type: ranking ? 'chat_template.default' : 'chat_template',
    field_messages: 'messages',
    ...(ranking ? { field_chosen: 'chosen', field_rejected: 'rejected' } : {}),
    message_property_mappings: mappings,
  };
  const content = stringify({ ...(ranking ? { rl: 'dpo' } : {}), datasets: [dataset] });
  const target = configPath('axolotl', out) ?? out;
  const old = await readIfThere(target);
  return { path: target, content, replaces: old !== undefined && old !== content };
}

async function llamaFactoryConfig(out: string, survey: ExportSurvey): Promise<ConfigFile> {
  const { ranking, withSystem, severalTurns } = survey;
  const target = configPath('llama-factory', out) ?? out;
  const name = path.basename(out).replace(/\.jsonl?$/i, '');
  const entry = {
    file_name: path.basename(out),
    ...(ranking ? { ranking: true } : {}),
    columns: {
      prompt: 'instruction',
      query: 'input',
      ...(ranking ? { chosen: 'chosen', rejected: 'rejected' } : { response: 'output' }),
      ...(withSystem > 0 ? { system: 'system' } : {}),
      ...(severalTurns > 0 ? { history: 'history' } : {}),
    },
  };
  const old = await readIfThere(target);
  const all: unknown = old === undefined ? {} : parse(target, old);
  if (!isObject(all)) {
    throw new UserError(
      'export/config',
      t('{0} is not an object of datasets. Correct it or choose another folder.', target),
      { place: { file: target }, remedies: ['openFile'] },
    );
  }
  const present = Object.hasOwn(all, name) ? all[name] : undefined;
  const replaces = present !== undefined && JSON.stringify(present) !== JSON.stringify(entry);
  return { path: target, content: `${JSON.stringify({ ...all, [name]: entry }, undefined, 2)}\n`, replaces };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      'export/config',
      t('{0} is not JSON, so nothing can be added to it. Correct it or choose another folder.', file),
      { place: { file }, remedies: ['openFile'] },
      { cause: error },
    );
  }
}

export async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
