"""Checkpoints that can be trusted: marked complete after every byte is on the disk."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from afina_status import read_json, replace_text

MARKER = "complete.json"


def mark_complete(checkpoint: Path, tokens: float) -> None:
    """Records the size of every file, so that a checkpoint torn by a crash is known as such. Raises OSError."""
    sizes = {}
    for file in sorted(checkpoint.rglob("*")):
        if file.is_file() and file.name != MARKER:
            with open(file, "rb") as stream:
                os.fsync(stream.fileno())
            sizes[str(file.relative_to(checkpoint))] = file.stat().st_size
    replace_text(checkpoint / MARKER, json.dumps({"version": 1, "tokens": tokens, "files": sizes}) + "\n")


def _marker_if_complete(checkpoint: Path) -> dict[str, Any] | None:
    marker = read_json(checkpoint / MARKER)
    if marker is None or not isinstance(marker.get("files"), dict):
        return None
    for name, size in marker["files"].items():
        file = checkpoint / name
        if not file.is_file() or file.stat().st_size != size:
            return None
    return marker


def last_complete(folder: Path) -> tuple[Path, int, float] | None:
    """Path, step and tokens seen of the newest complete checkpoint; None if there is none."""
    found = []
    for checkpoint in folder.glob("checkpoint-*"):
        number = re.fullmatch(r"checkpoint-(\d+)", checkpoint.name)
        if number and checkpoint.is_dir():
            found.append((int(number.group(1)), checkpoint))
    for step, checkpoint in sorted(found, reverse=True):
        marker = _marker_if_complete(checkpoint)
        if marker is not None:
            return checkpoint, step, float(marker.get("tokens") or 0)
    return None


def remove_after(folder: Path, step: int) -> None:
    """Removes torn checkpoints and those beyond `step`: the trainer would count them when it keeps the newest few."""
    for checkpoint in folder.glob("checkpoint-*"):
        number = re.fullmatch(r"checkpoint-(\d+)", checkpoint.name)
        if number and (int(number.group(1)) > step or _marker_if_complete(checkpoint) is None):
            shutil.rmtree(checkpoint, ignore_errors=True)
