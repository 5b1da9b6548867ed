"""train.py as a process: results, resuming, stopping, several ranks."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import finish, log_of, metrics_of, start, status_of, wait_for

STEPS = 20  # 40 records, 4 a step, 2 epochs


def losses(folder: Path) -> dict[int, float]:
    lines = [line for line in metrics_of(folder) if line["type"] == "train"]
    assert len({line["step"] for line in lines}) == len(lines), "a step is there twice"
    return {line["step"]: line["loss"] for line in lines}


def test_run_resumes_after_kill_as_if_uninterrupted(run_folder: Callable[..., Path]) -> None:
    whole = run_folder("whole")
    assert finish(whole, start(whole)) == 0, log_of(whole)

    # The whole run first: what it leaves is what the contract says.
    status = status_of(whole)
    assert (status["state"], status["phase"], status["step"], status["maxSteps"]) == ("completed", "done", STEPS, STEPS)
    assert status["error"] is None and status["restarts"] == 0 and status["endedAt"] >= status["startedAt"]
    result = json.loads((whole / "result.json").read_text())
    assert [file["name"] for file in result["adapter"]["files"]] == ["adapter_model.safetensors", "adapter_config.json"]
    assert sorted(file.name for file in (whole / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    for file in result["adapter"]["files"]:
        content = (whole / "adapter" / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert json.loads((whole / "adapter" / "adapter_config.json").read_text())["task_type"] == "CAUSAL_LM"
    numbers = result["metrics"]
    curve = losses(whole)
    assert sorted(curve) == list(range(1, STEPS + 1))
    assert numbers["firstLoss"] == pytest.approx(curve[1]) and numbers["lastLoss"] == pytest.approx(curve[STEPS])
    assert numbers["lastLoss"] < 0.7 * numbers["firstLoss"]
    assert (numbers["steps"], numbers["trainRecords"], numbers["evalRecords"]) == (STEPS, 40, 4)
    evaluations = [line for line in metrics_of(whole) if line["type"] == "eval"]
    assert [line["step"] for line in evaluations] == [0, STEPS // 2, STEPS]
    assert numbers["evalLossFirst"] == evaluations[0]["evalLoss"] and numbers["evalLoss"] == evaluations[-1]["evalLoss"]
    tokens = [line["tokens"] for line in metrics_of(whole) if line["type"] == "train"]
    assert tokens == sorted(tokens) and tokens[-1] == 2 * numbers["trainTokens"]
    assert finish(whole, start(whole)) == 0  # nothing left to do

    # The same, killed after its first checkpoint, with a torn newer one.
    folder = run_folder("killed")
    process = start(folder)
    wait_for(lambda: len(losses(folder)) >= 8, process, folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(losses(folder)) < STEPS, "killed too late to show anything"
    torn = folder / "checkpoints" / "checkpoint-19"
    torn.mkdir()
    (torn / "trainer_state.json").write_text('{"global_step": 19')
    with open(folder / "metrics.jsonl", "a", encoding="utf-8") as stream:
        stream.write('{"type": "train", "st')

    assert finish(folder, start(folder)) == 0, log_of(folder)
    assert status_of(folder)["restarts"] == 1
    assert losses(folder) == pytest.approx(losses(whole), abs=1e-3)
    assert [line["step"] for line in metrics_of(folder) if line["type"] == "eval"] == [0, STEPS // 2, STEPS]
    resumed = [line["tokens"] for line in metrics_of(folder) if line["type"] == "train"]
    assert resumed == tokens


@pytest.mark.parametrize("cancel", [True, False])
def test_sigterm_leaves_a_checkpoint_and_says_what_it_was(run_folder: Callable[..., Path], cancel: bool) -> None:
    def long(spec: dict[str, Any]) -> None:
        spec["training"].update(epochs=500, saveSteps=1000)

    folder = run_folder("stopped", long)
    process = start(folder)
    wait_for(lambda: len(losses(folder)) >= 3, process, folder)
    if cancel:
        (folder / "cancel").touch()
    process.send_signal(signal.SIGTERM)
    assert finish(folder, process, 120) == 143
    status = status_of(folder)
    assert status["endedAt"] and not (folder / "result.json").exists()
    assert (folder / "checkpoints" / f"checkpoint-{status['step']}" / "complete.json").exists()
    if cancel:
        assert (status["state"], status["error"]) == ("cancelled", None)
    else:
        assert (status["state"], status["error"]["type"]) == ("failed", "terminated")


def test_sigterm_while_loading(run_folder: Callable[..., Path]) -> None:
    folder = run_folder()
    (folder / "cancel").touch()
    process = start(folder)
    wait_for(lambda: (folder / "status.json").exists(), process, folder)
    process.send_signal(signal.SIGTERM)
    assert finish(folder, process, 120) == 143
    assert status_of(folder)["state"] == "cancelled"


def test_packing_and_a_gguf_base_and_no_evaluation(run_folder: Callable[..., Path], tiny: Path) -> None:
    if not (tiny / "base.gguf").exists():
        pytest.skip("no llama.cpp converter here")

    def change(spec: dict[str, Any]) -> None:
        spec["base"] = {"gguf": str(tiny / "base.gguf")}
        spec["data"].update(packing=True, eval=None)
        spec["training"].update(maxSteps=4, gradientAccumulation=1)

    folder = run_folder("gguf", change)
    assert finish(folder, start(folder)) == 0, log_of(folder)
    result = json.loads((folder / "result.json").read_text())
    assert result["metrics"]["steps"] == 4 and result["metrics"]["evalLoss"] is None
    assert result["base"] == {"gguf": str(tiny / "base.gguf")}


def test_bf16_learns_what_float32_learns(run_folder: Callable[..., Path]) -> None:
    def precision(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda spec: spec["training"].update(precision=name)

    half, full = run_folder("half", precision("bf16")), run_folder("full", precision("fp32"))
    for folder in (half, full):
        assert finish(folder, start(folder)) == 0, log_of(folder)
    ours, theirs = losses(half), losses(full)
    assert ours.keys() == theirs.keys()
    assert ours != theirs, "it was not trained in another precision"
    assert max(abs(ours[step] - theirs[step]) for step in ours) < 0.1


def test_two_ranks_write_one_set_of_files(run_folder: Callable[..., Path]) -> None:
    def change(spec: dict[str, Any]) -> None:
        spec["training"].update(maxSteps=6, saveSteps=3)

    folder = run_folder("ranks", change)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
    assert finish(folder, start(folder, *launcher)) == 0, log_of(folder)
    assert sorted(losses(folder)) == [1, 2, 3, 4, 5, 6]
    result = json.loads((folder / "result.json").read_text())
    assert result["device"] == "cpu x 2" and status_of(folder)["state"] == "completed"


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (lambda spec: spec["training"].update(learningRate=-1), "spec", "training.learningRate"),
        (lambda spec: spec.update(base={"gguf": "nothing.gguf"}), "base", "nothing.gguf"),
    ],
)
def test_failures_are_told(run_folder: Callable[..., Path], change: Any, kind: str, words: str) -> None:
    folder = run_folder("failing", change)
    assert finish(folder, start(folder)) == 1
    status = status_of(folder)
    assert status["state"] == "failed" and status["error"]["type"] == kind and status["error"]["hint"]
    assert words in status["error"]["message"]
