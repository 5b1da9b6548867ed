import { withSystem } from '../../dataset/prompt';
import type { Turn } from '../../dataset/record';
import type { Project } from '../../project/project';
import type { AnswerOrigin, PreviewAnswer } from '../../protocol/preview';
import type { Answerer, AskOptions, NamedAnswerer, PreviewService } from './previewService';

export interface AsSetOptions extends AskOptions {
  /** Another seed than the one that is set, to have another answer. */
  readonly seed?: number | undefined;
}

/** Who answers beside the text: the base, unless it is left out, and the adapters that are chosen. */
export function shownAnswerers(preview: PreviewService, project: Project): NamedAnswerer[] {
  const { base, tuned } = preview.inUse(project);
  const { also, base: withBase } = preview.setups.of(project);
  const adapters = preview
    .answerers(project)
    .filter(
      ({ model, run }) => run !== null && model === base?.model && (run === tuned?.run || also.includes(run)),
    );
  const bases = base !== undefined && (withBase || adapters.length === 0) ? [base] : [];
  return [...bases, ...adapters];
}

/** Asks as the project's previews are set: sampler, system text, strength of the adapter. */
export async function answerAsSet(
  preview: PreviewService,
  project: Project,
  { model, run }: Answerer,
  messages: readonly Turn[],
  { seed, sampling: wanted, ...options }: AsSetOptions = {},
): Promise<PreviewAnswer> {
  const setup = preview.setups.of(project);
  const scale = run === null ? 1 : setup.scale;
  const sampling = {
    ...preview.sampling(),
    ...setOnes(setup.sampling),
    ...setOnes({ ...wanted }),
    ...setOnes({ seed }),
  };
  const { text, tokens, tokensPerSecond, stop } = await preview.ask(
    project,
    { model, run, scale },
    withSystem(messages, setup.system),
    { ...options, sampling },
  );
  const origin: AnswerOrigin = { model, run, scale, ...sampling, system: setup.system !== null };
  return { text, tokens, tokensPerSecond, stop, origin };
}

/** Without the keys that have no value: spread over others, they would take those away. */
function setOnes<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** As a record's `meta` keeps it. */
export function provenanceOf({ system, ...origin }: AnswerOrigin, at: Date): Record<string, unknown> {
  return { ...origin, ...(system ? { systemReplaced: true } : {}), at: at.toISOString() };
}
