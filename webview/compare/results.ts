import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { CompareResultsView, ComparisonResults, Tally } from '../../src/protocol/compareView';
import type { Format } from '../../src/protocol/format';
import { t } from '../shared/l10n';

/** Who answered, and what the verdicts have come to. */
export function resultsView({ a, b, results }: CompareResultsView, format: Format): TemplateResult {
  const { judges, together, agreement, reasons, same } = results;
  const several = judges.length > 1;
  return html`<section class="results" aria-label=${t('Results')}>
    <h2>${t('Results')}</h2>
    ${headline(together, b, a, format)}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('Judge')}</th>
            <th scope="col" class="number">${a}</th>
            <th scope="col" class="number">${b}</th>
            <th scope="col" class="number">${t('Tie')}</th>
            <th scope="col" class="number">${t('Both bad')}</th>
            <th scope="col">${t('{0} preferred', b)}</th>
            <th scope="col">${t('Sign test')}</th>
          </tr>
        </thead>
        <tbody>
          ${judges.map(({ judge, tally, sawResults }) =>
            row(
              html`${judge}${
                sawResults === 0
                  ? nothing
                  : html`<br /><span class="muted"
                        >${t('{0} verdicts after seeing results', format.integer(sawResults))}</span
                      >`
              }`,
              tally,
              format,
            ),
          )}
          ${several ? row(html`<b>${t('Together, each record once')}</b>`, together, format) : nothing}
        </tbody>
      </table>
    </div>
    <p class="muted">
      ${t('Ties and records on which both are bad are left out of the share and of the sign test. Shares are given with their 95 % interval (Wilson); p is that of the exact two-sided sign test: how probable so uneven a result is by chance alone.')}
      ${several ? t('Together, a record counts for what more of its judges preferred.') : nothing}
    </p>
    ${
      same === 0
        ? nothing
        : html`<p class="muted">
            ${t('Records on which both gave the same answer, which nobody judges: {0}.', format.integer(same))}
          </p>`
    }
    ${agreement === null ? nothing : agreementPart(agreement, format)}
    ${reasons.length === 0 ? nothing : reasonsPart(a, b, reasons, format)}
  </section>`;
}

function headline({ winRate, signTest }: Tally, b: string, a: string, format: Format): TemplateResult {
  if (winRate === null) return html`<p class="headline">${t('Nobody has preferred one of them yet.')}</p>`;
  const clear = signTest !== null && signTest < 0.05;
  const leads = winRate.value > 0.5 ? b : a;
  return html`<p class="headline">
      ${
        winRate.value === 0.5
          ? t('Both were preferred equally often.')
          : clear
            ? t('{0} was preferred more often, and hardly by chance.', leads)
            : t('{0} was preferred more often, but that may be chance.', leads)
      }
    </p>
    <svg
      class="bar"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      role="img"
      aria-label=${`${b}: ${shareText({ winRate }, format)}`}
    >
      <rect class="all" x="0" y="4" width="100" height="2" />
      <rect
        class="interval"
        x=${100 * winRate.low}
        y="2"
        width=${100 * (winRate.high - winRate.low)}
        height="6"
      />
      <line class="half" x1="50" x2="50" y1="0" y2="10" />
      <line class="share" x1=${100 * winRate.value} x2=${100 * winRate.value} y1="0" y2="10" />
    </svg>
    <div class="ends muted"><span>${a}</span><span>${b}</span></div>`;
}

function row(judge: TemplateResult, tally: Tally, format: Format): TemplateResult {
  return html`<tr>
    <th scope="row">${judge}</th>
    <td class="number">${format.integer(tally.a)}</td>
    <td class="number">${format.integer(tally.b)}</td>
    <td class="number">${format.integer(tally.ties)}</td>
    <td class="number">${format.integer(tally.bad)}</td>
    <td>${shareText(tally, format)}</td>
    <td>${tally.signTest === null ? '–' : pText(tally.signTest, format)}</td>
  </tr>`;
}

function shareText({ winRate }: Pick<Tally, 'winRate'>, format: Format): string {
  if (winRate === null) return '–';
  const { value, low, high } = winRate;
  return t('{0} ({1} to {2})', format.percent(value), format.percent(low), format.percent(high));
}

function pText(p: number, format: Format): string {
  return p < 0.001 ? `p < ${format.decimal(0.001, 3)}` : `p = ${format.decimal(p, 3)}`;
}

function agreementPart(
  agreement: NonNullable<ComparisonResults['agreement']>,
  format: Format,
): TemplateResult {
  const { records, percent, alpha, pairs } = agreement;
  const number = (value: number | null): string => (value === null ? '–' : format.decimal(value, 2));
  return html`<h3>${t('Agreement between judges')}</h3>
    <p>
      ${t('On {0} records judged by several: {1} equal verdicts, Krippendorff’s α {2}.', format.integer(records), percent === null ? '–' : format.percent(percent), number(alpha))}
    </p>
    <ul>
      ${pairs.map(
        ({ people, records: shared, equal, kappa }) =>
          html`<li>
            ${t('{0} and {1}, {2} records: {3} equal, Cohen’s κ {4}', people[0], people[1], format.integer(shared), format.percent(equal), number(kappa))}
          </li>`,
      )}
    </ul>`;
}

function reasonsPart(
  a: string,
  b: string,
  reasons: ComparisonResults['reasons'],
  format: Format,
): TemplateResult {
  return html`<h3>${t('Reasons given')}</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">${t('Reason')}</th>
            <th scope="col" class="number">${a}</th>
            <th scope="col" class="number">${b}</th>
            <th scope="col" class="number">${t('Tie or both bad')}</th>
          </tr>
        </thead>
        <tbody>
          ${reasons.map(
            ({ reason, a: first, b: second, other }) =>
              html`<tr>
                <th scope="row">${reason}</th>
                <td class="number">${format.integer(first)}</td>
                <td class="number">${format.integer(second)}</td>
                <td class="number">${format.integer(other)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
