import { severityOf } from '../checks/rule';
import { PARITY_RULE } from '../evaluation/parity';
import type { YamlProblem } from '../project/yamlFile';
import type { PlanOptions } from './resolve';
import type { TrainingBase } from './spec';

/**
 * What the comparison of prompts means for a plan, under the severity that the project gives the rule. Only an error
 * is also looked for in the run: who has made it a warning wants to train all the same.
 */
export async function promptProblems(
  { project, promptCheck, signal }: PlanOptions,
  model: string,
  base: TrainingBase,
  trainFile: string,
  at: (message: string, severity: YamlProblem['severity']) => YamlProblem,
): Promise<{ readonly problems: YamlProblem[]; readonly expected: string | null }> {
  const severity = severityOf(PARITY_RULE, 'error', project.config.checks.rules);
  if (promptCheck === undefined || severity === undefined) return { problems: [], expected: null };
  const { problems, unchecked, expected } = await promptCheck({ project, model, base, trainFile }, signal);
  return {
    problems: [
      ...problems.map((message) => at(message, severity === 'error' ? 'error' : 'warning')),
      ...(unchecked === null ? [] : [at(unchecked, 'warning')]),
    ],
    expected: severity === 'error' ? expected : null,
  };
}
