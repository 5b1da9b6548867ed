"""The loss is on what the assistant says and on its end of turn, for every template and tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from afina_chat import IGNORED, ChatEncoder, TemplateError
from afina_data import DataError, read_records, tokenise

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3 = (
    "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' + m['content'] | trim"
    " + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
MISTRAL = (  # refuses a system message, as the first of the family did
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% elif m['role'] == 'assistant' %}{{ ' ' + m['content'] | trim + eos_token }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}{% endfor %}"
)
MISTRAL_LAST = (  # puts the system message into the last user turn, as v0.3 does
    "{%- if messages[0]['role'] == 'system' %}{%- set sys = messages[0]['content'] %}{%- set rest = messages[1:] %}"
    "{%- else %}{%- set rest = messages %}{%- endif %}{{- bos_token }}{%- for m in rest %}"
    "{%- set ns = namespace(last=true) %}{%- for n in rest[loop.index:] %}{%- if n['role'] == 'user' %}{%- set ns.last = false %}{%- endif %}{%- endfor %}"
    "{%- if m['role'] == 'user' %}{%- if ns.last and sys is defined %}{{- '[INST] ' + sys + '\n\n' + m['content'] + '[/INST]' }}"
    "{%- else %}{{- '[INST] ' + m['content'] + '[/INST]' }}{%- endif %}{%- else %}{{- ' ' + m['content'] | trim + eos_token }}{%- endif %}{%- endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] != 'system' %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role'])"
    " + '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
NO_END = (  # closes no turn: eos must be added, or the model never learns to stop
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)
TEMPLATES = {
    "chatml": (CHATML, "<|im_end|>"),
    "llama3": (LLAMA3, "<|eot_id|>"),
    "mistral": (MISTRAL, "</s>"),
    "mistral-last": (MISTRAL_LAST, "</s>"),
    "gemma": (GEMMA, "<end_of_turn>"),
}
SPECIAL = sorted({"<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"}
                 | {"[INST]", "[/INST]", "<start_of_turn>", "<end_of_turn>"})  # fmt: skip

ASK, ANSWER = "O que é a avaria grossa?", "É a despesa extraordinária — «feita» em ação comum, n.º 1."
TALKS = {
    "single": [("user", ASK), ("assistant", ANSWER)],
    "system": [("system", "És jurista; só respondes em português."), ("user", ASK), ("assistant", ANSWER)],
    "multi": [
        ("user", ASK),
        ("assistant", ANSWER),
        ("user", "E a simples?"),
        ("assistant", "Não.\n\n  - É outra;\n  - não há contribuição."),
    ],
    "multi-system": [
        ("system", "Sê breve."),
        ("user", "Olá"),
        ("assistant", "Olá!"),
        ("user", ASK),
        ("assistant", ANSWER),
    ],
    "spaces": [("user", "  Sim? \n"), ("assistant", "Ação.\n\n\n1. Então\n2. «Não»")],
}


def messages(name: str) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in TALKS[name]]


@pytest.fixture(scope="module", params=["sentencepiece", "bytelevel"])
def tokenizer(request: pytest.FixtureRequest, tiny: Path) -> Any:
    if request.param == "sentencepiece":
        made = AutoTokenizer.from_pretrained(str(tiny))
        made.add_special_tokens({"additional_special_tokens": SPECIAL})
        made.eos_token = "</s>"
        return made
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    base = Tokenizer(models.BPE())
    base.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    base.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    base.train_from_iterator(
        [ASK + ANSWER + "\n\n"] * 3,
        trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=SPECIAL),
    )
    # Offsets as GPT-2's and SmolLM2's, where white space alone is empty; a beginning of text of its own accord as Llama 3's.
    begin = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", base.token_to_id("<s>"))])
    base.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=True), begin])
    return PreTrainedTokenizerFast(tokenizer_object=base, bos_token="<s>", eos_token="</s>")


def learned(tokenizer: Any, examples: list[Any]) -> list[str]:
    """The text of each stretch of tokens that have loss."""
    stretches = []
    for example in examples:
        assert len(example.input_ids) == len(example.labels)
        now: list[int] = []
        for token, label in zip([*example.input_ids, None], [*example.labels, IGNORED]):
            if label != IGNORED:
                assert label == token
                now.append(label)
            elif now:
                stretches.append(tokenizer.decode(now, skip_special_tokens=False, clean_up_tokenization_spaces=False))
                now = []
    return stretches


@pytest.mark.parametrize("talk", TALKS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_loss_is_on_answers_and_end_of_turn(tokenizer: Any, template: str, talk: str) -> None:
    tokenizer.chat_template, end = TEMPLATES[template]
    examples = ChatEncoder(tokenizer).encode(messages(talk))
    expected = [content.strip() + end for role, content in TALKS[talk] if role == "assistant"]
    assert [text.strip() for text in learned(tokenizer, examples)] == expected
    # What is asked is what would be asked in the preview: the first question is in the text, without loss.
    whole = tokenizer.decode(examples[-1].input_ids, clean_up_tokenization_spaces=False)
    assert TALKS[talk][-2][1].strip() in whole


@pytest.mark.parametrize("template", ["mistral", "gemma"])
def test_system_message_is_not_lost(tokenizer: Any, template: str) -> None:
    tokenizer.chat_template = TEMPLATES[template][0]
    examples = ChatEncoder(tokenizer).encode(messages("multi-system"))
    assert "### System message\n\nSê breve.\n\n----\n\nOlá" in tokenizer.decode(examples[0].input_ids)


def test_rewriting_template_gives_an_example_a_turn(tokenizer: Any) -> None:
    tokenizer.chat_template = MISTRAL_LAST
    examples = ChatEncoder(tokenizer).encode(messages("multi-system"))
    texts = [tokenizer.decode(example.input_ids) for example in examples]
    assert len(texts) == 2 and all(text.count("Sê breve.") == 1 for text in texts)
    tokenizer.chat_template = CHATML
    assert len(ChatEncoder(tokenizer).encode(messages("multi-system"))) == 1


def test_eos_is_added_where_the_template_closes_nothing(tokenizer: Any) -> None:
    tokenizer.chat_template = NO_END
    examples = ChatEncoder(tokenizer).encode(messages("single"))
    assert learned(tokenizer, examples)[-1].endswith("</s>")
    assert examples[0].input_ids[-1] == tokenizer.eos_token_id == examples[0].labels[-1]


def test_no_second_beginning_of_text(tokenizer: Any) -> None:
    tokenizer.chat_template = LLAMA3
    example = ChatEncoder(tokenizer).encode(messages("single"))[0]
    assert example.input_ids.count(tokenizer.bos_token_id) == 1


def test_templates_that_cannot_be_used(tokenizer: Any) -> None:
    tokenizer.chat_template = None
    with pytest.raises(TemplateError, match="no chat template"):
        ChatEncoder(tokenizer)
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}{% endfor %}"
    with pytest.raises(TemplateError, match="drops or rewrites"):
        ChatEncoder(tokenizer).encode(messages("single"))
    tokenizer.chat_template = "{% if add_generation_prompt %}ask{% else %}told{% endif %}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    with pytest.raises(TemplateError, match="differently"):
        ChatEncoder(tokenizer).encode(messages("single"))


def test_cutting_and_dropping_are_counted(tokenizer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer.chat_template = CHATML
    encoder = ChatEncoder(tokenizer)
    whole = encoder.encode(messages("single"))[0]
    first_loss = next(index for index, label in enumerate(whole.labels) if label != IGNORED)
    record = {"id": "a", "messages": messages("single")}
    silent = {"id": "b", "messages": messages("single")[:1]}
    split = tokenise([record, silent], encoder, len(whole.input_ids))
    assert (split.records, split.truncated, split.dropped) == (1, 0, 1)
    split = tokenise([record], encoder, first_loss + 3)
    assert (split.records, split.truncated, split.dropped, split.tokens, split.loss_tokens) == (
        1,
        1,
        0,
        first_loss + 3,
        3,
    )
    split = tokenise([record], encoder, first_loss)
    assert (split.records, split.truncated, split.dropped) == (0, 0, 1)
    tokenizer.chat_template = "{{ raise_exception('never') }}"
    with pytest.raises(TemplateError, match="never"):
        tokenise([record], ChatEncoder(tokenizer), 100)
    assert "dropped record a" in capsys.readouterr().out


def test_data_errors_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text('{"id":"a","messages":[{"role":"user","content":"x"}]}\n\n{"id": \n', encoding="utf-8")
    with pytest.raises(DataError, match="train.jsonl, line 3"):
        read_records(file)
    file.write_text('{"id":"a","messages":[{"role":"robot","content":"x"}]}\n', encoding="utf-8")
    with pytest.raises(DataError, match="line 1: expected messages"):
        read_records(file)
