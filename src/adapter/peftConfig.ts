import { readFile } from 'node:fs/promises';
import { t } from '@vscode/l10n';
import * as z from 'zod/mini';
import { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';
import { matchPatterns } from './patterns';

const positive = z.int().check(z.positive());
const alpha = z.number();

const configSchema = z.looseObject({
  peft_type: z.string(),
  r: positive,
  lora_alpha: alpha,
  use_rslora: z.nullish(z.boolean()),
  rank_pattern: z.nullish(z.record(z.string(), positive)),
  alpha_pattern: z.nullish(z.record(z.string(), alpha)),
});
export type PeftConfig = z.infer<typeof configSchema>;

/** Initialisations that change the base's own weights: such an adapter fits only the changed base. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Why an adapter of this configuration cannot be expressed as a llama.cpp LoRA, or undefined when it can. */
function refusal(config: PeftConfig): { readonly code: string; readonly reason: string } | undefined {
  if (config.peft_type !== 'LORA') {
    return {
      code: 'adapter/type',
      reason: t('it is of the type {0}, not LoRA', printable(config.peft_type)),
    };
  }
  if (isSet(config.use_dora)) return { code: 'adapter/dora', reason: t('it uses DoRA (use_dora)') };
  if (isSet(config.modules_to_save)) {
    return {
      code: 'adapter/modulesToSave',
      reason: t('it carries whole modules of the model (modules_to_save)'),
    };
  }
  if (isSet(config.lora_bias)) {
    return { code: 'adapter/bias', reason: t('it has biases (lora_bias)') };
  }
  if (isSet(config.trainable_token_indices)) {
    return {
      code: 'adapter/trainableTokens',
      reason: t('it changes single tokens of the vocabulary (trainable_token_indices)'),
    };
  }
  if (isSet(config.fan_in_fan_out)) {
    return { code: 'adapter/fanInFanOut', reason: t('its matrices are transposed (fan_in_fan_out)') };
  }
  const init = config.init_lora_weights;
  if (typeof init === 'string' && CHANGES_BASE.test(init)) {
    return {
      code: 'adapter/initialisation',
      reason: t(
        'it was initialised with {0}, which changes the base. Save it with path_initial_model_for_weight_conversion',
        printable(init),
      ),
    };
  }
  const variants = [
    'target_parameters',
    'layer_replication',
    'alora_invocation_tokens',
    'use_qalora',
    'use_bdlora',
    'arrow_config',
    'kasa_config',
    'monteclora_config',
  ];
  const variant = variants.find((key) => isSet(config[key]));
  if (variant !== undefined) {
    return { code: 'adapter/variant', reason: t('it uses {0}, which llama.cpp does not have', variant) };
  }
  return undefined;
}

/** The error for an adapter that is understood and cannot be converted. */
export function refused(code: string, file: string, reason: string): UserError {
  return new UserError(code, t('The adapter {0} cannot be previewed: {1}.', file, reason), {
    place: { file },
  });
}

/** Reads adapter_config.json. Throws UserError `adapter/config` or the reason for which it is refused. */
export async function readPeftConfig(file: string): Promise<PeftConfig> {
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError('adapter/config', t('There is no adapter here: {0} does not exist.', file), {
        place: { file },
      });
    }
    throw notAConfig(file);
  }
  const type = z.looseObject({ peft_type: z.string() }).safeParse(raw);
  if (type.success && type.data.peft_type !== 'LORA') {
    throw refused('adapter/type', file, t('it is of the type {0}, not LoRA', printable(type.data.peft_type)));
  }
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) throw notAConfig(file);
  const reason = refusal(parsed.data);
  if (reason !== undefined) throw refused(reason.code, file, reason.reason);
  return parsed.data;
}

function notAConfig(file: string): UserError {
  return new UserError('adapter/config', t('{0} is not the configuration of a LoRA adapter.', file), {
    place: { file },
  });
}

/** How PEFT 0.21 sets up each module: its rank and its scale (alpha/r, or alpha/√r with rsLoRA). */
export function moduleScales(
  config: PeftConfig,
  modules: readonly string[],
  file: string,
): { readonly rank: number; readonly scale: number }[] {
  const ranks = matchPatterns(config.rank_pattern ?? {}, modules, file);
  const alphas = matchPatterns(config.alpha_pattern ?? {}, modules, file);
  return modules.map((_, index) => {
    const rank = ranks[index] ?? config.r;
    const scale =
      (alphas[index] ?? config.lora_alpha) / (config.use_rslora === true ? Math.sqrt(rank) : rank);
    return { rank, scale };
  });
}
