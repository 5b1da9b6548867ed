"""adapter/ and result.json: what a run hands over. result.json comes last; its being there means success."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from afina_status import replace_text

ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json")


def save_adapter(model: Any, run_dir: Path) -> list[dict[str, Any]]:
    """Saves the LoRA of a PeftModel in run_dir/adapter, only what is needed to use it.

    Returns name, bytes and sha256 of each file. Raises OSError on a full disk; adapter/ is whole or not there.
    """
    temporary = run_dir / "adapter.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    model.save_pretrained(str(temporary), safe_serialization=True, save_embedding_layers=False)
    for file in temporary.iterdir():
        if file.name not in ADAPTER_FILES:
            shutil.rmtree(file) if file.is_dir() else file.unlink()
    target = run_dir / "adapter"
    shutil.rmtree(target, ignore_errors=True)
    temporary.rename(target)
    return [
        {"name": name, "bytes": (target / name).stat().st_size, "sha256": sha256_of(target / name)}
        for name in ADAPTER_FILES
    ]


def sha256_of(file: Path) -> str:
    """Hex digest of a file of any size."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "transformers", "peft", "trl")},
    }


def write_result(
    run_dir: Path, run: str, files: list[dict[str, Any]], metrics: dict[str, Any], base: dict[str, Any], device: str
) -> None:
    """Writes result.json. Raises ValueError if a metric is not finite: such a file would be no JSON."""
    document = {
        "version": 1,
        "run": run,
        "adapter": {"path": "adapter", "files": files},
        "metrics": metrics,
        "versions": versions(),
        "base": base,
        "device": device,
    }
    replace_text(run_dir / "result.json", json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
