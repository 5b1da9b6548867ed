import { UserError } from '../protocol/errors';
import type { YamlProblem } from '../project/yamlFile';

/** A job file that cannot be submitted: all its problems, each with its range. */
export class JobError extends UserError {
  constructor(readonly problems: readonly YamlProblem[]) {
    const first = problems.find(({ severity }) => severity === 'error') ?? problems[0];
    super(
      'job/invalid',
      first?.message ?? '',
      first === undefined ? {} : { place: first.place, remedies: ['openFile'] },
    );
  }
}
