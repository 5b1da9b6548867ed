"""The base model as it is trained: found, loaded, in the precision that the hardware has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from afina_failures import BaseMissing
from afina_spec import Spec


def choose_precision(wanted: str, torch: Any) -> str:
    """bf16, fp16 or fp32. `auto` takes what the hardware has: bf16 on a GPU or CPU with instructions for it (on a CPU with
    AVX-512 BF16 a step takes two thirds of the time, with the same losses to two decimals), else fp16 on a GPU, fp32 on a CPU."""
    if wanted != "auto":
        return wanted
    if not torch.cuda.is_available():
        # Emulated bf16 is slower than float32. The question has no public name in PyTorch, so it may go away.
        has_bf16 = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
        return "bf16" if has_bf16() else "fp32"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def load_base(spec: Spec, run_dir: Path, dtype: Any, transformers: Any) -> tuple[Any, Any]:
    """Model (in `dtype`, on the CPU) and tokenizer of the base. A GGUF is dequantised. Raises BaseMissing and the hub's errors."""
    base = spec.base
    where: dict[str, Any] = {}
    if base.gguf is not None:
        file = run_dir / base.gguf  # an absolute path stays as it is
        if not file.is_file():
            raise BaseMissing(f"base model not found: {file}")
        with open(file, "rb") as stream:
            if stream.read(4) != b"GGUF":
                raise BaseMissing(f"not a GGUF file: {file}")
        name, where = str(file.parent), {"gguf_file": file.name}
    elif base.path is not None:
        name = base.path
        if not (Path(name) / "config.json").is_file():
            raise BaseMissing(f"no model (config.json) in {name}")
    else:
        name, where = str(base.hf), {"revision": base.revision}
    tokenizer = transformers.AutoTokenizer.from_pretrained(name, **where)
    if spec.chat_template is not None:
        tokenizer.chat_template = spec.chat_template
    if base.gguf is not None:
        # Said outright: a model that is plain floats only because no kernel was found counts as quantised, not trainable.
        where["quantization_config"] = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=dtype, **where)
    return model, tokenizer
