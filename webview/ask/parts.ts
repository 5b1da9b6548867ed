import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { AskAnswerer, AskState } from '../../src/protocol/ask';
import { describeAnswer } from '../shared/answerState';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { same } from './conversation';
import type { Conversation } from './conversation';
import { withKeys } from './hints';
import { isRunning, isSaid } from './talk';
import type { Answer, Exchange } from './talk';

type Part = TemplateResult | typeof nothing;

/** Who answers in each column. */
export function columnHeads(talk: Conversation, state: AskState): TemplateResult {
  return html`<div class="columns heads">
    ${([0, 1] as const).map((column) => {
      const who = talk.columns[column];
      const found = state.answerers.find((each) => same(each, who));
      return html`<div class="head">
        <label>
          <span class="label">${column === 0 ? t('Answers on the left') : t('Answers on the right')}</span>
          <select @change=${(event: Event) => talk.setColumn(column, chosen(event, state))}>
            ${
              column === 0
                ? nothing
                : html`<option value="" .selected=${live(who === null)}>${t('Nobody')}</option>`
            }
            ${state.answerers.map(
              (each, at) =>
                html`<option value=${at} .selected=${live(same(each, who))}>
                  ${each.run === null ? t('Base: {0}', each.title) : t('Tuned: {0}', each.title)}
                </option>`,
            )}
          </select>
        </label>
        ${
          found === undefined || found.here
            ? nothing
            : html`<p class="message">
                ${icon('info')}
                <span
                  >${t('It is not on this machine yet.')}
                  <button
                    class="link"
                    @click=${() => void talk.guard(() => talk.channel.request('ask/download', { model: found.model }))}
                  >
                    ${t('Download Model…')}
                  </button></span
                >
              </p>`
        }
      </div>`;
    })}
  </div>`;
}

function chosen(event: Event, state: AskState): AskAnswerer | null {
  const { value } = event.target as HTMLSelectElement;
  const found = value === '' ? undefined : state.answerers[Number(value)];
  return found === undefined ? null : { model: found.model, run: found.run };
}

/** What the models are told before the conversation. */
export function instructions(talk: Conversation): TemplateResult {
  return html`<details class="system">
    <summary>
      ${talk.hasOwnSystem ? t('Instructions of this conversation') : t('Instructions of the domain')}
      <span class="muted">${talk.system === '' ? t('none') : talk.system}</span>
    </summary>
    <textarea
      aria-label=${t('Instructions')}
      rows="3"
      .value=${live(talk.system)}
      @change=${(event: Event) => talk.setSystem((event.target as HTMLTextAreaElement).value)}
    ></textarea>
    ${
      talk.hasOwnSystem
        ? html`<button class="link" @click=${() => talk.setSystem(null)}>
            ${t('Those of the domain again')}
          </button>`
        : nothing
    }
  </details>`;
}

export function exchangePart(talk: Conversation, exchange: Exchange, at: number): TemplateResult {
  const { question, answers } = exchange;
  return html`<section class="exchange ${talk.editing !== null && at >= talk.editing ? 'replaced' : ''}">
    <div class="question">
      <h2>${question}</h2>
      <button
        class="tool"
        title=${at === talk.exchanges.length - 1 ? withKeys(t('Edit and ask again'), 'askEdit') : t('Edit and ask again')}
        ?disabled=${talk.isRunning}
        @click=${() => talk.edit(at)}
      >
        ${icon('edit')} <span>${t('Edit')}</span>
      </button>
    </div>
    <div class="columns count-${answers.length}">${answers.map((answer) => answerPart(talk, answer))}</div>
  </section>`;
}

function answerPart(talk: Conversation, answer: Answer): TemplateResult {
  const tuned = answer.by.run !== null;
  const name = tuned ? t('Tuned') : t('Base');
  const chosenNow = talk.selected === answer;
  return html`<article
    class="answer ${tuned ? 'tuned' : 'base'} ${answer.state} ${chosenNow ? 'chosen' : ''}"
    tabindex="0"
    aria-label="${name}: ${answer.title}"
    aria-current=${chosenNow ? 'true' : 'false'}
    aria-busy=${isRunning(answer)}
    @focusin=${() => talk.select(answer)}
    @click=${() => talk.select(answer)}
  >
    <header>
      <strong>${name}</strong> <span class="by">${answer.title}</span>
      <span class="facts">${describeAnswer(answer)}</span>
    </header>
    ${answer.text === '' ? nothing : html`<p class="text">${answer.text}</p>`} ${problemPart(talk, answer)}
    ${note(answer)}
    ${
      isSaid(answer)
        ? html`<footer>
            <button
              class="tool"
              title=${withKeys(t('Copy this answer'), 'askCopy')}
              @click=${() => talk.copy(answer)}
            >
              ${icon('copy')} <span>${t('Copy')}</span>
            </button>
            <button
              class="tool save"
              title=${withKeys(t('Save question and answer as a draft record of a dataset'), 'askSave')}
              @click=${() => talk.save(answer)}
            >
              ${icon('add')} <span>${t('Save as record')}</span>
            </button>
          </footer>`
        : nothing
    }
  </article>`;
}

function problemPart(talk: Conversation, answer: Answer): Part {
  if (answer.problem === '') return nothing;
  const act = (remedy: 'openLog' | 'openProject' | 'showModels' | 'showRuns') => (): void =>
    void talk.guard(() => talk.channel.request('ask/remedy', { remedy }));
  const { remedies } = answer;
  const has = (...names: readonly string[]): boolean => names.some((each) => remedies.includes(each));
  return html`<p class="message bad" role="alert">
    ${icon('error')}
    <span
      >${answer.problem}
      ${has('openLog') ? html`<button class="link" @click=${act('openLog')}>${t('Open Log')}</button>` : nothing}
      ${has('openFile') ? html`<button class="link" @click=${act('openProject')}>${t('Open afina.yaml')}</button>` : nothing}
      ${has('chooseModel', 'model/not-here') ? html`<button class="link" @click=${act('showModels')}>${t('Show Models')}</button>` : nothing}
      ${has('showRuns', 'run/not-fetched') ? html`<button class="link" @click=${act('showRuns')}>${t('Show Runs')}</button>` : nothing}
    </span>
  </p>`;
}

function note(answer: Answer): Part {
  if (answer.state !== 'done') return nothing;
  const said =
    answer.text.trim() === ''
      ? t('The model answered nothing.')
      : answer.stop === 'maxTokens'
        ? t('Cut off at the longest answer that the settings allow.')
        : answer.stop === 'context'
          ? t('Cut off: the model’s context is full.')
          : '';
  return said === '' ? nothing : html`<p class="message">${icon('info')} <span>${said}</span></p>`;
}

/** For screen readers: the streaming text itself would be read again with every word. */
export function announce({ exchanges, isRunning: running }: Conversation): string {
  const answers = exchanges.at(-1)?.answers ?? [];
  if (running) return t('The model is answering.');
  return answers.length > 0 && answers.every(({ state }) => state === 'done')
    ? t('The answer is complete.')
    : '';
}
