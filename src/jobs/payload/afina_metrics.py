"""metrics.jsonl: one JSON object a logging step; the curves that people watch."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from afina_status import now, replace_text


def finite(value: Any) -> float | None:
    """The number as a float; None for NaN, infinities and what is no number: JSON has no words for them."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


# As TRL's DPOTrainer logs them. An answer's reward: how much likelier than the base the model finds it, times beta.
REWARDS = {
    "rewardChosen": "rewards/chosen",
    "rewardRejected": "rewards/rejected",
    "rewardMargin": "rewards/margins",
    "rewardAccuracy": "rewards/accuracies",
}


def rewards(logs: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """What a log says of preferences; empty where conversations are learned."""
    return {name: logs[prefix + key] for name, key in REWARDS.items() if prefix + key in logs}


class Metrics:
    """Appends to metrics.jsonl. `writes` is true on rank 0 only; elsewhere nothing is written."""

    def __init__(self, run_dir: Path, writes: bool) -> None:
        self._file = run_dir / "metrics.jsonl"
        self._writes = writes

    def keep_until(self, step: int) -> None:
        """Drops lines of later steps and a torn last line: training goes on from the checkpoint of this step."""
        if not self._writes or not self._file.exists():
            return
        kept = [line for line in self.read() if line["step"] <= step]
        replace_text(self._file, "".join(json.dumps(line) + "\n" for line in kept))

    def append(self, kind: str, step: int, epoch: float | None, **numbers: Any) -> None:
        """Adds one line and closes the file, so that readers see it. Numbers that are not finite become null. Raises OSError on a full disk."""
        if not self._writes:
            return
        line = {"type": kind, "step": step, "epoch": finite(epoch)}
        line.update({name: finite(value) for name, value in numbers.items()})
        line["time"] = now()
        with open(self._file, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, allow_nan=False) + "\n")

    def read(self) -> list[dict[str, Any]]:
        """All whole lines."""
        lines = []
        if self._file.exists():
            for text in self._file.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("step"), int):
                    lines.append(line)
        return lines


def summary(lines: list[dict[str, Any]]) -> dict[str, float | None]:
    """First and last loss (means over the first and last 5 % of the logging steps, at least one), the evaluations, and the
    rewards of the last evaluation, or of the last step where nothing is evaluated."""
    losses = [line["loss"] for line in lines if line.get("type") == "train" and line.get("loss") is not None]
    evaluations = [
        line["evalLoss"] for line in lines if line.get("type") == "eval" and line.get("evalLoss") is not None
    ]
    count = max(1, len(losses) // 20)

    def mean(values: list[float]) -> float | None:
        return sum(values) / len(values) if values else None

    preferred = [line for line in lines if line.get("rewardAccuracy") is not None]
    last = next((line for line in reversed(preferred) if line.get("type") == "eval"), preferred[-1] if preferred else {})
    return {
        "firstLoss": mean(losses[:count]),
        "lastLoss": mean(losses[-count:]),
        "evalLoss": evaluations[-1] if evaluations else None,
        "evalLossFirst": evaluations[0] if evaluations else None,
        **{name: last[name] for name in REWARDS if name in last},
    }
