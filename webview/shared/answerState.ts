import { language, t } from './l10n';

/** An answer of a model, as far as it has come. */
export interface AnswerProgress {
  readonly state: 'waiting' | 'loading' | 'reading' | 'writing' | 'done' | 'failed' | 'stopped';
  /** Of the model's loading, 0 to 1. */
  readonly fraction: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

const speed = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** What is going on, in words; of one that is written, how fast; of one that failed, nothing: its problem says it. */
export function describeAnswer({ state, fraction, tokens, tokensPerSecond }: AnswerProgress): string {
  switch (state) {
    case 'waiting':
      return t('waiting');
    case 'loading':
      return fraction > 0 && fraction < 1
        ? t('loading the model, {0} %', Math.round(fraction * 100))
        : t('loading the model');
    case 'reading':
      return t('reading the question');
    case 'writing':
    case 'done':
      return tokensPerSecond > 0 ? t('{0} tokens · {1} tokens/s', tokens, speed.format(tokensPerSecond)) : '';
    case 'stopped':
      return t('stopped');
    case 'failed':
      return '';
  }
}
