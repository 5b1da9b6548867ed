import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { makeFormat } from '../../src/protocol/format';
import { promptHostApi, promptViewApi } from '../../src/protocol/promptView';
import type { PromptState } from '../../src/protocol/promptView';
import '../shared/base.css';
import { hostTransport, saveState, savedState } from '../shared/host';
import { icon } from '../shared/icons';
import { language, t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import { tokenTable, tokenText } from './tokens';
import './promptView.css';

registerToolkit();
const format = makeFormat(language);
const channel = new Channel(promptViewApi, promptHostApi, {}, hostTransport);

const page = document.createElement('main');
page.id = 'page';
document.body.append(page);

let state: PromptState | undefined;
let failure = '';
let answer = 0;
let asTable = savedState() === 'table';

function ask(request: Promise<unknown>): void {
  request.catch((error: unknown) => {
    if (isCancelled(error)) return;
    failure = messageOf(error);
    show();
  });
}

function head({ record, phase, model }: PromptState): TemplateResult {
  return html`<header>
    <div>
      <h1>${record === '' ? t('What the model receives') : t('What the model receives: {0}', record)}</h1>
      ${model === '' ? nothing : html`<p class="muted">${model}</p>`}
    </div>
    <vscode-button
      appearance="secondary"
      ?disabled=${phase === 'loading'}
      @click=${() => ask(channel.request('prompt/again', {}))}
      >${t('Compare Again')}</vscode-button
    >
  </header>`;
}

/** Whether the two sides agree: the answer that most people came for. */
function verdict(now: PromptState): TemplateResult {
  const { problems, training } = now;
  if (problems.length > 0) {
    return html`<section class="banner bad" role="alert">
      ${icon('error')}
      <div>
        <strong>${t('The preview asks otherwise than training teaches')}</strong>
        <p>
          ${t('A model that is asked in another way than it was trained answers badly, or talks gibberish. A job with this model is not submitted until this is settled.')}
        </p>
        <ul>
          ${problems.map((problem) => html`<li>${problem}</li>`)}
        </ul>
        <p>
          <button class="link" @click=${() => ask(channel.request('prompt/openProject', {}))}>
            ${t('Open afina.yaml')}
          </button>
        </p>
      </div>
    </section>`;
  }
  if (training.kind === 'expected') {
    return html`<section class="banner leaves" role="status">
      ${icon('info')}
      <div>
        <strong>${t('The model’s own template shows no difference')}</strong>
        <p>
          ${t('Training’s side is what Afina expects of it, computed with the template and the tokenizer of this model. The trainer itself could not be asked: {0}', training.note ?? '')}
        </p>
        ${
          training.canPrepare
            ? html`<p>
                <vscode-button
                  appearance="secondary"
                  class="prepare"
                  @click=${() => ask(channel.request('prompt/prepare', {}))}
                  >${t('Prepare the Environment…')}</vscode-button
                >
              </p>`
            : nothing
        }
      </div>
    </section>`;
  }
  return html`<section class="banner good" role="status">
    ${icon('check')}
    <div>
      <strong>${t('The preview asks exactly as training teaches')}</strong>
      <p>
        ${
          training.kind === 'run'
            ? t('Training’s side is what {0} wrote down of this record.', training.by)
            : t('Training’s side was computed by {0}.', training.by)
        }
      </p>
    </div>
  </section>`;
}

function choices(now: PromptState): TemplateResult {
  const shown = now.answers[answer];
  return html`<div class="choices">
    ${
      now.answers.length > 1
        ? html`<label
            >${t('Answer')}
            <select
              @change=${(event: Event) => {
                answer = Number((event.target as HTMLSelectElement).value);
                show();
              }}
            >
              ${now.answers.map(
                (_each, index) =>
                  html`<option value=${index} ?selected=${index === answer}>
                    ${t('{0} of {1}', index + 1, now.answers.length)}
                  </option>`,
              )}
            </select></label
          >`
        : nothing
    }
    <div class="toggle" role="group" aria-label=${t('Show as')}>
      ${[false, true].map(
        (table) =>
          html`<button
            aria-pressed=${asTable === table ? 'true' : 'false'}
            @click=${() => {
              asTable = table;
              saveState(table ? 'table' : 'text');
              show();
            }}
          >
            ${table ? t('Table') : t('Text')}
          </button>`,
      )}
    </div>
    <span class="muted counts"
      >${t('{0} tokens are sent', format.integer(shown?.sent ?? 0))} ·
      ${t('{0} are learnt', format.integer(shown?.learnt ?? 0))}</span
    >
  </div>`;
}

function legend(): TemplateResult {
  return html`<ul class="legend" aria-label=${t('Legend')}>
    <li><span class="chip">abc</span> ${t('sent to the model')}</li>
    <li><span class="chip loss">abc</span> ${t('learnt in training')}</li>
    <li><span class="chip special">&lt;abc&gt;</span> ${t('control token')}</li>
    <li>
      <span class="pair"><span class="chip ours">abc</span><span class="chip theirs">abd</span></span>
      ${t('different: preview above, training below')}
    </li>
  </ul>`;
}

function body(now: PromptState): TemplateResult {
  const shown = now.answers[Math.min(answer, now.answers.length - 1)];
  return html`
    ${verdict(now)}
    ${
      now.untrained === null
        ? nothing
        : html`<p class="note">${icon('warning')} <span>${now.untrained}</span></p>`
    }
    ${
      shown === undefined
        ? nothing
        : html`${choices(now)} ${asTable ? nothing : legend()}
          ${asTable ? tokenTable(shown.rows) : tokenText(shown.rows)}`
    }
  `;
}

function show(): void {
  const now = state;
  if (now === undefined) return;
  render(
    html`${head(now)}
    ${failure === '' ? nothing : html`<p class="note bad" role="alert">${icon('error')} <span>${failure}</span></p>`}
    ${
      now.phase === 'loading'
        ? html`<p class="loading" role="status">
            <vscode-progress-ring></vscode-progress-ring> ${t('Asking the preview and the trainer…')}
          </p>`
        : now.phase === 'failed'
          ? html`<section class="banner bad" role="alert">
              ${icon('error')}
              <div>
                <strong>${t('The prompt cannot be shown')}</strong>
                <p>${now.error ?? ''}</p>
              </div>
            </section>`
          : body(now)
    }`,
    page,
  );
}

channel.on('prompt/state', (next) => {
  if (next.record !== state?.record) answer = Math.max(0, next.answers.length - 1);
  // A state that is still loading has no answers: the last one is chosen when they come.
  if (state?.phase === 'loading' && next.phase === 'ready') answer = Math.max(0, next.answers.length - 1);
  state = next;
  failure = '';
  show();
});
channel.request('prompt/load', {}).then(
  (first) => {
    state ??= first;
    answer = Math.max(0, state.answers.length - 1);
    show();
  },
  (error: unknown) => console.error(error),
);
