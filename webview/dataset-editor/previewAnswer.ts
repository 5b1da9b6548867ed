import type { PreviewRemedy } from '../../src/protocol/datasetEditor';
import { UserError } from '../../src/protocol/errors';
import type { Remedy } from '../../src/protocol/errors';
import type { AnswerOrigin, PreviewNews } from '../../src/protocol/preview';

export type AnswerRemedy = PreviewRemedy | 'retry';

/** One answer to a record's question: of the base, or of a tuned model. */
export interface PreviewedAnswer {
  /** Null for the base. */
  readonly run: string | null;
  /** Title of the model or the run that answers. */
  readonly by: string;
  state: 'waiting' | 'loading' | 'reading' | 'writing' | 'done' | 'failed' | 'stopped';
  text: string;
  /** Of the model's loading, 0 to 1. */
  fraction: number;
  tokens: number;
  tokensPerSecond: number;
  stop: 'end' | 'maxTokens' | 'context';
  /** Who wrote it and how, once it is complete. */
  origin: AnswerOrigin | null;
  /** It was asked for again, but nothing else can come of it: the likeliest token is taken each time. */
  fixed: boolean;
  problem: string;
  remedies: readonly AnswerRemedy[];
}

const REMEDIES: Partial<Record<Remedy, AnswerRemedy>> = {
  retry: 'retry',
  openLog: 'openLog',
  openFile: 'openProject',
  chooseModel: 'showModels',
};

export function blank(run: string | null, by: string): PreviewedAnswer {
  return {
    run,
    by,
    state: 'waiting',
    text: '',
    fraction: 0,
    tokens: 0,
    tokensPerSecond: 0,
    stop: 'end',
    origin: null,
    fixed: false,
    problem: '',
    remedies: [],
  };
}

export function isUnderWay({ state }: PreviewedAnswer): boolean {
  return state === 'waiting' || state === 'loading' || state === 'reading' || state === 'writing';
}

export function follow(answer: PreviewedAnswer, news: PreviewNews): void {
  if (news.phase === 'text') {
    answer.state = 'writing';
    answer.text += news.text;
    answer.tokens = news.tokens;
    answer.tokensPerSecond = news.tokensPerSecond;
    return;
  }
  answer.state = news.phase;
  if (news.phase === 'loading') answer.fraction = news.fraction;
}

export function remediesOf(error: unknown): AnswerRemedy[] {
  const wanted =
    error instanceof UserError ? (error.details.remedies ?? []) : (['retry', 'openLog'] as const);
  return wanted.flatMap((remedy) => REMEDIES[remedy] ?? []);
}
