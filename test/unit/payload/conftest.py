"""A tiny Llama for the session, run folders, and train.py as a process."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAYLOAD = ROOT / "src" / "jobs" / "payload"
FIXTURES = ROOT / "test" / "fixtures" / "python"
BUNDLE = ROOT / "node_modules" / "node-llama-cpp" / "llama" / "gitRelease.bundle"
SET_UP = ROOT / ".lab" / "fixtures" / "tiny-llama"
sys.path.insert(0, str(PAYLOAD))
sys.path.insert(0, str(FIXTURES))

SPEC: dict[str, Any] = {
    "version": 1,
    "run": "20261124-001230-teste-a1b2c3",
    "job": "teste",
    "method": "sft",
    "seed": 42,
    "base": {"path": "set by the fixture"},
    "chatTemplate": None,
    "data": {"train": "data/train.jsonl", "eval": "data/eval.jsonl", "maxLength": 256, "packing": False},
    "lora": {"r": 4, "alpha": 8, "dropout": 0.1, "targets": "all-linear", "rslora": False},
    "training": {
        "epochs": 2,
        "maxSteps": None,
        "batchSize": 2,
        "gradientAccumulation": 2,
        "learningRate": 0.005,
        "scheduler": "cosine",
        "warmup": 0.1,
        "weightDecay": 0,
        "maxGradNorm": 1.0,
        "precision": "fp32",  # `auto` depends on the machine
        "gradientCheckpointing": False,
        "loggingSteps": 1,
        "evalSteps": None,
        "saveSteps": 5,
        "saveTotalLimit": 2,
    },
}


@pytest.fixture(scope="session")
def tiny() -> Path:
    """Folder of the tiny Llama; with base.gguf where llama.cpp's converter is at hand.

    The one that `node test/lab/setup.mjs fixtures` keeps up to date, else one of our own, made once for what it is made of.
    """
    if (SET_UP / "base.gguf").exists():
        return SET_UP
    clone = Path(os.environ.get("AFINA_LLAMA_CPP", ROOT / ".lab" / "llama.cpp"))
    if not clone.exists() and BUNDLE.exists():
        subprocess.run(["git", "clone", "-q", str(BUNDLE), str(clone)], check=True, capture_output=True)
    sources = [FIXTURES / "tiny_llama.py", *sorted((ROOT / "media" / "sample" / "datasets").glob("*.jsonl"))]
    key = hashlib.sha256(
        b"".join(source.read_bytes() for source in sources) + str(clone.exists()).encode()
    ).hexdigest()[:16]
    made = ROOT / ".lab" / "tiny" / key
    if made.exists():
        return made
    out = made.with_name(f"{key}.{os.getpid()}")
    command = [sys.executable, str(FIXTURES / "tiny_llama.py"), "--out", str(out)]
    command += ["--llama-cpp", str(clone)] if clone.exists() else []
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    try:
        out.rename(made)
    except OSError:  # another session was faster
        shutil.rmtree(out)
    return made


def records(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Short conversations with accents, of differing lengths."""
    return [
        {
            "id": f"r-{number}",
            "messages": [
                {"role": "user", "content": f"O que é a embarcação n.º {number}?"},
                {"role": "assistant", "content": "É um navio português." + " Tem tripulação e capitão." * (number % 4)},
            ],
        }
        for number in range(first, first + count)
    ]


@pytest.fixture
def run_folder(tmp_path: Path, tiny: Path) -> Callable[..., Path]:
    """run_folder(name, change=lambda spec: …, train=40, evaluate=4): a folder as a submission leaves it."""

    def make(
        name: str = "run",
        change: Callable[[dict[str, Any]], None] = lambda spec: None,
        train: int = 40,
        evaluate: int = 4,
    ) -> Path:
        folder = tmp_path / name
        (folder / "data").mkdir(parents=True)
        spec = copy.deepcopy(SPEC)
        spec["base"] = {"path": str(tiny)}
        change(spec)
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        for split, lines in (("train", records(train)), ("eval", records(evaluate, 1000))):
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / "data" / f"{split}.jsonl").write_text(text, encoding="utf-8")
        return folder

    return make


def start(folder: Path, *launcher: str, **environment: str) -> subprocess.Popen[str]:
    """train.py on a run folder; what it says goes to train.log."""
    command = [sys.executable, *launcher, str(PAYLOAD / "train.py"), "--run-dir", str(folder)]
    log = open(folder / "train.log", "a", encoding="utf-8")
    variables = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", **environment}
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=variables, text=True)


def finish(folder: Path, process: subprocess.Popen[str], timeout: float = 300) -> int:
    """Exit status. On a timeout the process is killed and the log shown."""
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(log_of(folder)) from None


def log_of(folder: Path) -> str:
    return (folder / "train.log").read_text(encoding="utf-8", errors="replace")[-4000:]


def status_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "status.json").read_text(encoding="utf-8"))


def metrics_of(folder: Path) -> list[dict[str, Any]]:
    """Strict JSON: NaN and Infinity are errors."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in metrics.jsonl")

    file = folder / "metrics.jsonl"
    if not file.exists():
        return []
    return [json.loads(line, parse_constant=refuse) for line in file.read_text().splitlines()]


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str], folder: Path, seconds: float = 240) -> None:
    """Waits until the condition holds while the process lives."""
    until = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, log_of(folder)
        assert time.monotonic() < until, log_of(folder)
        time.sleep(0.02)
