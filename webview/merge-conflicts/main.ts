import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import { Channel } from '../../src/protocol/channel';
import { isCancelled, messageOf } from '../../src/protocol/errors';
import { mergeConflictsHostApi, mergeConflictsViewApi } from '../../src/protocol/mergeConflicts';
import type { ConflictChoices, ConflictFieldShown, ConflictShown } from '../../src/protocol/mergeConflicts';
import '../shared/base.css';
import { hostTransport } from '../shared/host';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { registerToolkit } from '../shared/toolkit';
import './mergeConflicts.css';

registerToolkit();
const channel = new Channel(mergeConflictsViewApi, mergeConflictsHostApi, {}, hostTransport);

type Side = 'mine' | 'theirs';

const page = document.createElement('main');
document.body.append(page);
let name = '';
let conflicts: readonly ConflictShown[] = [];
let choices: ConflictChoices = [];
let failure = '';
let busy = true;

async function load(): Promise<void> {
  await guard(async () => {
    const loaded = await channel.request('conflicts/load', {});
    ({ name, conflicts } = loaded);
    choices = conflicts.map(({ fields }) => fields.map(() => null));
  });
}

async function apply(): Promise<void> {
  await guard(async () => {
    await channel.request('conflicts/apply', { choices });
  });
  await load();
}

async function guard(act: () => Promise<void>): Promise<void> {
  busy = true;
  show();
  try {
    await act();
    failure = '';
  } catch (error) {
    if (!isCancelled(error)) failure = messageOf(error);
  }
  busy = false;
  show();
}

function choose(at: number, field: number | null, side: Side): void {
  choices = choices.map((chosen, index) =>
    index === at ? chosen.map((old, place) => (field === null || field === place ? side : old)) : chosen,
  );
  show();
}

function decided(at: number): boolean {
  return choices[at]?.every((side) => side !== null) === true;
}

function show(): void {
  const done = conflicts.filter((_, at) => decided(at)).length;
  render(
    html`
      <header>
        <h1>${t('Conflicts: {0}', name)}</h1>
        <span class="muted" role="status">${t('{0} of {1} decided', done, conflicts.length)}</span>
        <vscode-button ?disabled=${busy || done === 0} @click=${() => void apply()}
          >${t('Write decisions')}</vscode-button
        >
      </header>
      ${failure === '' ? nothing : html`<p class="note bad" role="alert">${icon('error')} <span>${failure}</span></p>`}
      <p class="muted">
        ${t('The dataset has your version until you decide otherwise. Arrow keys change a choice, Tab goes on.')}
      </p>
      ${!busy && conflicts.length === 0 ? html`<p>${t('No conflict is left.')}</p>` : nothing}
      ${conflicts.map(record)}
    `,
    page,
  );
}

function record(conflict: ConflictShown, at: number): TemplateResult {
  const { id, line, kind, fields } = conflict;
  return html`<section class=${decided(at) ? 'decided' : ''}>
    <h2>
      <code>${id === '' ? t('line {0}', line) : id}</code> <span>${reason(kind)}</span>
      ${decided(at) ? html`<span class="tick" role="img" aria-label=${t('decided')}>${icon('check')}</span>` : nothing}
      <span class="spacer"></span>
      ${
        fields.length > 1
          ? html`<button class="link" @click=${() => choose(at, null, 'mine')}>${t('All mine')}</button>
              <button class="link" @click=${() => choose(at, null, 'theirs')}>${t('All theirs')}</button>`
          : nothing
      }
    </h2>
    ${fields.map((each, place) => field(each, at, place))}
  </section>`;
}

function field(each: ConflictFieldShown, at: number, place: number): TemplateResult {
  return html`<fieldset>
    <legend>${title(each.name)}</legend>
    ${option('mine', t('Mine'), each.mine, at, place)}
    ${option('theirs', t('Theirs'), each.theirs, at, place)}
  </fieldset>`;
}

function title(name: string): string {
  const turn = /^messages\[(\d+)\]/.exec(name)?.[1];
  if (turn !== undefined) return t('Turn {0}', Number(turn) + 1);
  switch (name) {
    case '':
      return t('Whole record');
    case 'messages':
      return t('Turns');
    case 'meta.topic':
      return t('Topic');
    case 'meta.status':
      return t('Status');
    case 'meta.sources':
      return t('Sources');
    default:
      return name;
  }
}

function option(side: Side, label: string, value: string | null, at: number, place: number): TemplateResult {
  const chosen = choices[at]?.[place] === side;
  return html`<label class=${chosen ? 'chosen' : ''}>
    <span
      ><input
        type="radio"
        name="choice-${at}-${place}"
        .checked=${chosen}
        ?disabled=${busy}
        @change=${() => choose(at, place, side)}
      />
      ${label}</span
    >
    <span class="value ${value === null ? 'muted' : ''}">${value ?? t('not there')}</span>
  </label>`;
}

function reason(kind: ConflictShown['kind']): string {
  switch (kind) {
    case 'changed':
      return t('changed on both sides');
    case 'deletedByOurs':
      return t('deleted by you, changed by them');
    case 'deletedByTheirs':
      return t('changed by you, deleted by them');
  }
}

void load();
