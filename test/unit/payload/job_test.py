"""job.sh: what it reads, what it forwards, and that it tells the truth when the trainer cannot."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import PAYLOAD, log_of, status_of

JOB = PAYLOAD / "job.sh"
RUNNING = '{"version": 1, "state": "running", "phase": "train", "step": 7, "maxSteps": 20, "epoch": 0.35, "pid": 1, "restarts": 0, "error": null}'
READY = "date > ready; "


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., tuple[Path, dict[str, str]]]:
    """job(body): a run folder whose interpreter is a shell script, and an environment with modules of its own."""

    def make(body: str, modules: str = "", launch: str = "1\n") -> tuple[Path, dict[str, str]]:
        home = tmp_path / "home"
        home.mkdir()
        (home / ".bash_profile").write_text(
            'module() { printf "%s\\n" "$*" >>"$HOME/modules.log"; case $* in *missing*) return 1 ;; esac; }\n'
        )
        run = tmp_path / "run with space"
        run.mkdir()
        interpreter = tmp_path / "my python"
        interpreter.write_text(f'#!/bin/bash\nprintf "%s\\n" "$@" >arguments\nenv >environment\n{body}\n')
        interpreter.chmod(0o755)
        (run / "python").write_text(f"{interpreter}\n")
        (run / "modules").write_text(modules)
        (run / "launch").write_text(launch)
        variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "OMP_", "AFINA_"))
        }
        return run, {**variables, "HOME": str(home)}

    return make


def run_job(run: Path, environment: dict[str, str]) -> int:
    return subprocess.run([str(JOB), str(run)], env=environment, timeout=120, capture_output=True).returncode


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_killed_trainer_is_a_failure_with_the_signal(job: Callable[..., Any]) -> None:
    run, environment = job(f"echo '{RUNNING}' >status.json; echo loading weights; kill -KILL $$")
    assert run_job(run, environment) == 137
    status = status_of(run)
    assert (status["state"], status["phase"], status["step"], status["maxSteps"]) == ("failed", "train", 7, 20)
    assert (
        status["endedAt"]
        and "SIGKILL" in status["error"]["message"]
        and "loading weights" in status["error"]["message"]
    )
    assert "memory" in status["error"]["hint"]


def test_killed_after_a_cancel_is_cancelled(job: Callable[..., Any]) -> None:
    run, environment = job(f"echo '{RUNNING}' >status.json; kill -KILL $$")
    (run / "cancel").touch()
    run_job(run, environment)
    assert (status_of(run)["state"], status_of(run)["error"]) == ("cancelled", None)


@pytest.mark.parametrize("code", [0, 3])
def test_trainer_that_ends_without_a_word_failed(job: Callable[..., Any], code: int) -> None:
    run, environment = job(f"echo 'ModuleNotFoundError: No \"torch\"\\here'; exit {code}")
    assert run_job(run, environment) == (code or 1)
    error = status_of(run)["error"]
    assert error["type"] == "exited" and f"exit code {code}" in error["message"]
    assert 'ModuleNotFoundError: No "torch"\\here' in error["message"]


def test_final_state_of_the_trainer_stays(job: Callable[..., Any]) -> None:
    final = RUNNING.replace('"running"', '"failed"').replace(
        "null}", '{"type": "memory", "message": "m", "hint": "h"}}'
    )
    run, environment = job(f"echo '{final}' >status.json; exit 1")
    assert run_job(run, environment) == 1
    assert status_of(run)["error"]["type"] == "memory"


def test_completed_without_a_result_is_not_believed(job: Callable[..., Any]) -> None:
    run, environment = job(f"echo '{RUNNING.replace('running', 'completed')}' >status.json")
    assert run_job(run, environment) == 1
    assert status_of(run)["state"] == "failed"
    (run / "result.json").write_text("{}")
    (run / "arguments").unlink()
    assert run_job(run, environment) == 0
    assert not (run / "arguments").exists(), "a complete run was trained again"


def test_values_are_read_never_evaluated(job: Callable[..., Any], tmp_path: Path) -> None:
    run, environment = job("exit 1", modules="cuda/12.4\n$(touch evaluated)\n\nlast; touch evaluated")
    environment["SLURM_CPUS_PER_TASK"] = "6"
    run_job(run, environment)
    loaded = (tmp_path / "home" / "modules.log").read_text().splitlines()
    assert loaded == ["load -- cuda/12.4", "load -- $(touch evaluated)", "load -- last; touch evaluated"]
    assert not list(tmp_path.rglob("evaluated"))
    assert (run / "arguments").read_text().splitlines() == ["train.py", "--run-dir", str(run)]
    variables = (run / "environment").read_text().splitlines()
    for expected in (
        "PYTHONUNBUFFERED=1",
        "TOKENIZERS_PARALLELISM=false",
        "HF_HUB_DISABLE_TELEMETRY=1",
        "OMP_NUM_THREADS=6",
        "AFINA_RESTARTS=0",
    ):
        assert expected in variables
    (run / "python").write_text("$(touch evaluated)\n")
    assert run_job(run, environment) == 1
    assert not list(tmp_path.rglob("evaluated")) and status_of(run)["error"]["type"] == "environment"
    assert status_of(run)["restarts"] == 1


def test_several_processes_start_under_torchrun(job: Callable[..., Any]) -> None:
    run, environment = job("exit 1", launch="4\n")
    environment["SLURM_CPUS_PER_TASK"] = "6"
    run_job(run, environment)
    assert (run / "arguments").read_text().split("\n")[:5] == [
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "4",
    ]
    assert "OMP_NUM_THREADS=1" in (run / "environment").read_text().splitlines()


@pytest.mark.parametrize(
    ("modules", "launch", "kind"),
    [("missing/1\n", "1\n", "module"), ("", "2; rm -rf x\n", "launch"), ("", "0\n", "launch")],
)
def test_what_cannot_start_says_so(job: Callable[..., Any], modules: str, launch: str, kind: str) -> None:
    run, environment = job("exit 0", modules=modules, launch=launch)
    assert run_job(run, environment) == 1
    assert status_of(run)["state"] == "failed" and status_of(run)["error"]["type"] == kind
    assert not (run / "arguments").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_signals_reach_the_trainer_which_has_the_last_word(job: Callable[..., Any], number: signal.Signals) -> None:
    final = RUNNING.replace('"running"', '"cancelled"')
    name = number.name.removeprefix("SIG")
    run, environment = job(
        f"trap \"sleep 0.3; echo '{final.replace(chr(34), chr(92) + chr(34))}' >status.json; exit 143\" {name}\n{READY} while :; do sleep 0.05; done"
    )
    process = subprocess.Popen([str(JOB), str(run)], env=environment, start_new_session=True)
    wait_until((run / "ready").exists)
    started = status_of(run)
    assert started["state"] == "preparing" and started["pid"] == process.pid
    process.send_signal(number)
    assert process.wait(180) == 143, log_of(run)
    assert status_of(run)["state"] == "cancelled"


def test_status_of_job_is_json_whatever_the_log_says(job: Callable[..., Any]) -> None:
    run, environment = job("printf 'tab\\there \"quoted\" \\\\ back\\033[0m\\r99%% done\\n'; exit 5")
    run_job(run, environment)
    assert json.loads((run / "status.json").read_text())["error"]["message"].endswith("99% done")
