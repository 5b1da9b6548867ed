import type { Project } from '../../project/project';

/** `review` of afina.yaml. */
export interface ReviewSettings {
  readonly reviewers: number;
  /** Empty: the usual ones. */
  readonly reasons: readonly string[];
}

/** Of the project that a file belongs to; of none, one reviewer and the usual reasons. */
export function reviewSettings(project: Project | undefined): ReviewSettings {
  const { reviewers = 1, reasons = [] } = project?.config.review ?? {};
  return { reviewers, reasons };
}
