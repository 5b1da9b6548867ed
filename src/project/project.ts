import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { t } from '@vscode/l10n';
import { UserError, messageOf } from '../protocol/errors';
import { projectSchema } from './config';
import type { ClusterConfig, ModelConfig, ProjectConfig } from './config';
import { applyLocalFile } from './localFile';
import { LOCAL_FILE, PROJECT_FILE } from './files';
import { parseYamlFile } from './yamlFile';
import type { YamlProblem } from './yamlFile';

/** A folder with a readable `afina.yaml`. */
export interface Project {
  /** Absolute. */
  readonly root: string;
  /** Absolute path of afina.yaml. */
  readonly file: string;
  readonly config: ProjectConfig;
  /** Warnings; errors are thrown by `loadProject`. */
  readonly problems: readonly YamlProblem[];
  /** The declared clusters, and `local`, which is always there. */
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  readonly models: Readonly<Record<string, ModelConfig>>;
}

/** afina.yaml that is there and wrong: all its problems, each with its range. */
export class ProjectError extends UserError {
  constructor(
    file: string,
    readonly problems: readonly YamlProblem[],
  ) {
    const first = problems.find(({ severity }) => severity === 'error');
    super('project/invalid', first?.message ?? '', {
      place: first?.place ?? { file },
      remedies: ['openFile'],
    });
  }
}

/** The nearest folder at or above `startPath` (a file or a folder) that has an afina.yaml, or undefined. */
export async function findProject(startPath: string): Promise<string | undefined> {
  let folder = path.resolve(startPath);
  for (;;) {
    const found = await stat(path.join(folder, PROJECT_FILE)).catch(() => undefined);
    if (found?.isFile() === true) return folder;
    const parent = path.dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

/** Reads `root`/afina.yaml. Throws UserError `project/missing`, or ProjectError (`project/invalid`) with the places. */
export async function loadProject(root: string): Promise<Project> {
  const folder = path.resolve(root);
  const file = path.join(folder, PROJECT_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(
        'project/missing',
        t(
          'There is no {0} in {1}: open a folder that has one, or create the sample project.',
          PROJECT_FILE,
          folder,
        ),
        { place: { file } },
        { cause: error },
      );
    }
    throw new UserError(
      'project/unreadable',
      t('{0} cannot be read: {1}', file, messageOf(error)),
      { place: { file } },
      { cause: error },
    );
  }
  const { value, problems } = parseYamlFile(text, projectSchema, file);
  if (value === undefined) throw new ProjectError(file, problems);
  const local = await applyLocalFile(folder, value.models, {
    local: { type: 'local' },
    ...value.clusters,
  });
  if (local.problems.some(({ severity }) => severity === 'error')) {
    throw new ProjectError(path.join(folder, LOCAL_FILE), local.problems);
  }
  return {
    root: folder,
    file,
    config: value,
    problems: [...problems, ...local.problems],
    clusters: local.clusters,
    models: local.models,
  };
}

/** All problems of an afina.yaml's text, each with its range. */
export function checkProjectText(text: string, file: string): readonly YamlProblem[] {
  return parseYamlFile(text, projectSchema, file).problems;
}
