import type { Project } from '../../project/project';
import type { NamedAnswerer, PreviewService } from './previewService';

/**
 * Base and tuned where both are wanted: those in use, or those of the model that was chosen. Of a base without an
 * adapter in use it is the newest one.
 */
export function tunedToo(
  preview: PreviewService,
  project: Project,
  chosen?: NamedAnswerer,
): { readonly base: NamedAnswerer | undefined; readonly tuned: NamedAnswerer | undefined } {
  const inUse = preview.inUse(project);
  const model = chosen?.model ?? inUse.base?.model;
  const all = preview.answerers(project).filter((each) => each.model === model);
  const tuned = chosen?.run == null ? inUse.tuned : chosen;
  return {
    base: all.find(({ run }) => run === null),
    tuned: tuned?.model === model && tuned !== undefined ? tuned : all.find(({ run }) => run !== null),
  };
}
