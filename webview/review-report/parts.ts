import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Format } from '../../src/protocol/format';
import type { Disagreement, Estimate, ReviewReport, StatusCounts } from '../../src/protocol/reviewReport';
import { t } from '../shared/l10n';

const STATUSES = ['approved', 'review', 'draft', 'rejected'] as const;

type Part = TemplateResult | typeof nothing;

function label(status: string): string {
  switch (status) {
    case 'approved':
      return t('Approved');
    case 'rejected':
      return t('Rejected');
    case 'repair':
      return t('For repair');
    case 'review':
      return t('In review');
    default:
      return t('Draft');
  }
}

function sum(counts: StatusCounts): number {
  return STATUSES.reduce((total, status) => total + counts[status], 0);
}

/** A bar of the shares; what it shows stands in numbers beside it. */
function bar(counts: StatusCounts): TemplateResult {
  return html`<div class="bar" aria-hidden="true">
    ${STATUSES.map((status) =>
      counts[status] === 0
        ? nothing
        : html`<span
            class="share ${status}"
            data-share=${counts[status]}
            title="${label(status)}: ${counts[status]}"
          ></span>`,
    )}
  </div>`;
}

export function progressPart(
  report: ReviewReport,
  titleOf: (topic: string) => string,
  format: Format,
): TemplateResult {
  const { counts, records } = report;
  const all = sum(counts);
  const share = (count: number): string => (all === 0 ? '' : format.percent(count / all));
  return html`
    <dl class="tiles">
      <div>
        <dt>${t('Records')}</dt>
        <dd>${format.integer(records)}</dd>
      </div>
      ${STATUSES.map(
        (status) =>
          html`<div>
            <dt><span class="status ${status}">${label(status)}</span></dt>
            <dd>${format.integer(counts[status])} <small class="muted">${share(counts[status])}</small></dd>
          </div>`,
      )}
    </dl>
    ${bar(counts)}
    ${
      report.approvedUnreviewed === 0
        ? nothing
        : html`<p class="muted">
            ${t('Approved without a verdict: {0}.', format.integer(report.approvedUnreviewed))}
          </p>`
    }
    ${
      report.unreadable === 0
        ? nothing
        : html`<p class="muted">${t('Lines that are no record: {0}.', format.integer(report.unreadable))}</p>`
    }
    <section>
      <h2>${t('By topic')}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">${t('Topic')}</th>
              <th scope="col" class="wide"><span class="visually-hidden">${t('Progress')}</span></th>
              ${STATUSES.map((status) => html`<th scope="col" class="number">${label(status)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${report.topics.map(
              ({ topic, counts: of }) =>
                html`<tr>
                  <th scope="row">
                    ${topic === '' ? html`<span class="muted">${t('(none)')}</span>` : titleOf(topic)}
                  </th>
                  <td class="wide">${bar(of)}</td>
                  ${STATUSES.map((status) => number(of[status], format))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>
  `;
}

function number(value: number, format: Format): TemplateResult {
  return html`<td class="number ${value === 0 ? 'muted' : ''}">${format.integer(value)}</td>`;
}

export function peoplePart({ people }: ReviewReport, format: Format): TemplateResult {
  const heads = [t('Approved'), t('Rejected'), t('For repair'), t('Blind verdicts'), t('Decisions')];
  return html`<section>
    <h2>${t('By person')}</h2>
    ${
      people.length === 0
        ? html`<p class="muted">${t('Nobody has given a verdict yet.')}</p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">${t('Person')}</th>
                  ${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}
                  <th scope="col">${t('Last verdict')}</th>
                </tr>
              </thead>
              <tbody>
                ${people.map(
                  ({ by, verdicts, blind, adjudications, last }) =>
                    html`<tr>
                      <th scope="row" title=${by}>${nameOf(by)}</th>
                      ${[verdicts.approved, verdicts.rejected, verdicts.repair, blind, adjudications].map((value) => number(value, format))}
                      <td>${Number.isNaN(Date.parse(last)) ? last : format.time(last)}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
}

export function agreementPart({ agreement }: ReviewReport, format: Format): TemplateResult {
  const { rounds, blind, percent, alpha, pairs } = agreement;
  if (rounds === 0) {
    return html`<section>
      <h2>${t('Agreement')}</h2>
      <p class="muted">${t('No record has verdicts of two people yet.')}</p>
    </section>`;
  }
  return html`<section>
    <h2>${t('Agreement')}</h2>
    <p class="muted">
      ${t('Records with two verdicts or more: {0}, {1} of them blind', format.integer(rounds), format.integer(blind))}
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('Measure')}</th>
            <th scope="col" class="number">${t('Records')}</th>
            <th scope="col" class="number">${t('Value')}</th>
            <th scope="col">${t('95 % interval')}</th>
            <th scope="col" class="wide">
              <span class="axis"><span>0</span><span>${format.decimal(0.667, 3)}</span><span>1</span></span>
            </th>
          </tr>
        </thead>
        <tbody>
          ${
            percent === null
              ? nothing
              : html`<tr>
                  <th scope="row">${t('Equal verdicts')}</th>
                  ${number(rounds, format)}
                  <td class="number">${format.percent(percent)}</td>
                  <td></td>
                  <td class="wide">${range({ value: percent, low: null, high: null })}</td>
                </tr>`
          }
          ${alpha === null ? nothing : measure(t('Krippendorff’s α'), alpha.items, alpha, format)}
          ${pairs.map(({ people, kappa }) =>
            measure(
              t('Cohen’s κ: {0} and {1}', nameOf(people[0]), nameOf(people[1])),
              kappa.items,
              kappa,
              format,
            ),
          )}
        </tbody>
      </table>
    </div>
    <p class="muted">
      ${t('0 is what chance gives and 1 is full agreement. Krippendorff asks for 0.800, and for 0.667 at least for tentative conclusions.')}
    </p>
  </section>`;
}

function measure(name: string, items: number, estimate: Estimate, format: Format): TemplateResult {
  const { value, low, high } = estimate;
  const interval =
    low === null || high === null ? '' : t('{0} to {1}', format.decimal(low, 3), format.decimal(high, 3));
  return html`<tr>
    <th scope="row">${name}</th>
    ${number(items, format)}
    <td class="number">${format.decimal(value, 3)}</td>
    <td>${interval}</td>
    <td class="wide">${range(estimate)}</td>
  </tr>`;
}

/** The interval as a line and the value as a point on it, from 0 to 1. */
function range({ value, low, high }: Estimate): TemplateResult {
  const place = (at: number): number => Math.min(100, Math.max(0, at * 100));
  const from = place(low ?? value);
  return html`<div class="range" aria-hidden="true">
    <span class="limit" data-left="66.7" data-width="0"></span>
    <span class="interval" data-left=${from} data-width=${place(high ?? value) - from}></span>
    <span class="point" data-left=${place(value)} data-width="0"></span>
  </div>`;
}

export function disagreementsPart(
  { disagreements }: ReviewReport,
  format: Format,
  open: (line: number, id: string) => void,
): Part {
  const { list } = disagreements;
  const all = disagreements.open + disagreements.decided;
  return html`<section>
    <h2>${t('Disagreements')}</h2>
    <p class="muted">
      ${
        all === 0
          ? t('No two verdicts on a record differ.')
          : t(
              '{0} open, {1} decided',
              format.integer(disagreements.open),
              format.integer(disagreements.decided),
            )
      }${list.length < all ? html` · ${t('the first {0} are listed', format.integer(list.length))}` : nothing}
    </p>
    <ul class="differences">
      ${list.map((each) => difference(each, open))}
    </ul>
  </section>`;
}

function difference(each: Disagreement, open: (line: number, id: string) => void): TemplateResult {
  const { line, id, title, verdicts, decided } = each;
  return html`<li>
    <button class="record" @click=${() => open(line, id)}>
      <code>${id === '' ? t('line {0}', line) : id}</code> <span>${title}</span>
    </button>
    <div class="sides">
      ${verdicts.map(
        ({ by, verdict, reason }) =>
          html`<p>
            <span class="status ${verdict === 'repair' ? 'draft' : verdict}">${label(verdict)}</span>
            <span class="muted">${nameOf(by)}</span>
            ${reason === '' ? nothing : html`<br /><span class="reason">${reason}</span>`}
          </p>`,
      )}
      ${
        decided === null
          ? nothing
          : html`<p class="decided">
              ${t('Decided by {0}: {1}', nameOf(decided.by), label(decided.verdict))}
            </p>`
      }
    </div>
  </li>`;
}

export function reasonsPart({ reasons }: ReviewReport, format: Format): Part {
  if (reasons.length === 0) return nothing;
  const most = Math.max(...reasons.map(({ count }) => count));
  return html`<section>
    <h2>${t('Reasons')}</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('Reason')}</th>
            <th scope="col" class="wide"><span class="visually-hidden">${t('Share')}</span></th>
            <th scope="col" class="number">${t('Times')}</th>
          </tr>
        </thead>
        <tbody>
          ${reasons.map(
            ({ reason, count }) =>
              html`<tr>
                <th scope="row">${reason}</th>
                <td class="wide">
                  <div class="bar plain" aria-hidden="true">
                    <span class="share reason-share" data-share=${count}></span
                    ><span data-share=${most - count}></span>
                  </div>
                </td>
                ${number(count, format)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function nameOf(by: string): string {
  const name = by.replace(/\s*<[^<>]*>\s*$/, '').trim();
  return name === '' ? by : name;
}
