import type { Project } from '../project/project';
import { matchesGlob } from '../project/globs';
import type { CheckFilesOptions } from './checkFile';
import { namedEvaluation } from './leakage';

/** How afina.yaml and its domain want the files of a project checked. */
export function projectChecks(
  project: Pick<Project, 'root' | 'config'>,
  mustCite: readonly string[],
): Pick<CheckFilesOptions, 'rules' | 'maxTokens' | 'context' | 'isEvaluation'> {
  const { checks, variety } = project.config;
  const { evaluation } = checks;
  return {
    rules: checks.rules,
    maxTokens: checks.maxTokens,
    context: { variety, mustCite, nearDuplicate: checks.nearDuplicate },
    isEvaluation:
      evaluation === undefined ? namedEvaluation : (file) => matchesGlob(project.root, evaluation, file),
  };
}
