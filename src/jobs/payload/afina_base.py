"""The base model as it is trained: found, loaded, in the precision that the hardware has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from afina_prompt import require_expected
from afina_spec import Spec
from afina_tokenizer import load_tokenizer, locate


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
    """Model (in `dtype`, on the CPU) and tokenizer of the base. A GGUF is dequantised. Raises BaseMissing, PromptMismatch and the hub's errors."""
    tokenizer = load_tokenizer(spec.base, spec.chat_template, run_dir, transformers)
    require_expected(run_dir, tokenizer)  # before gigabytes of weights are read
    name, where = locate(spec.base, run_dir)
    if spec.base.gguf is not None:
        # Said outright: a model that is plain floats only because no kernel was found counts as quantised, not trainable.
        where["quantization_config"] = transformers.GgufConfig(dequantize=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=dtype, **where)
    return model, tokenizer
