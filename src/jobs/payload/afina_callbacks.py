"""The trainer's events, written down: progress, curves, complete checkpoints, and stopping when asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from afina_checkpoints import mark_complete
from afina_metrics import Metrics, rewards
from afina_status import Status, Stopped, StopRequest


class RunRecorder(TrainerCallback):
    """Keeps status.json and metrics.jsonl of a run up to date.

    `tokens_before`: tokens seen before the checkpoint from which this process resumes; the trainer counts from zero.
    """

    def __init__(self, status: Status, metrics: Metrics, stop: StopRequest, tokens_before: float) -> None:
        self._status = status
        self._metrics = metrics
        self._stop = stop
        self._tokens_before = tokens_before
        self._stopping = False
        self.trainer: Any = None
        self.evaluated_at: int | None = None

    @property
    def tokens(self) -> float:
        return self._tokens_before + self.trainer._total_train_tokens

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._stop.immediate = False
        self._status.update(
            state="running", phase="train", step=state.global_step, maxSteps=state.max_steps, epoch=state.epoch or 0.0
        )

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        self._status.update(phase="train", step=state.global_step, epoch=round(state.epoch or 0.0, 4))
        if self._all_ranks_agree_to_stop(args):
            self._stopping = True
            control.should_save = True
            control.should_evaluate = False  # a scheduler that asks for the end does not wait long
        return control

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: Any,
    ) -> None:
        logs = logs or {}
        if "loss" in logs:
            self._metrics.append(
                "train",
                state.global_step,
                state.epoch,
                loss=logs["loss"],
                learningRate=logs.get("learning_rate"),
                gradNorm=logs.get("grad_norm"),
                tokens=self.tokens,
                **rewards(logs),
            )
        elif "eval_loss" in logs:
            self.evaluated_at = state.global_step
            self._metrics.append(
                "eval",
                state.global_step,
                state.epoch or 0.0,
                evalLoss=logs["eval_loss"],
                **rewards(logs, "eval_"),
            )

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._status.update(phase="evaluate")
        # Alone, an evaluation can be left at once; among several ranks the others would wait for ever.
        if self._stop.requested and args.world_size == 1:
            raise Stopped("stopped during evaluation")

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self._status.update(phase="train")

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if args.should_save:
            mark_complete(Path(args.output_dir) / f"checkpoint-{state.global_step}", self.tokens)
        if self._stopping:
            raise Stopped("stopped after a checkpoint")

    def _all_ranks_agree_to_stop(self, args: TrainingArguments) -> bool:
        if args.world_size == 1:
            return self._stop.requested
        # Signals reach the ranks at different steps; one that left alone would leave the others in a collective.
        flag = torch.tensor([float(self._stop.requested)], device=args.device)
        torch.distributed.all_reduce(flag, op=torch.distributed.ReduceOp.MAX)
        return bool(flag.item() > 0)
