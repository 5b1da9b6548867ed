"""Conversations to token ids and labels: the loss is on what the assistant says, end-of-turn token included.

The model's own chat template is rendered to text and the text is searched for the assistant's turns, so that it works
for every template: nothing relies on `{% generation %}` marks, which EuroLLM's, AMALIA's and most others do not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IGNORED = -100  # label of tokens without loss, as torch's cross entropy has it

Message = dict[str, str]

# What the preview's runtime (node-llama-cpp) does when a template has no place for a system message. The same words
# here: else the model would be trained on one prompt and asked with another.
SYSTEM_IN_USER = "### System message\n\n{system}\n\n----\n\n{user}"


class TemplateError(Exception):
    """The chat template is absent, or cannot render the conversation in a way that can be trained on."""


@dataclass
class Example:
    """input_ids and labels of equal length; labels are IGNORED where there is no loss."""

    input_ids: list[int]
    labels: list[int]


class ChatEncoder:
    """Encodes conversations with a fast tokenizer that has a chat template. Raises TemplateError if it has none."""

    def __init__(self, tokenizer: Any) -> None:
        if not tokenizer.chat_template:
            raise TemplateError("the base model has no chat template")
        if not tokenizer.is_fast:
            raise TemplateError("the base model's tokenizer gives no character offsets (it has no fast implementation)")
        self._tokenizer = tokenizer
        self._merge_system: bool | None = None

    def encode(self, messages: list[Message]) -> list[Example]:
        """One example for a conversation whose earlier turns stay as they are when later ones come.

        Templates that rewrite earlier turns (Mistral's puts the system message into the *last* user turn) give one
        example a turn instead, each rendered as it would be when the model is asked for that turn.
        """
        messages = self._fit_system([{"role": m["role"], "content": m["content"]} for m in messages])
        turns = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
        if not turns:
            return []
        whole = self._render(messages[: turns[-1] + 1])
        spans = [self._span(whole, messages, turn) for turn in turns]
        if all(span is not None for span in spans):
            return [self._tokenise(whole, [span for span in spans if span is not None])]
        examples = []
        for turn in turns:
            text = self._render(messages[: turn + 1])
            span = self._span(text, messages, turn)
            if span is None:
                raise TemplateError("the chat template renders a question differently once it has its answer")
            examples.append(self._tokenise(text, [span]))
        return examples

    def encode_answer(self, messages: list[Message]) -> tuple[list[int], list[int]]:
        """Tokens of the prompt and of the last turn, the assistant's, with its end of turn: those of `encode`."""
        messages = self._fit_system([{"role": m["role"], "content": m["content"]} for m in messages])
        text = self._render(messages)
        span = self._span(text, messages, len(messages) - 1)
        if span is None:
            raise TemplateError("the chat template renders a question differently once it has its answer")
        example = self._tokenise(text, [span])
        answer = [index for index, label in enumerate(example.labels) if label != IGNORED]
        if not answer:
            return example.input_ids, []
        return example.input_ids[: answer[0]], example.input_ids[answer[0] : answer[-1] + 1]

    def _render(self, messages: list[Message], ask: bool = False) -> str:
        try:
            return self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=ask)
        except Exception as error:  # Jinja raises its own types, and templates raise at will
            raise TemplateError(f"the chat template refuses this conversation: {error}") from error

    def _fit_system(self, messages: list[Message]) -> list[Message]:
        if len(messages) < 2 or messages[0]["role"] != "system" or not messages[0]["content"].strip():
            return messages
        if self._merge_system is None:
            self._merge_system = not self._takes_system()
        if not self._merge_system or messages[1]["role"] != "user":
            return messages
        merged = SYSTEM_IN_USER.format(system=messages[0]["content"], user=messages[1]["content"])
        return [{"role": "user", "content": merged}, *messages[2:]]

    def _takes_system(self) -> bool:
        probe = [{"role": "system", "content": "zqsystemqz"}, {"role": "user", "content": "zquserqz"}]
        try:
            return "zqsystemqz" in self._render(probe, ask=True)
        except TemplateError:
            return False

    def _span(self, text: str, messages: list[Message], turn: int) -> tuple[int, int] | None:
        """Start and end in `text` of what the model says in this turn; None if `text` does not begin with its prompt."""
        prompt = self._render(messages[:turn], ask=True)
        if not text.startswith(prompt):
            return None
        ended = self._render(messages[: turn + 1])
        if not text.startswith(ended):
            return None
        # The line break that a template puts after its end-of-turn token is never generated: the token ends the answer.
        answer = messages[turn]["content"].strip()
        found = ended.find(answer, len(prompt)) if answer else len(prompt)
        if found < 0:
            raise TemplateError("the chat template drops or rewrites an assistant's answer")
        closing = ended[found + len(answer) :]
        return len(prompt), found + len(answer) + len(closing.rstrip())

    def _tokenise(self, text: str, spans: list[tuple[int, int]]) -> Example:
        # A template that closes the last turn with nothing would teach a model never to stop.
        eos = self._tokenizer.eos_token
        last_start, last_end = spans[-1]
        if eos and not any(text[:last_end].endswith(token) for token in self._tokenizer.get_added_vocab()):
            text = text[:last_end] + eos
            spans = [*spans[:-1], (last_start, len(text))]
        # The template writes the special tokens itself, the beginning of text too if it wants one.
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids: list[int] = list(encoded["input_ids"])
        labels = [IGNORED] * len(ids)
        at = 0
        inside = False
        for index, (start, end) in enumerate(encoded["offset_mapping"]):
            while at < len(spans) and start >= spans[at][1]:
                at += 1
            if at == len(spans) or start < spans[at][0] or end > spans[at][1]:
                inside = False  # this includes a token that holds the end of the question and the start of the answer
            elif end > start:
                inside = True
            # Byte-level tokenizers trim white space off their offsets, so that a token of line breaks alone is empty:
            # it belongs to the answer if the token before it does.
            if inside:
                labels[index] = ids[index]
        return Example(ids, labels)
