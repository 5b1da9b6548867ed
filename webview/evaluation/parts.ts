import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type {
  AnswererView,
  EstimateView,
  EvaluationView,
  MetricView,
  RecordRow,
  RecordView,
  Sorting,
} from '../../src/protocol/evaluation';
import type { Format } from '../../src/protocol/format';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';

type Part = TemplateResult | typeof nothing;

/** By which metric the answerers are sorted; the index of the metric. */
export interface AnswererSort {
  readonly metric: number;
  readonly descending: boolean;
}

/** A second press of the same column turns it round. */
export function sorted(before: AnswererSort | undefined, metric: number): AnswererSort {
  return { metric, descending: before?.metric === metric ? !before.descending : true };
}

function sortHeading(
  label: string,
  help: string,
  direction: 'ascending' | 'descending' | 'none',
  sort: () => void,
): TemplateResult {
  return html`<th scope="col" class="number" aria-sort=${direction}>
    <button class="sort" title=${help} @click=${sort}>
      <span class="arrow" aria-hidden="true"
        >${direction === 'none' ? nothing : icon(direction === 'descending' ? 'down' : 'up')}</span
      >
      ${label}
    </button>
  </th>`;
}

function direction(active: boolean, descending: boolean): 'ascending' | 'descending' | 'none' {
  return active ? (descending ? 'descending' : 'ascending') : 'none';
}

/** A row for each answerer. */
export function answerersPart(
  { answerers, metrics, records }: EvaluationView,
  format: Format,
  sort: AnswererSort | undefined,
  sortBy: (metric: number) => void,
): TemplateResult {
  const rows =
    sort === undefined
      ? answerers
      : [...answerers].sort((a, b) => {
          const [first, second] = [a, b].map(({ estimates }) => estimates[sort.metric]?.value ?? null);
          if (typeof first !== 'number' || typeof second !== 'number')
            return Number(typeof first !== 'number') - Number(typeof second !== 'number');
          return sort.descending ? second - first : first - second;
        });
  const compared = answerers.some(({ estimates }) => estimates.some(({ difference }) => difference !== null));
  return html`<section>
    <h2>${t('Scores')}</h2>
    <div class="scroll">
      <table class="answerers">
        <thead>
          <tr>
            <th scope="col">${t('Answers by')}</th>
            <th scope="col" class="number">${t('Records')}</th>
            ${metrics.map(({ title, help }, at) =>
              sortHeading(title, help, direction(sort?.metric === at, sort?.descending === true), () =>
                sortBy(at),
              ),
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => answererRow(row, metrics, records, format))}
        </tbody>
      </table>
    </div>
    <p class="muted legend">
      <span
        ><span class="best-mark" aria-hidden="true">★</span> ${t('best of the column')} ·
        ${t('in brackets the 95 % interval (bootstrap over records)')}${
          compared
            ? html` · ${t('± to the base, over the records of both; bold when its interval does not hold 0')}`
            : nothing
        }</span
      >
    </p>
  </section>`;
}

function answererRow(
  { title, answered, failed, estimates }: AnswererView,
  metrics: readonly MetricView[],
  records: number,
  format: Format,
): TemplateResult {
  return html`<tr>
    <th scope="row">${title}</th>
    <td class="number">
      ${format.integer(answered)}${answered < records ? html`<span class="muted">/${format.integer(records)}</span>` : nothing}
      ${
        failed === 0
          ? nothing
          : html`<span class="below bad">${t('{0} failed', format.integer(failed))}</span>`
      }
    </td>
    ${metrics.map(({ digits }, at) => estimateCell(estimates[at], digits, format))}
  </tr>`;
}

function estimateCell(estimate: EstimateView | undefined, digits: number, format: Format): TemplateResult {
  if (typeof estimate?.value !== 'number') return html`<td class="number muted">–</td>`;
  const { value, interval, best, difference } = estimate;
  const number = (each: number): string => format.decimal(each, digits);
  return html`<td class="number ${best ? 'best' : ''}">
    ${best ? html`<span class="best-mark" aria-hidden="true">★</span><span class="visually-hidden">${t('best')}</span>` : nothing}
    ${number(value)}
    ${
      interval === null
        ? nothing
        : html`<span class="below muted">[${number(interval.low)}; ${number(interval.high)}]</span>`
    }
    ${
      difference === null
        ? nothing
        : html`<span class="below ${difference.clear ? 'clear' : 'muted'}"
            >${difference.value > 0 ? '+' : ''}${number(difference.value)}</span
          >`
    }
  </td>`;
}

export interface RecordsState {
  readonly view: EvaluationView;
  readonly records: { readonly total: number; readonly rows: readonly RecordRow[] };
  readonly sorting: Sorting;
  readonly open: { readonly at: number; readonly record: RecordView } | undefined;
  readonly format: Format;
}

export interface RecordActions {
  readonly sort: (sorting: Sorting) => void;
  readonly toggle: (at: number) => void;
  readonly openRecord: (at: number) => void;
  readonly more: () => void;
}

/** The records with one metric of each answerer, sorted by any; one of them open. */
export function recordsPart(state: RecordsState, actions: RecordActions): Part {
  const { view, records, sorting, format } = state;
  if (view.answerers.length === 0) return nothing;
  const { rows, total } = records;
  const pick = (event: Event): void => {
    const metric = (event.target as HTMLSelectElement).value;
    actions.sort({ ...sorting, metric });
  };
  const by = (answerer: number): void =>
    actions.sort({
      ...sorting,
      answerer,
      descending: sorting.answerer === answerer ? !sorting.descending : answerer >= 0,
    });
  return html`<section>
    <div class="bar">
      <h2>${t('Records')}</h2>
      <label
        >${t('Metric')}
        <select @change=${pick}>
          ${view.metrics.map(
            ({ name, title }) =>
              html`<option value=${name} ?selected=${name === sorting.metric}>${title}</option>`,
          )}
        </select></label
      >
    </div>
    <div class="scroll">
      <table class="records">
        <thead>
          <tr>
            <th scope="col" aria-sort=${direction(sorting.answerer === -1, sorting.descending)}>
              <button class="sort" @click=${() => by(-1)}>
                ${t('Record')}
                <span class="arrow" aria-hidden="true"
                  >${sorting.answerer === -1 ? icon(sorting.descending ? 'down' : 'up') : nothing}</span
                >
              </button>
            </th>
            ${view.answerers.map(({ title }, at) =>
              sortHeading(title, title, direction(sorting.answerer === at, sorting.descending), () => by(at)),
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => recordRow(row, state, actions))}
        </tbody>
      </table>
    </div>
    ${
      rows.length < total
        ? html`<p>
            <button class="link" @click=${actions.more}>
              ${t('Show more ({0} of {1})', format.integer(rows.length), format.integer(total))}
            </button>
          </p>`
        : nothing
    }
  </section>`;
}

function recordRow(row: RecordRow, state: RecordsState, actions: RecordActions): TemplateResult {
  const { view, sorting, open, format } = state;
  const { at, id, line, title, values } = row;
  const digits = view.metrics.find(({ name }) => name === sorting.metric)?.digits ?? 2;
  const isOpen = open?.at === at;
  return html`<tr>
      <th scope="row">
        <button class="record" aria-expanded=${isOpen} @click=${() => actions.toggle(at)}>
          <span class="twist ${isOpen ? 'open' : ''}" aria-hidden="true">${icon('play')}</span>
          <code>${id === '' ? t('line {0}', line) : id}</code> <span class="title">${title}</span>
        </button>
      </th>
      ${values.map(
        (value) =>
          html`<td class="number ${value === null ? 'muted' : ''}">
            ${value === null ? '–' : format.decimal(value, digits)}
          </td>`,
      )}
    </tr>
    ${
      isOpen
        ? html`<tr class="detail">
            <td colspan=${values.length + 1}>${recordDetail(at, open.record, view, format, actions)}</td>
          </tr>`
        : nothing
    }`;
}

function recordDetail(
  at: number,
  { question, reference, answers }: RecordView,
  { metrics }: EvaluationView,
  format: Format,
  actions: RecordActions,
): TemplateResult {
  return html`<div class="drill">
    <p class="question">${question}</p>
    <div class="sides">
      <article>
        <h3>${t('Reference')}</h3>
        <p class="text">
          ${reference ?? html`<span class="muted">${t('This record has no answer of its own.')}</span>`}
        </p>
      </article>
      ${answers.map(
        ({ title, text, error, cut, values }) =>
          html`<article>
            <h3>${title}</h3>
            ${
              error !== null
                ? html`<p class="note bad">${icon('error')} <span>${error}</span></p>`
                : text === null
                  ? html`<p class="muted">${t('Not answered yet.')}</p>`
                  : html`<p class="text">
                      ${text === '' ? html`<span class="muted">${t('(an empty answer)')}</span>` : text}${
                        cut
                          ? html`<span class="muted" title=${t('Cut at the longest answer allowed')}>
                              …</span
                            >`
                          : nothing
                      }
                    </p>`
            }
            <dl>
              ${metrics.map(({ title: name, help, digits }, index) => {
                const value = values[index] ?? null;
                return value === null
                  ? nothing
                  : html`<div title=${help}>
                      <dt>${name}</dt>
                      <dd>${format.decimal(value, digits)}</dd>
                    </div>`;
              })}
            </dl>
          </article>`,
      )}
    </div>
    <p>
      <button class="link" @click=${() => actions.openRecord(at)}>${t('Open Record in the Editor')}</button>
    </p>
  </div>`;
}
