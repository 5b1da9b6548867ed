"""What went wrong, in words that say what to change."""

from __future__ import annotations

import errno
from typing import Any

from afina_chat import TemplateError
from afina_data import DataError
from afina_spec import Spec, SpecError


class BaseMissing(Exception):
    """The base model named in the spec is not on this machine."""


def _chain(error: BaseException) -> list[BaseException]:
    """The error and its causes: libraries wrap the one that tells."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


def _memory_hint(spec: Spec | None) -> str:
    if spec is None:
        return "Use a smaller batch or a larger GPU."
    ways = []
    if spec.training.batch_size > 1:
        half = spec.training.batch_size // 2
        ways.append(f"training.batchSize {half} with gradientAccumulation {spec.training.gradient_accumulation * 2}")
    if not spec.training.gradient_checkpointing:
        ways.append("training.gradientCheckpointing true")
    ways.append(f"a training.maxLength below {spec.max_length}")
    return "The GPU's memory is full. Try " + ", or ".join(ways) + "."


def describe(error: BaseException, spec: Spec | None) -> dict[str, Any]:
    """{"type", "message", "hint"} for status.json; hint is None for what is not known here."""
    base = spec.base if spec else None
    name = (base.hf or base.path or base.gguf) if base else "the base model"
    chain = _chain(error)
    names = {kind.__name__ for link in chain for kind in type(link).__mro__}
    text = " ".join(str(link) for link in chain)

    def known(kind: str, hint: str) -> dict[str, Any]:
        return {"type": kind, "message": str(error)[:2000] or type(error).__name__, "hint": hint}

    if isinstance(error, SpecError):
        return known("spec", "Submit the job again with the current version of the extension.")
    if isinstance(error, DataError):
        return known("data", "Check the dataset (afina check) and submit again.")
    if isinstance(error, TemplateError):
        return known("chatTemplate", "Give the model a chatTemplate in afina.yaml, or choose its instruct variant.")
    if "PromptMismatch" in names:
        return known(
            "template/parity",
            "Preview with the GGUF of this very model, converted anew, and submit again: a model that is asked in another way than it was trained talks gibberish.",
        )
    if isinstance(error, BaseMissing):
        return known(
            "base", "Check the model's path for this cluster in afina.yaml: it must exist on the machine that trains."
        )
    if "OutOfMemoryError" in names or "out of memory" in text.lower():
        return known("memory", _memory_hint(spec))
    if isinstance(error, MemoryError) or "DefaultCPUAllocator" in text:
        return known(
            "memory", "The machine's memory is full: ask for more (resources.memory), or use a smaller base or batch."
        )
    if (
        any(isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT) for link in chain)
        or "No space left" in text
    ):
        return known(
            "disk",
            "The disk or quota is full: free space in the run's folder, lower training.saveTotalLimit, then start it again.",
        )
    if "GatedRepoError" in names or "gated repo" in text.lower():
        return known(
            "gated",
            f"Access to {name} must be granted first: accept its terms on its hub page, log in on the cluster (hf auth login), or copy the model there and name its path.",
        )
    if "RepositoryNotFoundError" in names or "RevisionNotFoundError" in names:
        return known(
            "base",
            f"{name} is not known to the hub, or is private: check its id and revision, or log in on the cluster.",
        )
    if names & {
        "LocalEntryNotFoundError",
        "OfflineModeIsEnabled",
        "ConnectError",
        "ConnectionError",
        "ConnectTimeout",
    } or ("couldn't connect to" in text.lower() or "offline mode" in text.lower()):
        return known(
            "offline",
            f"This machine has no way to the hub and {name} is not in its cache: copy the model to the cluster and name its path in afina.yaml.",
        )
    if isinstance(error, ImportError):
        return known(
            "import",
            "The Python environment is incomplete or does not fit this machine: remove it and let it be prepared again.",
        )
    if "OSError" in names and base is not None and ("config.json" in text or "does not appear to have" in text):
        return known(
            "base", f"{name} holds no complete model: a folder needs config.json, the tokenizer and the weights."
        )
    if "Target modules" in text:
        return known(
            "targets", "lora.targets names modules that this model does not have: use all-linear, or its own names."
        )
    return {"type": type(error).__name__, "message": str(error)[:2000] or type(error).__name__, "hint": None}
