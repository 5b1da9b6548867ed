"""spec.json: the resolved job as the trainer reads it. Every field is present; nothing is guessed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEDULERS = ("cosine", "linear", "constant", "constant_with_warmup")
PRECISIONS = ("auto", "bf16", "fp16", "fp32")
METHODS = ("sft", "dpo")
DPO_LOSSES = ("sigmoid", "hinge", "ipo", "apo_zero", "sigmoid_norm")


class SpecError(Exception):
    """spec.json cannot be used; the message names the field."""


@dataclass(frozen=True)
class Base:
    """The base model: exactly one of `hf` (hub id), `path` (folder on this machine) and `gguf` (file) is set."""

    hf: str | None
    revision: str | None
    path: str | None
    gguf: str | None


@dataclass(frozen=True)
class Lora:
    r: int
    alpha: float
    dropout: float
    targets: str | list[str]
    rslora: bool


@dataclass(frozen=True)
class Training:
    """`evalSteps` None: at the end of each epoch. `warmup`: share of all steps."""

    epochs: float
    max_steps: int | None
    batch_size: int
    gradient_accumulation: int
    learning_rate: float
    scheduler: str
    warmup: float
    weight_decay: float
    max_grad_norm: float
    precision: str
    gradient_checkpointing: bool
    logging_steps: int
    eval_steps: int | None
    save_steps: int
    save_total_limit: int


@dataclass(frozen=True)
class Dpo:
    """How preferences are learned: `beta` holds the model near its base; `loss` as TRL names it."""

    beta: float
    loss: str


@dataclass(frozen=True)
class Spec:
    """`dpo` is set exactly when preferences are learned; else the run learns conversations (SFT)."""

    run: str
    job: str
    seed: int
    base: Base
    chat_template: str | None
    train_file: str
    eval_file: str | None
    max_length: int
    packing: bool
    lora: Lora
    training: Training
    dpo: Dpo | None
    raw_base: dict[str, Any]


def _number(low: float | None = None, above: float | None = None, below: float | None = None) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        return (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and (low is None or value >= low)
            and (above is None or value > above)
            and (below is None or value < below)
        )

    return check


def _whole(low: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= low


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _or_null(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or check(value)


def _targets(value: Any) -> bool:
    return value == "all-linear" or (isinstance(value, list) and len(value) > 0 and all(_text(item) for item in value))


class _Reader:
    """Fields of one JSON object; errors carry the dotted name of the field."""

    def __init__(self, value: Any, name: str) -> None:
        if not isinstance(value, dict):
            raise SpecError(f"spec.json: {name or 'the document'}: expected an object")
        self._value = value
        self._name = name

    def get(self, field: str, check: Callable[[Any], bool], expected: str) -> Any:
        where = f"{self._name}.{field}" if self._name else field
        if field not in self._value:
            raise SpecError(f"spec.json: {where}: missing; expected {expected}")
        value = self._value[field]
        if not check(value):
            raise SpecError(
                f"spec.json: {where}: expected {expected}, got {json.dumps(value, ensure_ascii=False)[:80]}"
            )
        return value

    def object(self, field: str) -> _Reader:
        where = f"{self._name}.{field}" if self._name else field
        if field not in self._value:
            raise SpecError(f"spec.json: {where}: missing; expected an object")
        return _Reader(self._value[field], where)


def read_base(value: Any) -> Base:
    kinds = [kind for kind in ("hf", "path", "gguf") if isinstance(value, dict) and kind in value]
    if len(kinds) != 1:
        raise SpecError("spec.json: base: expected exactly one of hf, path and gguf")
    base = _Reader(value, "base")
    name = base.get(kinds[0], _text, "text")
    revision = value.get("revision") if kinds[0] == "hf" else None
    if not _or_null(_text)(revision):
        raise SpecError("spec.json: base.revision: expected text or null")
    return Base(
        hf=name if kinds[0] == "hf" else None,
        revision=revision,
        path=name if kinds[0] == "path" else None,
        gguf=name if kinds[0] == "gguf" else None,
    )


def _read_dpo(top: _Reader, method: str) -> Dpo | None:
    if method != "dpo":
        return None
    dpo = top.object("dpo")
    return Dpo(
        beta=dpo.get("beta", _number(above=0), "a number above 0"),
        loss=dpo.get("loss", lambda value: value in DPO_LOSSES, "one of " + ", ".join(DPO_LOSSES)),
    )


def parse_spec(document: Any) -> Spec:
    """Checks a parsed spec.json. Raises SpecError, naming the first field that is wrong."""
    top = _Reader(document, "")
    top.get("version", lambda value: value == 1, "1 (this trainer reads no other version)")
    method = top.get("method", lambda value: value in METHODS, "one of " + ", ".join(METHODS))
    run = top.get("run", _text, "text")
    job = top.get("job", _text, "text")
    seed = top.get("seed", lambda value: _whole(0)(value) and value < 2**32, "a whole number from 0 to 2^32-1")
    template = top.get("chatTemplate", _or_null(_text), "Jinja text or null")
    top.get("base", lambda value: isinstance(value, dict), "an object")
    base = read_base(document["base"])
    data = top.object("data")
    train_file = data.get("train", _text, "a file name")
    eval_file = data.get("eval", _or_null(_text), "a file name or null")
    max_length = data.get("maxLength", _whole(8), "a whole number of tokens, at least 8")
    packing = data.get("packing", _flag, "true or false")
    lora = top.object("lora")
    training = top.object("training")
    return Spec(
        run=run,
        job=job,
        seed=seed,
        base=base,
        chat_template=template,
        train_file=train_file,
        eval_file=eval_file,
        max_length=max_length,
        packing=packing,
        lora=Lora(
            r=lora.get("r", _whole(1), "a whole number above 0"),
            alpha=lora.get("alpha", _number(above=0), "a number above 0"),
            dropout=lora.get("dropout", _number(low=0, below=1), "a number from 0 to below 1"),
            targets=lora.get("targets", _targets, '"all-linear" or a list of module names'),
            rslora=lora.get("rslora", _flag, "true or false"),
        ),
        training=Training(
            epochs=training.get("epochs", _number(above=0), "a number above 0"),
            max_steps=training.get("maxSteps", _or_null(_whole(1)), "a whole number above 0, or null"),
            batch_size=training.get("batchSize", _whole(1), "a whole number above 0"),
            gradient_accumulation=training.get("gradientAccumulation", _whole(1), "a whole number above 0"),
            learning_rate=training.get("learningRate", _number(above=0), "a number above 0"),
            scheduler=training.get("scheduler", lambda value: value in SCHEDULERS, "one of " + ", ".join(SCHEDULERS)),
            warmup=training.get("warmup", _number(low=0, below=1), "a share of the steps, from 0 to below 1"),
            weight_decay=training.get("weightDecay", _number(low=0), "a number, 0 or above"),
            max_grad_norm=training.get("maxGradNorm", _number(above=0), "a number above 0"),
            precision=training.get("precision", lambda value: value in PRECISIONS, "one of " + ", ".join(PRECISIONS)),
            gradient_checkpointing=training.get("gradientCheckpointing", _flag, "true or false"),
            logging_steps=training.get("loggingSteps", _whole(1), "a whole number above 0"),
            eval_steps=training.get("evalSteps", _or_null(_whole(1)), "a whole number above 0, or null"),
            save_steps=training.get("saveSteps", _whole(1), "a whole number above 0"),
            save_total_limit=training.get("saveTotalLimit", _whole(1), "a whole number above 0"),
        ),
        dpo=_read_dpo(top, method),
        raw_base=document["base"],
    )


def load_spec(run_dir: Path) -> Spec:
    """Reads run_dir/spec.json. Raises SpecError if it is absent, no JSON, or wrong in a field."""
    file = run_dir / "spec.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(f"spec.json: not found in {run_dir}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise SpecError(f"spec.json: not valid JSON: {error}") from None
    return parse_spec(document)
