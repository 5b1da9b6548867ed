import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import type { Format } from '../../src/protocol/format';
import type {
  Fact,
  SubmissionProblem,
  SubmissionState,
  SubmissionStep,
  SubmissionSummary,
} from '../../src/protocol/submission';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';

/** What would happen: where to, with what, and every file that leaves. */
export function summaryView(
  summary: SubmissionSummary,
  format: Format,
  openDataset: () => void,
): TemplateResult {
  const { dataset, base, cluster, settings } = summary;
  return html`
    ${destination(summary, format)}
    <div class="cards">
      <section class="card">
        <h2>${t('Dataset')}</h2>
        <div class="numbers">
          <span><b>${format.integer(dataset.train)}</b>${t('train')}</span>
          <span><b>${format.integer(dataset.eval)}</b>${t('evaluate')}</span>
          <span class="out"><b>${format.integer(dataset.leftOut)}</b>${t('left out')}</span>
        </div>
        <button class="link" @click=${openDataset}>${dataset.file}</button>
        <p class="muted">${dataset.leftOutReason}</p>
      </section>
      <section class="card">
        <h2>${t('Base model')}</h2>
        ${factList(base)}
      </section>
      <section class="card">
        <h2>${t('Where it runs')}</h2>
        ${factList([{ label: t('Cluster'), value: cluster.local ? cluster.where : cluster.name }, ...cluster.facts])}
      </section>
      <section class="card">
        <h2>${t('Tuning')}</h2>
        ${factList(settings)}
      </section>
    </div>
    ${files(summary, format)}
  `;
}

function destination({ cluster, bytesLeaving }: SubmissionSummary, format: Format): TemplateResult {
  return cluster.local
    ? html`<section class="banner good">
        ${icon('check')}
        <p>
          <strong>${t('Nothing leaves this machine')}</strong>
          ${t('The training runs here, with the files listed below.')}
        </p>
      </section>`
    : html`<section class="banner leaves">
        ${icon('up')}
        <p>
          <strong>${t('{0} leave this machine, for {1}', format.bytes(bytesLeaving), cluster.where)}</strong>
          ${t('Only the files listed below. What the cluster has already is not sent again.')}
        </p>
      </section>`;
}

function files({ files: all, cluster, bytesLeaving }: SubmissionSummary, format: Format): TemplateResult {
  const leaving = all.filter(({ leaves }) => leaves);
  const staying = all.filter(({ leaves }) => !leaves);
  return html`
    ${
      leaving.length === 0
        ? nothing
        : html`<section>
            <h2>${t('Files that leave this machine')}</h2>
            ${fileTable(leaving, format, bytesLeaving)}
          </section>`
    }
    ${
      staying.length === 0
        ? nothing
        : html`<section>
            <h2>${cluster.local ? t('Files that the training reads, here') : t('Files that stay here')}</h2>
            ${fileTable(staying, format, undefined)}
          </section>`
    }
  `;
}

function fileTable(
  list: SubmissionSummary['files'],
  format: Format,
  total: number | undefined,
): TemplateResult {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${t('What it is')}</th>
        <th scope="col">${t('File')}</th>
        <th scope="col" class="size">${t('Size')}</th>
      </tr>
    </thead>
    <tbody>
      ${list.map(
        ({ label, path, bytes }) =>
          html`<tr>
            <td>${label}</td>
            <td><code>${path}</code></td>
            <td class="size">${format.bytes(bytes)}</td>
          </tr>`,
      )}
    </tbody>
    ${
      total === undefined
        ? nothing
        : html`<tfoot>
            <tr>
              <td colspan="2">${t('Altogether, at most')}</td>
              <td class="size">${format.bytes(total)}</td>
            </tr>
          </tfoot>`
    }
  </table>`;
}

function factList(list: readonly Fact[]): TemplateResult {
  return html`<dl>
    ${list.map(
      ({ label, value }) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

export function problemList(
  problems: readonly SubmissionProblem[],
  open: (index: number) => void,
): TemplateResult {
  return html`<ul class="problems">
    ${problems.map(
      ({ message, severity, file, line, index }) =>
        html`<li class=${severity}>
          ${icon(severity)}
          <span>
            <span class="visually-hidden">${severity === 'error' ? t('Error') : t('Warning')}</span>
            ${message}
            <button class="link" @click=${() => open(index)}>
              ${line > 0 ? t('{0}, line {1}', file, line) : file}
            </button>
          </span>
        </li>`,
    )}
  </ul>`;
}

/** How far the submission is. */
export function stepList({ steps }: SubmissionState): TemplateResult {
  return html`<section class="card">
    <h2>${t('Submission')}</h2>
    <ol class="steps" aria-live="polite">
      ${steps.map(
        (step) =>
          html`<li class=${step.state} aria-current=${step.state === 'active' ? 'step' : 'false'}>
            ${mark(step.state)}<span>${stepTitle(step.name)}</span>
            ${step.detail === '' || step.state === 'done' ? nothing : html`<span class="detail muted">${step.detail}</span>`}
            ${
              step.fraction === null
                ? nothing
                : html`<progress
                    max="1"
                    .value=${step.fraction}
                    aria-label=${stepTitle(step.name)}
                  ></progress>`
            }
          </li>`,
      )}
    </ol>
  </section>`;
}

function mark(state: SubmissionStep['state']): TemplateResult {
  switch (state) {
    case 'waiting':
      return html`<span class="dot"></span>`;
    case 'active':
      return html`<vscode-progress-ring></vscode-progress-ring>`;
    case 'done':
      return icon('check');
    case 'failed':
      return icon('error');
  }
}

function stepTitle(name: SubmissionStep['name']): string {
  switch (name) {
    case 'connect':
      return t('Connect');
    case 'upload':
      return t('Send the files');
    case 'environment':
      return t('Prepare Python');
    case 'submit':
      return t('Submit to the queue');
  }
}
