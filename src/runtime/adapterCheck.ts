import { t } from '@vscode/l10n';
import { UserError } from '../protocol/errors';
import { printable } from '../protocol/printable';
import { ggufString } from './gguf';
import type { Gguf } from './gguf';

function refused(file: string, reason: string): UserError {
  return new UserError(
    'adapter/notForModel',
    t('The adapter {0} cannot be used with this model: {1}', file, reason),
    { place: { file } },
  );
}

/**
 * Whether a LoRA GGUF fits a base: what llama.cpp checks when it loads one, told in words (its own reason is
 * only in its log). Throws UserError `adapter/notAdapter` or `adapter/notForModel`.
 */
export function checkAdapter(adapter: Gguf, base: Gguf): void {
  if (
    ggufString(adapter, 'general.type') !== 'adapter' ||
    ggufString(adapter, 'adapter.type') !== 'lora' ||
    adapter.tensors.length === 0
  ) {
    throw new UserError('adapter/notAdapter', t('{0} is a GGUF file but not a LoRA adapter.', adapter.file), {
      place: { file: adapter.file },
    });
  }
  const architecture = ggufString(adapter, 'general.architecture') ?? '?';
  const expected = ggufString(base, 'general.architecture') ?? '?';
  if (architecture !== expected) {
    throw refused(
      adapter.file,
      t('it is for the architecture {0}, the model is {1}.', printable(architecture), printable(expected)),
    );
  }
  const weights = new Map(base.tensors.map((tensor) => [tensor.name, tensor]));
  const parts = new Map(adapter.tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name } of adapter.tensors) {
    if (name.endsWith('_norm.weight')) continue; // llama.cpp passes over these
    const match = /^(.*)\.lora_([ab])$/.exec(name);
    const target = match?.[1] ?? name;
    const weight = weights.get(target);
    const a = parts.get(`${target}.lora_a`);
    const b = parts.get(`${target}.lora_b`);
    if (match === null || a === undefined || b === undefined) {
      throw refused(adapter.file, t('its tensor {0} has no counterpart.', printable(name)));
    }
    if (weight === undefined)
      throw refused(adapter.file, t('the model has no tensor {0}.', printable(target)));
    const embedding = target.endsWith('token_embd.weight');
    const fits = embedding
      ? weight.dims[0] === b.dims[1] && weight.dims[1] === a.dims[1]
      : weight.dims[0] === a.dims[0] && weight.dims[1] === b.dims[1] && a.dims[1] === b.dims[0];
    if (!fits) {
      throw refused(
        adapter.file,
        t(
          'its tensor {0} does not have the shape of the model’s. It was trained on another model.',
          printable(name),
        ),
      );
    }
  }
}
