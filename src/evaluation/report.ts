import { t } from '@vscode/l10n';
import type { Format } from '../protocol/format';
import { corpusChrf, chrfCounts } from './chrf';
import { METRIC, METRICS, valueOf } from './metrics';
import type { MetricName } from './metrics';
import type { EvaluationSpec } from './spec';
import type { AnswererSummary, ScoredRecord } from './summary';

export interface Report {
  readonly spec: EvaluationSpec;
  readonly rows: readonly AnswererSummary[];
  readonly records: readonly ScoredRecord[];
}

export function metricTitle(name: MetricName): string {
  switch (name) {
    case 'chrf':
      return 'chrF++';
    case 'rougeL':
      return 'ROUGE-L';
    case 'rougeLWords':
      return t('ROUGE-L of words');
    case 'perplexity':
      return t('Perplexity');
    case 'variety':
      return t('Variety');
    case 'citations':
      return t('Citations in sources');
    case 'words':
      return t('Words');
    case 'tokens':
      return t('Tokens');
  }
}

/** What a metric says, for those who meet it for the first time. */
export function metricHelp(name: MetricName): string {
  switch (name) {
    case 'chrf':
      return t('Pieces of words that the answer and the reference share, 0 to 100, as sacrebleu counts.');
    case 'rougeL':
      return t(
        'Words in the same order in both, 0 to 1, as rouge-score counts: it cuts words at accented letters.',
      );
    case 'rougeLWords':
      return t('The same of whole words, accents and all.');
    case 'perplexity':
      return t('How surprised the model is by the reference answer: lower is better.');
    case 'variety':
      return t('From −1, the other variety of Portuguese, to 1, the project’s own.');
    case 'citations':
      return t('Share of the laws and decisions cited that the sources or the question name.');
    case 'words':
      return t('Words of the answer; neither more nor less is better.');
    case 'tokens':
      return t('Tokens of the answer; neither more nor less is better.');
  }
}

/** A Markdown document: what was evaluated, and a table. */
export function reportMarkdown({ spec, rows, records }: Report, format: Format): string {
  const head = [t('Answers by'), t('Records'), ...METRICS.map(metricTitle)];
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const number = (value: number, name: MetricName): string => format.decimal(value, METRIC[name].digits);
  const { seed, temperature, maxTokens } = spec.sampling;
  return [
    `# ${t('Evaluation of {0}', cell(spec.dataset))}`,
    '',
    `- ${t('Records')}: ${format.integer(records.length)}${spec.job === null ? '' : ` (${t('evaluation split of {0}', cell(spec.job))})`}`,
    `- ${t('Made')}: ${format.time(spec.createdAt)}`,
    `- ${t('Seed {0}, temperature {1}, at most {2} tokens', seed, format.decimal(temperature, 1), maxTokens)}`,
    `- ${t('Dataset')}: sha256 \`${spec.datasetSha256}\``,
    '',
    line(head),
    `| --- | ${head
      .slice(1)
      .map(() => '---:')
      .join(' | ')} |`,
    ...rows.map(({ answerer, answered, metrics }) =>
      line([
        answerer.title,
        format.integer(answered),
        ...METRICS.map((name) => {
          const { value, interval, best } = metrics[name];
          if (value === null) return '–';
          const range =
            interval === null ? '' : ` [${number(interval.low, name)}; ${number(interval.high, name)}]`;
          return `${best ? '**' : ''}${number(value, name)}${best ? '**' : ''}${range}`;
        }),
      ]),
    ),
    '',
    t('In brackets the 95 % interval (bootstrap over records). In bold the best of a column.'),
    '',
    ...differences(rows, number, line),
    ...rows.map(
      ({ answerer: { title, modelStamp, adapterSha256 } }) =>
        `- ${cell(title)}: \`${modelStamp}\`${adapterSha256 === null ? '' : `, ${t('adapter')} sha256 \`${adapterSha256}\``}`,
    ),
    '',
  ].join('\n');
}

function differences(
  rows: readonly AnswererSummary[],
  number: (value: number, name: MetricName) => string,
  line: (cells: readonly string[]) => string,
): string[] {
  const compared = rows.filter(({ metrics }) => METRICS.some((name) => metrics[name].difference !== null));
  if (compared.length === 0) return [];
  return [
    `## ${t('Difference to the base')}`,
    '',
    line(['', ...METRICS.map(metricTitle)]),
    `| --- | ${METRICS.map(() => '---:').join(' | ')} |`,
    ...compared.map(({ answerer, metrics }) =>
      line([
        answerer.title,
        ...METRICS.map((name) => {
          const difference = metrics[name].difference;
          if (typeof difference?.value !== 'number') return '–';
          const { value, interval, clear } = difference;
          const sign = value > 0 ? '+' : '';
          const range =
            interval === null ? '' : ` [${number(interval.low, name)}; ${number(interval.high, name)}]`;
          return `${sign}${number(value, name)}${range}${clear ? ' *' : ''}`;
        }),
      ]),
    ),
    '',
    t('Over the records that both answered. A star: the interval does not hold 0.'),
    '',
  ];
}

/** Nothing of a title or a name ends the cell it stands in. */
function cell(text: string): string {
  return text.replace(/\r?\n/g, ' ').replaceAll('|', '\\|');
}

/** One line for each answer, for a spreadsheet: the names of the columns are the same in every language. */
export function reportCsv({ spec, records }: Report): string {
  const head = ['id', 'line', 'answerer', 'model', 'run', ...METRICS, 'stop', 'error', 'answer', 'reference'];
  const lines = records.flatMap(({ item, answers }) =>
    answers.flatMap((each, at) => {
      const who = spec.answerers[at];
      if (each === null || who === undefined) return [];
      const { result, scores } = each;
      return [
        [
          item.id,
          item.line,
          who.title,
          who.model,
          who.run ?? '',
          ...METRICS.map((name) => (scores === null ? '' : (valueOf(name, scores) ?? ''))),
          result.stop,
          result.error ?? '',
          result.answer,
          item.reference ?? '',
        ],
      ];
    }),
  );
  return [head, ...lines].map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula gets an apostrophe, so that opening an export runs nothing. */
function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Everything, for other programs. */
export function reportJson({ spec, rows, records }: Report): string {
  const pairs = spec.answerers.map((_, at) =>
    records.flatMap(({ item, answers }) => {
      const each = answers[at];
      return item.reference === null || each === null || each === undefined || each.scores === null
        ? []
        : [chrfCounts(each.result.answer, item.reference)];
    }),
  );
  const document = {
    evaluation: spec,
    answerers: rows.map(({ answerer, answered, failed, metrics }, at) => ({
      key: answerer.key,
      title: answerer.title,
      answered,
      failed,
      // Of all answers together, as papers give it; "chrf" of the metrics is the mean of the records.
      corpusChrf: corpusChrf(pairs[at] ?? []),
      metrics,
    })),
    records: records.map(({ item, answers }) => ({
      ...item,
      answers: answers.map((each, at) => ({
        answerer: spec.answerers[at]?.key,
        answer: each?.result.answer ?? null,
        error: each?.result.error ?? null,
        stop: each?.result.stop ?? null,
        scores: each?.scores ?? null,
      })),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
