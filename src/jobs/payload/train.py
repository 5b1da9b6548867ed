#!/usr/bin/env python3
"""Trains the LoRA adapter of one run: `train.py --run-dir DIR`.

Reads DIR/spec.json and DIR/data/, writes DIR/status.json, metrics.jsonl, checkpoints/, adapter/ and, last and only on
success, result.json. Resumes from the last complete checkpoint whenever there is one. Starts alone or under torchrun,
where only rank 0 writes. Exit status: 0 completed (or nothing left to do), 1 failed, 143 stopped by a signal.

Nothing outside the standard library is imported before the heartbeat has started: importing torch from a shared file
system can take minutes, and a broken environment must end in a status that says so.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from afina_failures import describe
from afina_prompt import MOST_RECORDS, write_sample
from afina_spec import Spec, load_spec
from afina_status import Status, Stopped, StopRequest

EXIT_FAILED = 1
EXIT_STOPPED = 143  # 128 + SIGTERM, whatever signal it was: the batch system's own word for it


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the LoRA adapter of one run.")
    parser.add_argument("--run-dir", required=True, type=Path, help="folder with spec.json and data/")
    run_dir: Path = parser.parse_args().run_dir.resolve()
    if not run_dir.is_dir():
        parser.error(f"not a folder: {run_dir}")
    first_rank = int(os.environ.get("RANK", "0")) == 0
    if (run_dir / "result.json").exists():
        print("result.json exists: this run is complete", flush=True)
        return 0

    os.environ.setdefault("TQDM_DISABLE", "1")  # bars fill a log file with thousands of half lines
    stop = StopRequest()
    status = Status(run_dir, writes=first_rank)
    spec: Spec | None = None
    try:
        stop.install()
        status.start()
        spec = load_spec(run_dir)
        train(spec, run_dir, status, stop, first_rank)
        status.finish("completed")
        return 0
    except Stopped as error:
        return finish_stopped(run_dir, status, str(error))
    except BaseException as error:
        if stop.requested and isinstance(error, (SystemExit, RuntimeError)):
            return finish_stopped(
                run_dir, status, str(error)
            )  # a library turned our Stopped, or a lost peer, into its own
        traceback.print_exc()
        status.finish("failed", describe(error, spec))
        return EXIT_FAILED


def finish_stopped(run_dir: Path, status: Status, reason: str) -> int:
    """Cancelled if somebody asked for that (a file named `cancel`); else it can go on from its checkpoint."""
    print(f"stopped: {reason}", flush=True)
    if (run_dir / "cancel").exists():
        status.finish("cancelled")
    else:
        hint = "The time limit or the administrator ended the job: start the run again and it goes on from its last checkpoint."
        status.finish("failed", {"type": "terminated", "message": reason, "hint": hint})
    return EXIT_STOPPED


def train(spec: Spec, run_dir: Path, status: Status, stop: StopRequest, writes: bool) -> None:
    """The whole of a run, up to and including result.json. Raises whatever went wrong, and Stopped."""
    started = time.monotonic()
    # Imported here for the reason given at the top.
    import datasets
    import torch
    import transformers
    from peft import LoraConfig

    from afina_arguments import shared_arguments
    from afina_base import choose_precision, load_base
    from afina_callbacks import RunRecorder
    from afina_chat import ChatEncoder
    from afina_checkpoints import last_complete, remove_after
    from afina_data import DataError
    from afina_metrics import Metrics, summary
    from afina_result import save_adapter, write_result

    method: Any
    if spec.dpo is not None:
        import afina_dpo as method
    else:
        import afina_sft as method

    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.set_seed(spec.seed)  # before the adapter is drawn

    precision = choose_precision(spec.training.precision, torch)
    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}[precision]

    status.update(phase="load")
    model, tokenizer = load_base(spec, run_dir, dtype, transformers)

    status.update(phase="tokenize")
    encoder = ChatEncoder(tokenizer)
    if writes:
        write_sample(run_dir, tokenizer, method.conversations(run_dir / spec.train_file, MOST_RECORDS))
    train_split = method.read_split(run_dir / spec.train_file, encoder, spec.max_length)
    eval_path = run_dir / spec.eval_file if spec.eval_file else None
    eval_split = method.read_split(eval_path if eval_path and eval_path.exists() else None, encoder, spec.max_length)
    if not train_split.examples:
        raise DataError(f"no record of {spec.train_file} has an answer to learn within {spec.max_length} tokens")
    print(
        f"train: {train_split.records} records, {train_split.tokens} tokens, {train_split.loss_tokens} with loss, "
        f"{train_split.truncated} truncated, {train_split.dropped} dropped; eval: {eval_split.records} records; "
        f"precision {precision}",
        flush=True,
    )

    checkpoints = run_dir / "checkpoints"
    resume = last_complete(checkpoints)
    metrics = Metrics(run_dir, writes)
    resume_step = resume[1] if resume else 0
    evaluated = [line["step"] for line in metrics.read() if line.get("type") == "eval" and line["step"] <= resume_step]
    if writes:
        remove_after(checkpoints, resume_step)
        metrics.keep_until(resume_step if resume else -1)

    has_eval = len(eval_split.examples) > 0
    arguments = shared_arguments(spec, checkpoints, precision, has_eval, resumed=resume is not None)
    recorder = RunRecorder(status, metrics, stop, tokens_before=resume[2] if resume else 0.0)
    recorder.evaluated_at = max(evaluated) if resume and evaluated else None
    trainer = method.make_trainer(
        spec,
        arguments,
        train_split,
        eval_split,
        model=model,
        processing_class=tokenizer,
        peft_config=LoraConfig(
            task_type="CAUSAL_LM",
            r=spec.lora.r,
            lora_alpha=spec.lora.alpha,
            lora_dropout=spec.lora.dropout,
            target_modules=spec.lora.targets,
            use_rslora=spec.lora.rslora,
        ),
        callbacks=[recorder],
    )
    recorder.trainer = trainer
    trainer.remove_callback(transformers.PrinterCallback)  # metrics.jsonl has these numbers; the log is for people
    trainer.create_model_card = lambda *_args, **_kwargs: None
    # Left to itself PEFT asks the hub, at every save, whether the vocabulary was changed.
    trainer.model.save_pretrained = functools.partial(trainer.model.save_pretrained, save_embedding_layers=False)

    trainer.train(resume_from_checkpoint=str(resume[0]) if resume else None)
    steps = trainer.state.global_step
    if has_eval and recorder.evaluated_at != steps:
        trainer.evaluate()

    status.update(phase="save", step=steps, epoch=round(trainer.state.epoch or 0.0, 4))
    if writes:
        files = save_adapter(trainer.accelerator.unwrap_model(trainer.model), run_dir)
        numbers: dict[str, Any] = summary(metrics.read())
        numbers.update(
            steps=steps,
            trainRecords=train_split.records,
            evalRecords=eval_split.records,
            droppedRecords=train_split.dropped + eval_split.dropped,
            truncatedRecords=train_split.truncated + eval_split.truncated,
            trainTokens=train_split.tokens,
            lossTokens=train_split.loss_tokens,
            seconds=round(time.monotonic() - started, 1),
        )
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else trainer.args.device.type
        ranks = f" x {trainer.args.world_size}" if trainer.args.world_size > 1 else ""
        write_result(run_dir, spec.run, files, numbers, spec.raw_base, device + ranks)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    sys.exit(main())
