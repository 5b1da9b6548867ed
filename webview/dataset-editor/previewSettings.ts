import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { PreviewChoices } from '../../src/protocol/datasetEditor';
import type { PreviewSampling, PreviewSetup } from '../../src/protocol/preview';
import { language, t } from '../shared/l10n';
import type { PreviewSetting } from './previewSetting';

const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 });

const plain = new Intl.NumberFormat(language, { useGrouping: false });

interface Field {
  readonly name: keyof PreviewSampling;
  readonly label: string;
  readonly about: string;
  readonly most: number;
  readonly least: number;
  readonly step: number;
}

/** Sampler, seed, strength of the adapter, system text, and who answers beside the chosen ones. */
export function previewSettings(
  setting: PreviewSetting,
  setup: PreviewSetup,
  choices: PreviewChoices,
): TemplateResult {
  return html`<div
    class="preview-settings"
    id="preview-settings"
    role="group"
    aria-label=${t('Preview settings')}
  >
    <div class="sampler">
      ${fields().map((field) => number(setting, field))}
      ${choices.adapters.length === 0 ? nothing : strength(setting, setup)}
    </div>
    ${answering(setting, setup, choices)}
    <label class="field system">
      <span class="label">${t('System text of previews')}</span>
      <textarea
        rows="1"
        placeholder=${t('As in the record')}
        .value=${live(setup.system ?? '')}
        @input=${(event: Event) => {
          const { value } = event.target as HTMLTextAreaElement;
          setting.change({ system: value.trim() === '' ? null : value });
        }}
      ></textarea>
    </label>
    ${
      setting.differs
        ? html`<button
            class="link-button reset"
            @click=${() => setting.change({ sampling: {}, system: null, scale: 1 })}
          >
            ${t('Back to the settings')}
          </button>`
        : nothing
    }
  </div>`;
}

function fields(): Field[] {
  return [
    {
      name: 'temperature',
      label: t('Temperature'),
      about: t('0 takes the likeliest token each time; higher values vary more'),
      ...{ least: 0, most: 2, step: 0.1 },
    },
    {
      name: 'topP',
      label: 'Top-p',
      about: t('Draws among the likeliest tokens whose probabilities make up this share'),
      ...{ least: 0, most: 1, step: 0.05 },
    },
    {
      name: 'topK',
      label: 'Top-k',
      about: t('Draws among this many of the likeliest tokens; 0 is all'),
      ...{ least: 0, most: 1000, step: 1 },
    },
    {
      name: 'maxTokens',
      label: t('Most tokens'),
      about: t('Longest answer in tokens'),
      ...{ least: 1, most: 8192, step: 1 },
    },
    {
      name: 'seed',
      label: t('Seed'),
      about: t('The same seed gives the same answer'),
      ...{ least: 0, most: 0xffff_ffff, step: 1 },
    },
  ];
}

function number(setting: PreviewSetting, field: Field): TemplateResult {
  const { name, label, about, least, most, step } = field;
  const changed = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const value = input.valueAsNumber;
    // An empty field leaves it to VS Code's settings; what is being typed may not be a number yet.
    if (input.value === '' && !input.validity.badInput) setting.draw(name, undefined);
    else if (value >= least && value <= most && (step < 1 || Number.isInteger(value)))
      setting.draw(name, value);
  };
  const set = setting.setup?.sampling[name];
  return html`<label class="field ${name}" title=${about}>
    <span class="label">${label}</span>
    <input
      type="number"
      min=${least}
      max=${most}
      step=${step}
      placeholder=${plain.format(setting.valueOf(name))}
      .value=${live(set === undefined ? '' : String(set))}
      @change=${changed}
      @input=${(event: Event) => {
        if ((event.target as HTMLInputElement).validity.valid) changed(event);
      }}
    />
  </label>`;
}

function strength(setting: PreviewSetting, { scale }: PreviewSetup): TemplateResult {
  return html`<label class="field strength" title=${t('0 is the base, 1 the adapter as trained')}>
    <span class="label">${t('Adapter strength')} <output>${decimal.format(scale)}</output></span>
    <input
      type="range"
      min="0"
      max="2"
      step="0.1"
      aria-valuetext=${decimal.format(scale)}
      .value=${live(String(scale))}
      @input=${(event: Event) => setting.change({ scale: (event.target as HTMLInputElement).valueAsNumber })}
    />
  </label>`;
}

function answering(
  setting: PreviewSetting,
  { also, base }: PreviewSetup,
  { adapters, adapter }: PreviewChoices,
): TemplateResult | typeof nothing {
  if (adapters.length === 0) return nothing;
  const isOn = (event: Event): boolean => (event.target as HTMLInputElement).checked;
  return html`<fieldset class="answering">
    <legend class="label">${t('Who answers')}</legend>
    <label>
      <input
        type="checkbox"
        .checked=${live(base)}
        ?disabled=${adapter === null && also.length === 0}
        @change=${(event: Event) => setting.change({ base: isOn(event) })}
      />
      ${t('Base')}
    </label>
    ${adapters.map(
      ({ run, title }) =>
        html`<label>
          <input
            type="checkbox"
            .checked=${live(run === adapter || also.includes(run))}
            ?disabled=${run === adapter}
            @change=${(event: Event) =>
              setting.change({
                also: isOn(event) ? [...also, run] : also.filter((each) => each !== run),
              })}
          />
          ${title}
        </label>`,
    )}
  </fieldset>`;
}
