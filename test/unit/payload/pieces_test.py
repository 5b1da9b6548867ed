"""The parts of the trainer by themselves: packing, numbers that are none, spec, checkpoints, hints."""

from __future__ import annotations

import copy
import errno
import json
import math
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from afina_base import choose_precision
from afina_chat import IGNORED, TemplateError
from afina_checkpoints import last_complete, mark_complete, remove_after
from afina_failures import BaseMissing, describe
from afina_metrics import Metrics, finite, summary
from afina_spec import SpecError, load_spec, parse_spec
from afina_status import Status
from conftest import SPEC, metrics_of, status_of


def spec_with(**changes: Any) -> dict[str, Any]:
    """SPEC with dotted fields changed: training__epochs=0."""
    spec = copy.deepcopy(SPEC)
    spec["base"] = {"path": "/models/x"}
    for name, value in changes.items():
        at = spec
        *folders, field = name.split("__")
        for folder in folders:
            at = at[folder]
        if value is ...:
            del at[field]
        else:
            at[field] = value
    return spec


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"version": 2}, "version: expected 1"),
        ({"method": "ppo"}, "method: expected one of sft, dpo"),
        ({"method": "dpo"}, "dpo: missing"),
        ({"method": "dpo", "dpo": {"beta": 0, "loss": "sigmoid"}}, "dpo.beta: expected a number above 0"),
        ({"method": "dpo", "dpo": {"beta": 0.1, "loss": "magic"}}, "dpo.loss: expected one of sigmoid"),
        ({"seed": ...}, "seed: missing"),
        ({"base": {}}, "base: expected exactly one of"),
        ({"base": {"hf": "a/b", "gguf": "c"}}, "base: expected exactly one of"),
        ({"base": {"hf": "a/b", "revision": 3}}, "base.revision"),
        ({"lora": ...}, "lora: missing"),
        ({"lora": 4}, "lora: expected an object"),
        ({"lora__r": 0}, "lora.r: expected a whole number above 0, got 0"),
        ({"lora__r": True}, "lora.r"),
        ({"lora__targets": []}, "lora.targets"),
        ({"data__maxLength": "long"}, 'data.maxLength: expected a whole number of tokens, at least 8, got "long"'),
        ({"training__learningRate": "fast"}, "training.learningRate"),
        ({"training__scheduler": "magic"}, "training.scheduler: expected one of cosine"),
        ({"training__precision": "int4"}, "training.precision"),
        ({"training__evalSteps": 0}, "training.evalSteps"),
    ],
)
def test_spec_errors_name_the_field(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(spec_with(**changes))
    assert str(caught.value).startswith("spec.json: ") and words in str(caught.value)


def test_spec_is_read_whole(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="not found"):
        load_spec(tmp_path)
    (tmp_path / "spec.json").write_text("{")
    with pytest.raises(SpecError, match="not valid JSON"):
        load_spec(tmp_path)
    (tmp_path / "spec.json").write_text(json.dumps(spec_with(base={"hf": "a/b", "revision": None})))
    spec = load_spec(tmp_path)
    assert spec.base.hf == "a/b" and spec.training.max_steps is None and spec.lora.alpha == 8


def test_numbers_that_are_none_become_null(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path, writes=True)
    metrics.append("train", 1, 0.5, loss=math.nan, gradNorm=math.inf, learningRate=torch.tensor(0.25), tokens=None)
    line = metrics_of(tmp_path)[0]
    assert (line["loss"], line["gradNorm"], line["learningRate"], line["tokens"]) == (None, None, 0.25, None)
    assert finite("x") is None and summary(metrics.read())["lastLoss"] is None
    Metrics(tmp_path / "elsewhere", writes=False).append("train", 1, 0.5)  # another rank: no file, no error


def test_first_and_last_loss_are_means_of_a_twentieth() -> None:
    lines: list[dict[str, Any]] = [{"type": "train", "step": step, "loss": float(step)} for step in range(1, 41)]
    lines.insert(3, {"type": "eval", "step": 3, "evalLoss": 9.0})
    lines.append({"type": "eval", "step": 40, "evalLoss": 5.0})
    assert summary(lines) == {"firstLoss": 1.5, "lastLoss": 39.5, "evalLoss": 5.0, "evalLossFirst": 9.0}


def test_metrics_beyond_the_checkpoint_go(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path, writes=True)
    for step in (1, 2, 3):
        metrics.append("train", step, 0.1, loss=1)
    with open(tmp_path / "metrics.jsonl", "a") as stream:
        stream.write('{"step": 2, "torn')
    metrics.keep_until(2)
    metrics.append("train", 3, 0.1, loss=2)
    assert [(line["step"], line["loss"]) for line in metrics_of(tmp_path)] == [(1, 1), (2, 1), (3, 2)]


def test_only_whole_checkpoints_count(tmp_path: Path) -> None:
    assert last_complete(tmp_path) is None
    for step in (5, 10, 15, 20):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "optimizer.pt").write_bytes(b"x" * 100)
        if step != 20:
            mark_complete(folder, tokens=step * 10)
    (tmp_path / "checkpoint-15" / "optimizer.pt").write_bytes(b"x" * 99)  # cut by a crash after it was marked
    found = last_complete(tmp_path)
    assert found is not None and (found[0].name, found[1], found[2]) == ("checkpoint-10", 10, 100.0)
    remove_after(tmp_path, 10)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-5"]


def test_packed_examples_do_not_see_each_other(tiny: Path) -> None:
    """Loss and gradient of a packed row are those of its examples alone: same masks, same positions."""
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    tokenizer = AutoTokenizer.from_pretrained(str(tiny))
    generator = torch.Generator().manual_seed(3)
    rows = []
    for length in (30, 25, 40, 12):
        ids = torch.randint(5, 512, (length,), generator=generator).tolist()
        labels = [IGNORED] * (length // 2) + ids[length // 2 :]
        rows.append({"input_ids": ids, "labels": labels})

    def loss_of(packing: bool) -> tuple[float, float, int]:
        model = AutoModelForCausalLM.from_pretrained(str(tiny), dtype=torch.float32)
        columns = {name: [row[name] for row in rows] for name in ("input_ids", "labels")}
        trainer = SFTTrainer(
            model=model,
            args=SFTConfig(output_dir="/unused", max_length=64, packing=packing, per_device_train_batch_size=4, use_cpu=True,
                           bf16=False, gradient_checkpointing=False, report_to="none"),
            train_dataset=Dataset.from_dict(columns),
            processing_class=tokenizer,
        )  # fmt: skip
        batches = list(trainer.get_train_dataloader())
        assert len(batches) == 1
        batch = batches[0]
        tokens = int((batch["labels"][..., 1:] != IGNORED).sum())
        loss = trainer.compute_loss(model.train(), dict(batch), num_items_in_batch=torch.tensor(tokens))
        loss.backward()
        norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
        return loss.item(), norm.item(), tokens

    packed, apart = loss_of(True), loss_of(False)
    assert packed[2] == apart[2]
    assert packed[:2] == pytest.approx(apart[:2], abs=1e-4)


def test_status_is_always_whole_json(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text(json.dumps({"pid": 1, "restarts": 2}))
    status = Status(tmp_path, writes=True)
    status.start()
    for step in range(200):
        status.update(step=step)
        assert status_of(tmp_path)["restarts"] == 3
    status.finish("completed")
    assert (status_of(tmp_path)["step"], status_of(tmp_path)["state"]) == (199, "completed")
    assert [file.name for file in tmp_path.iterdir()] == ["status.json"]
    other = tmp_path / "other"
    other.mkdir()
    Status(other, writes=False).finish("failed", {"type": "x", "message": "y", "hint": None})
    assert not any(other.iterdir())


def test_known_failures_say_what_to_change() -> None:
    spec = parse_spec(spec_with(training__batchSize=4, training__gradientAccumulation=2))
    wrapped = RuntimeError("could not save")
    wrapped.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    gated = type("GatedRepoError", (OSError,), {})("Access to model is restricted")
    cases = [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
            "memory",
            "training.batchSize 2 with gradientAccumulation 4",
        ),
        (BaseMissing("no model in /models/x"), "base", "afina.yaml"),
        (TemplateError("the base model has no chat template"), "chatTemplate", "chatTemplate"),
        (gated, "gated", "hf auth login"),
        (OSError("We couldn't connect to the hub to load the files"), "offline", "copy the model to the cluster"),
        (wrapped, "disk", "saveTotalLimit"),
        (ImportError("libcudnn.so.9: cannot open shared object file"), "import", "environment"),
        (ValueError("Target modules {'x'} not found in the base model."), "targets", "lora.targets"),
    ]
    for error, kind, words in cases:
        told = describe(error, spec)
        assert told["type"] == kind and words in told["hint"], error
    assert describe(ZeroDivisionError("division by zero"), spec) == {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "hint": None,
    }


@pytest.mark.parametrize(
    ("gpu", "native", "wanted", "chosen"),
    [
        (True, True, "auto", "bf16"),
        (True, False, "auto", "fp16"),
        (False, True, "auto", "bf16"),
        (False, False, "auto", "fp32"),
        (False, False, "bf16", "bf16"),
        (False, True, "fp32", "fp32"),
    ],
)
def test_precision_is_what_the_hardware_has(gpu: bool, native: bool, wanted: str, chosen: str) -> None:
    fake = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: gpu, is_bf16_supported=lambda including_emulation: native),
        cpu=SimpleNamespace(_is_avx512_bf16_supported=lambda: native),
    )
    assert choose_precision(wanted, fake) == chosen


def test_a_pytorch_that_cannot_tell_trains_in_float32() -> None:
    fake = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False), cpu=SimpleNamespace())
    assert choose_precision("auto", fake) == "fp32"
