"""What every method of training is told: the settings of the job, in transformers' words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from afina_spec import Spec


def shared_arguments(spec: Spec, checkpoints: Path, precision: str, has_eval: bool, resumed: bool) -> dict[str, Any]:
    """Arguments that SFTConfig and DPOConfig have in common."""
    settings = spec.training
    on_gpu = torch.cuda.is_available()
    return {
        "output_dir": str(checkpoints),
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.gradient_accumulation,
        "num_train_epochs": settings.epochs,
        "max_steps": settings.max_steps or -1,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.scheduler,
        "warmup_steps": settings.warmup,  # below 1: a share of all steps
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_grad_norm,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "gradient_checkpointing": settings.gradient_checkpointing,
        "logging_steps": settings.logging_steps,
        "logging_nan_inf_filter": False,  # a loss that is no number must be seen, not averaged away
        "eval_strategy": "no" if not has_eval else "steps" if settings.eval_steps else "epoch",
        "eval_steps": settings.eval_steps if has_eval else None,
        "eval_on_start": has_eval and not resumed,
        "save_strategy": "steps",
        "save_steps": settings.save_steps,
        "save_total_limit": max(2, settings.save_total_limit),  # while one is being written, the other is what resumes
        "seed": spec.seed,
        "data_seed": spec.seed,
        "report_to": "none",
        "disable_tqdm": True,
        "dataloader_pin_memory": on_gpu,
        "use_cpu": not on_gpu and not torch.backends.mps.is_available(),
        "ddp_find_unused_parameters": False,
        "max_length": spec.max_length,
    }
