import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { AskCommand } from '../../src/protocol/ask';
import '../shared/base.css';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './ask.css';
import { Conversation } from './conversation';
import { withKeys } from './hints';
import { announce, columnHeads, exchangePart, instructions } from './parts';

registerToolkit();

const page = document.createElement('main');
page.id = 'ask';
document.body.append(page);

/** Nearer to the end than this, one reads what is being written, and is taken along. */
const NEAR_END = 60;
let drawing = false;
const talk = new Conversation(() => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    show();
  });
}, focusEnd);

function input(): HTMLTextAreaElement | null {
  return page.querySelector<HTMLTextAreaElement>('#question');
}

function show(): void {
  const scroll = page.querySelector('.scroll');
  const follow = scroll === null || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  render(html`${body()} ${composer()}`, page);
  const now = page.querySelector('.scroll');
  if (follow && now !== null && talk.exchanges.length > 0) now.scrollTop = now.scrollHeight;
}

function body(): TemplateResult {
  const { state, exchanges } = talk;
  return html`
    <h1 class="visually-hidden">${state === undefined ? t('Ask') : t('Ask: {0}', state.project)}</h1>
    <div class="visually-hidden" role="status">${announce(talk)}</div>
    ${state === undefined ? nothing : columnHeads(talk, state)}
    <div class="scroll">
      ${state === undefined ? nothing : instructions(talk)}
      ${exchanges.length === 0 && state !== undefined ? welcome(state.answerers.length > 0) : nothing}
      ${exchanges.map((exchange, at) => exchangePart(talk, exchange, at))}
    </div>
    ${
      talk.failure === ''
        ? nothing
        : html`<p class="message bad failure" role="alert">${icon('error')} <span>${talk.failure}</span></p>`
    }
  `;
}

function welcome(anybody: boolean): TemplateResult {
  if (!anybody) {
    return html`<p class="welcome">
      ${t('afina.yaml names no model: add one under “models”.')}
      <button
        class="link"
        @click=${() => void talk.guard(() => talk.channel.request('ask/remedy', { remedy: 'openProject' }))}
      >
        ${t('Open afina.yaml')}
      </button>
    </p>`;
  }
  return html`<p class="welcome">
    ${t('Base and tuned answer the same question side by side, and remember what was said. Nothing leaves this machine.')}
  </p>`;
}

function composer(): TemplateResult {
  const running = talk.isRunning;
  const empty = talk.draft.trim() === '';
  return html`<form
    class="composer"
    @submit=${(event: Event) => {
      event.preventDefault();
      void send();
    }}
  >
    ${
      talk.editing === null
        ? nothing
        : html`<p class="message">
            ${icon('info')}
            <span
              >${t('Asked again, the question replaces the old one and what came after it.')}
              <button type="button" class="link" @click=${() => talk.stopEditing()}>
                ${t('Leave it as it is')}
              </button></span
            >
          </p>`
    }
    <textarea
      id="question"
      rows="2"
      aria-label=${t('Question')}
      placeholder=${talk.exchanges.length === 0 ? t('Write a question; Shift+Enter begins a new line') : t('Ask on')}
      .value=${live(talk.draft)}
      @input=${(event: Event) => {
        talk.write((event.target as HTMLTextAreaElement).value);
        show();
      }}
      @keydown=${key}
    ></textarea>
    <div class="buttons">
      <vscode-button
        appearance="secondary"
        title=${withKeys(t('New conversation'), 'askNew')}
        ?disabled=${talk.exchanges.length === 0}
        @click=${() => talk.startAnew()}
        >${t('New conversation')}</vscode-button
      >
      <span class="spacer"></span>
      ${
        running
          ? html`<vscode-button
              class="stop"
              title=${withKeys(t('Stop'), 'askStop')}
              @click=${() => talk.stop()}
              >${t('Stop')}</vscode-button
            >`
          : html`<vscode-button
              class="send"
              title=${withKeys(t('Ask'), 'askSend')}
              ?disabled=${empty || talk.columns.every((each) => each === null)}
              @click=${() => void send()}
              >${talk.editing === null ? t('Ask') : t('Ask again')}</vscode-button
            >`
      }
    </div>
  </form>`;
}

function key(event: KeyboardEvent): void {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    void send();
  }
  if (event.key === 'Escape' && !talk.isRunning) talk.stopEditing();
}

async function send(): Promise<void> {
  const asked = talk.send();
  const scroll = page.querySelector('.scroll');
  if (scroll !== null) scroll.scrollTop = scroll.scrollHeight;
  input()?.focus();
  await asked;
}

function run(command: AskCommand): void {
  const act: Readonly<Record<AskCommand, () => void>> = {
    send: () => void send(),
    stop: () => talk.stop(),
    edit: () => talk.edit(),
    new: () => talk.startAnew(),
    nextAnswer: () => reveal(1),
    previousAnswer: () => reveal(-1),
    copy: () => talk.copy(),
    save: () => talk.save(),
  };
  act[command]();
}

function reveal(by: 1 | -1): void {
  talk.step(by);
  show();
  const chosen = page.querySelector<HTMLElement>('.answer.chosen');
  chosen?.focus();
  chosen?.scrollIntoView({ block: 'nearest' });
}

function focusEnd(): void {
  show();
  const field = input();
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

talk.channel.on('ask/run', ({ command }) => run(command));
talk.channel.on('ask/write', ({ text }) => {
  // What is being written already is kept.
  if (text.trim() !== '') talk.write(talk.draft.trim() === '' ? text : `${talk.draft.trimEnd()}\n\n${text}`);
  focusEnd();
});
show();
void talk.load();
