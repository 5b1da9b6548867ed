import type { Variant } from './ggufVariant';

/** Chat templates of three families, and what the tokens of SmolLM2's vocabulary are called in them. */
export const CHATML =
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

export const LLAMA3: Variant = {
  template:
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim" +
    " + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
  pre: 'llama-bpe',
  tokens: { 1: '<|begin_of_text|>', 2: '<|eot_id|>', 3: '<|start_header_id|>', 4: '<|end_header_id|>' },
};

/** Has no place for a system message. */
export const GEMMA: Variant = {
  template:
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" +
    "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' + m['content'] | trim + '<end_of_turn>\n' }}" +
    "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
  tokens: { 1: '<bos>', 2: '<end_of_turn>', 3: '<start_of_turn>' },
};

/** Puts the system message into the last question, so that earlier ones change as the talk goes on. */
export const MISTRAL: Variant = {
  template:
    "{%- if messages[0]['role'] == 'system' %}{%- set sys = messages[0]['content'] %}{%- set rest = messages[1:] %}" +
    '{%- else %}{%- set rest = messages %}{%- endif %}{{- bos_token }}{%- for m in rest %}' +
    "{%- if m['role'] == 'user' %}{%- if loop.index >= rest | length - 1 and sys is defined %}{{- '[INST] ' + sys + '\n\n' + m['content'] + '[/INST]' }}" +
    "{%- else %}{{- '[INST] ' + m['content'] + '[/INST]' }}{%- endif %}{%- else %}{{- ' ' + m['content'] | trim + eos_token }}{%- endif %}{%- endfor %}",
  tokens: { 1: '<s>', 2: '</s>', 3: '[INST]', 4: '[/INST]' },
};

/** Begins no turn of the assistant's where one is asked for. */
export const NO_ASK: Variant = { template: CHATML.replace(/{% if add_generation_prompt.*$/s, '') };

/** Ends a turn with words that are no token of their own. */
export const OPEN_END: Variant = {
  template: CHATML.replaceAll("'<|im_end|>'", "'[FIM]'"),
};

export const DOUBLE: Variant = { template: `{{ bos_token }}{{ bos_token }}${CHATML}` };

/** Writes answers in capitals. */
export const SHOUTS: Variant = {
  template: CHATML.replace(
    "m['content']",
    "(m['content'] | upper if m['role'] == 'assistant' else m['content'])",
  ),
};

/** Says something else in front of every question: as a GGUF does whose model got another template later. */
export const OTHER: Variant = {
  template: `{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nÉs um assistente.<|im_end|>\n' }}{% endif %}${CHATML}`,
};
