"""Learning preferences: TRL's DPOTrainer on two answers to one prompt, against the base without its adapter."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import DPOConfig, DPOTrainer

from afina_chat import ChatEncoder, TemplateError
from afina_data import are_messages, read_lines
from afina_spec import Spec


@dataclass
class Pair:
    """Token ids of a prompt and of the two answers to it."""

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]


@dataclass
class PairSplit:
    """Tokenised pairs of one file, one a record."""

    examples: list[Pair] = field(default_factory=list)
    dropped: int = 0
    truncated: int = 0

    @property
    def records(self) -> int:
        return len(self.examples)

    @property
    def tokens(self) -> int:
        """Those that the model reads: the prompt once for each answer."""
        return sum(2 * len(pair.prompt) + len(pair.chosen) + len(pair.rejected) for pair in self.examples)

    @property
    def loss_tokens(self) -> int:
        return sum(len(pair.chosen) + len(pair.rejected) for pair in self.examples)


def read_split(file: Path | None, encoder: ChatEncoder, max_length: int) -> PairSplit:
    """The tokenised records of a file; none without one. Raises DataError and TemplateError."""
    return tokenise_pairs(read_preferences(file) if file else [], encoder, max_length)


def conversations(file: Path, most: int) -> list[dict[str, Any]]:
    """The first records of a file with their better answers, as the model sees them. Raises DataError."""
    return [
        {"id": record.get("id"), "messages": [*record["prompt"], {"role": "assistant", "content": record["chosen"]}]}
        for record in read_preferences(file, most)
    ]


def read_preferences(file: Path, most: int | None = None) -> list[dict[str, Any]]:
    """The records of a JSONL file, or its first ones. Raises DataError for broken JSON or a record that is no preference."""

    def fits(record: dict[str, Any]) -> bool:
        answers = isinstance(record.get("chosen"), str) and isinstance(record.get("rejected"), str)
        return answers and bool(record.get("prompt")) and are_messages(record["prompt"])

    return read_lines(file, fits, "a prompt of messages with a chosen and a rejected answer", most)


def tokenise_pairs(records: list[dict[str, Any]], encoder: ChatEncoder, max_length: int) -> PairSplit:
    """Tokenises records, cutting at max_length tokens; where no answer is left then, or both are the same, it is dropped.

    A record that the template refuses is dropped with a line in the log. Raises TemplateError if it refuses them all.
    """
    split = PairSplit()
    refusal: TemplateError | None = None
    for record in records:
        try:
            pair = encode_pair(record, encoder)
        except TemplateError as error:
            refusal = error
            print(f"dropped record {record.get('id')}: {error}", flush=True)
            split.dropped += 1
            continue
        room = max_length - len(pair.prompt)
        kept = Pair(pair.prompt, pair.chosen[: max(0, room)], pair.rejected[: max(0, room)])
        if not kept.chosen or not kept.rejected or kept.chosen == kept.rejected:
            print(f"dropped record {record.get('id')}: no two answers within {max_length} tokens", flush=True)
            split.dropped += 1
            continue
        split.truncated += 1 if kept != pair else 0
        split.examples.append(kept)
    if records and not split.examples and refusal is not None:
        raise refusal
    return split


def encode_pair(record: dict[str, Any], encoder: ChatEncoder) -> Pair:
    """The tokens that training on either answer alone would see. Raises TemplateError."""
    sides = [
        encoder.encode_answer([*record["prompt"], {"role": "assistant", "content": record[key]}])
        for key in ("chosen", "rejected")
    ]
    # A tokenizer may join the prompt's end and an answer's beginning in one token: then the prompt ends before it.
    length = min(len(prompt) for prompt, _ in sides)
    while length > 0 and sides[0][0][:length] != sides[1][0][:length]:
        length -= 1
    chosen, rejected = ([*prompt[length:], *answer] for prompt, answer in sides)
    return Pair(sides[0][0][:length], chosen, rejected)


class PairTrainer(DPOTrainer):
    """Takes datasets as they are: TRL would render prompts in its own way, and not as they are asked in the preview."""

    def _prepare_dataset(self, dataset: Any, *_args: Any, **_kwargs: Any) -> Any:
        return dataset


def to_dataset(split: PairSplit) -> Dataset:
    """The columns that DPOTrainer's collator reads."""
    return Dataset.from_dict(
        {
            "prompt_ids": [pair.prompt for pair in split.examples],
            "chosen_ids": [pair.chosen for pair in split.examples],
            "rejected_ids": [pair.rejected for pair in split.examples],
        }
    )


def make_trainer(spec: Spec, arguments: dict[str, Any], train: PairSplit, held: PairSplit, **parts: Any) -> PairTrainer:
    """`arguments` are those of every method; `parts` go to the trainer as they are."""
    assert spec.dpo is not None
    return PairTrainer(
        args=DPOConfig(
            **arguments,
            beta=spec.dpo.beta,
            loss_type=[spec.dpo.loss],
            disable_dropout=False,  # the job says what is dropped: of the adapter alone, so the reference is exact
        ),
        train_dataset=to_dataset(train),
        eval_dataset=to_dataset(held) if held.examples else None,
        **parts,
    )
