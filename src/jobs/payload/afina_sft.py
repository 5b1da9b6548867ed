"""Learning conversations: TRL's SFTTrainer on what the assistant says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trl import SFTConfig, SFTTrainer

from afina_chat import ChatEncoder
from afina_data import Split, read_records, to_dataset, tokenise
from afina_spec import Spec


def read_split(file: Path | None, encoder: ChatEncoder, max_length: int) -> Split:
    """The tokenised records of a file; none without one. Raises DataError and TemplateError."""
    return tokenise(read_records(file) if file else [], encoder, max_length)


def conversations(file: Path, most: int) -> list[dict[str, Any]]:
    """The first records of a file as the model sees them. Raises DataError."""
    return read_records(file, most)


def make_trainer(spec: Spec, arguments: dict[str, Any], train: Split, held: Split, **parts: Any) -> SFTTrainer:
    """`arguments` are those of every method; `parts` go to the trainer as they are."""
    return SFTTrainer(
        args=SFTConfig(
            **arguments,
            packing=spec.packing,
            packing_strategy="bfd",
            eval_packing=False,
            completion_only_loss=False,  # the labels say it
        ),
        train_dataset=to_dataset(train),
        eval_dataset=to_dataset(held) if held.examples else None,
        **parts,
    )
