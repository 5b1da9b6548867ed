"""data/*.jsonl to tokenised datasets, with counts of what was cut or left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from afina_chat import IGNORED, ChatEncoder, Example, TemplateError

ROLES = ("system", "user", "assistant")


class DataError(Exception):
    """A data file cannot be used; the message names the file and the line."""


@dataclass
class Split:
    """Tokenised examples of one file. A record can give several examples (see ChatEncoder.encode)."""

    examples: list[Example] = field(default_factory=list)
    records: int = 0
    dropped: int = 0
    truncated: int = 0

    @property
    def tokens(self) -> int:
        return sum(len(example.input_ids) for example in self.examples)

    @property
    def loss_tokens(self) -> int:
        return sum(sum(label != IGNORED for label in example.labels) for example in self.examples)


def read_records(file: Path, most: int | None = None) -> list[dict[str, Any]]:
    """The records of a JSONL file, or its first ones. Raises DataError for broken JSON or a record without proper messages."""

    def fits(record: dict[str, Any]) -> bool:
        return are_messages(record.get("messages"))

    return read_lines(file, fits, "messages with a role and a content", most)


def read_lines(
    file: Path, fits: Callable[[dict[str, Any]], bool], expected: str, most: int | None = None
) -> list[dict[str, Any]]:
    """The records of a JSONL file, or its first ones. Raises DataError for broken JSON or a record that does not fit."""
    records = []
    with open(file, encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            if len(records) == most:
                break
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise DataError(f"{file.name}, line {number}: not valid JSON: {error}") from None
            if not isinstance(record, dict) or not fits(record):
                raise DataError(f"{file.name}, line {number}: expected {expected}")
            records.append(record)
    return records


def are_messages(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)
        for message in value
    )


def tokenise(records: list[dict[str, Any]], encoder: ChatEncoder, max_length: int) -> Split:
    """Tokenises records, cutting at max_length tokens; what has no token with loss then is dropped.

    A record that the template refuses is dropped with a line in the log. Raises TemplateError if it refuses them all.
    """
    split = Split()
    refusal: TemplateError | None = None
    for record in records:
        try:
            examples = encoder.encode(record["messages"])
        except TemplateError as error:
            refusal = error
            print(f"dropped record {record.get('id')}: {error}", flush=True)
            examples = []
        kept = [Example(e.input_ids[:max_length], e.labels[:max_length]) for e in examples]
        # The first token is predicted from nothing, so a label there trains nothing.
        kept = [example for example in kept if any(label != IGNORED for label in example.labels[1:])]
        split.truncated += 1 if kept and any(len(e.input_ids) > max_length for e in examples) else 0
        split.records += 1 if kept else 0
        split.dropped += 0 if kept else 1
        split.examples.extend(kept)
    if records and not split.examples and refusal is not None:
        raise refusal
    return split


def to_dataset(split: Split) -> Any:
    """A `datasets.Dataset` in the form that SFTTrainer takes as already prepared: columns input_ids and labels."""
    from datasets import Dataset

    return Dataset.from_dict(
        {
            "input_ids": [example.input_ids for example in split.examples],
            "labels": [example.labels for example in split.examples],
        }
    )
