import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { TurnRole } from '../../src/protocol/datasetEditor';
import type { RecordFinding } from '../../src/protocol/findings';
import { icon } from '../shared/icons';
import { t } from '../shared/l10n';
import { findingList } from './findingLine';
import { marksBehind } from './marks';
import type { MarkPointer } from './marks';
import { roleLabel } from './labels';
import { INPUT_KEYS, isPaired, turnLabel } from './shapeParts';
import type { TurnPlace } from './shapeParts';
import { markdown } from './markdown';
import { withKeys } from './shortcuts';
import type { EditorStore } from './store';

const ROLES: readonly TurnRole[] = ['system', 'user', 'assistant'];

export interface TurnOptions {
  readonly store: EditorStore;
  readonly turn: { readonly role: TurnRole; readonly content: string };
  readonly index: number;
  /** What the record lets become of the turn. */
  readonly place: TurnPlace | undefined;
  readonly findings: readonly RecordFinding[];
  /** Its Markdown is shown instead of its text. */
  readonly rendered: boolean;
  readonly pointer: MarkPointer;
  readonly onFocus: () => void;
  readonly toggleMarkdown: () => void;
  readonly move: (from: number, to: number) => void;
  readonly remove: (index: number) => void;
}

/** One turn of the conversation: who speaks, the text, and what the checks say of it. */
export function turnCard(options: TurnOptions): TemplateResult {
  const { store, turn, index, place, findings, move } = options;
  const off = store.readOnly;
  const can = place?.can;
  const label = turnLabel(turn.role, place);
  const invalid = findings.some(({ severity }) => severity === 'error');
  return html`<section
    class="turn ${turn.role} ${place?.part ?? ''}"
    data-turn=${index}
    aria-label=${t('Turn {0}', index + 1)}
    @focusin=${options.onFocus}
  >
    <header>
      ${
        can?.role === false
          ? html`<span class="role fixed">${label}</span>`
          : html`<select
              class="role"
              aria-label=${t('Role of turn {0}', index + 1)}
              ?disabled=${off}
              @change=${(event: Event) =>
                store.edit({
                  kind: 'role',
                  turn: index,
                  role: (event.target as HTMLSelectElement).value as TurnRole,
                })}
            >
              ${ROLES.map(
                (role) =>
                  html`<option value=${role} .selected=${live(role === turn.role)}>
                    ${roleLabel(role)}
                  </option>`,
              )}
            </select>`
      }
      <span class="spacer"></span>
      <span class="words">${words(turn.content)}</span>
      <button
        class="tool"
        title=${withKeys(t('Show as Markdown'), 'showMarkdown')}
        aria-label=${t('Show turn {0} as Markdown', index + 1)}
        aria-pressed=${options.rendered}
        @click=${options.toggleMarkdown}
      >
        ${icon('markdown')}
      </button>
      ${
        off
          ? nothing
          : html`${
              can?.role === false && !can.up && !can.down
                ? nothing
                : html` <button
                      class="tool"
                      title=${withKeys(t('Move turn up'), 'moveTurnUp')}
                      aria-label=${t('Move turn {0} up', index + 1)}
                      ?disabled=${can?.up !== true}
                      @click=${() => move(index, index - 1)}
                    >
                      ${icon('up')}
                    </button>
                    <button
                      class="tool"
                      title=${withKeys(t('Move turn down'), 'moveTurnDown')}
                      aria-label=${t('Move turn {0} down', index + 1)}
                      ?disabled=${can?.down !== true}
                      @click=${() => move(index, index + 1)}
                    >
                      ${icon('down')}
                    </button>`
            }${
              can?.remove === false
                ? nothing
                : html` <button
                    class="tool"
                    title=${withKeys(isPaired(place) ? t('Delete question and answer') : t('Delete turn'), 'deleteTurn')}
                    aria-label=${t('Delete turn {0}', index + 1)}
                    @click=${() => options.remove(index)}
                  >
                    ${icon('trash')}
                  </button>`
            }`
      }
    </header>
    ${options.rendered ? rendered(options) : field(options, invalid)}
    ${store.comparison.under(index, turn.content)} ${findingList(store, findings)}
  </section>`;
}

function field(
  { store, turn, index, place, findings, pointer }: TurnOptions,
  invalid: boolean,
): TemplateResult {
  const { open, all } = store.findings;
  const marks = store.findings.marks(index, findings, turn.content);
  return html`<div class="marked">
    ${marksBehind(turn.content, marks, open, (finding) => all.indexOf(finding))}
    <textarea
      class="content"
      rows="1"
      aria-label=${t('{0}, turn {1}', turnLabel(turn.role, place), index + 1)}
      aria-invalid=${invalid ? 'true' : nothing}
      placeholder=${placeholder(turn.role, place)}
      spellcheck="true"
      ?readonly=${store.readOnly}
      .value=${live(turn.content)}
      @input=${(event: Event) => {
        store.findings.show(null);
        store.type({ kind: 'content', turn: index, text: (event.target as HTMLTextAreaElement).value });
      }}
      @mousemove=${(event: MouseEvent) => pointer.move(event)}
      @mouseleave=${() => pointer.leave()}
      @blur=${() => store.flush()}
    ></textarea>
  </div>`;
}

function rendered({ turn, index, place }: TurnOptions): TemplateResult {
  return html`<div
    class="rendered"
    tabindex="0"
    role="group"
    aria-label=${t('{0}, turn {1}', turnLabel(turn.role, place), index + 1)}
  >
    ${markdown(turn.content)}
  </div>`;
}

function words(text: string): string {
  const count = text.split(/\s+/).filter((word) => word !== '').length;
  return count === 1 ? t('1 word') : t('{0} words', count);
}

function placeholder(role: TurnRole, place: TurnPlace | undefined): string {
  if (place?.part === 'rejected' && role === 'assistant') return t('The answer the model is not to give');
  if (INPUT_KEYS.includes(place?.key ?? '')) return t('The text that the question is about; may be empty');
  if (role === 'system') return t('How the model is to answer');
  return role === 'user' ? t('What is asked') : t('The answer the model is to learn');
}
