"""prepare.sh: one environment however often it is started, and reasons when there is none."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from conftest import PAYLOAD

PREPARE = PAYLOAD / "prepare.sh"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "afina_probe-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("afina_probe.py", "value = 1\n")
        wheel.writestr("afina_probe-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: afina-probe\nVersion: 1.0\n")
        wheel.writestr(
            "afina_probe-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("afina_probe-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text("# a comment\nafina-probe==1.0\n")
    return file


def start(environment: Path, requirements: Path, python: str, *arguments: str) -> subprocess.Popen[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.Popen(
        ["sh", str(PREPARE), str(environment), str(requirements), python, *arguments],
        env={**variables, "PIP_CONFIG_FILE": os.devnull},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def state_of(environment: Path) -> dict[str, Any]:
    return json.loads(environment.with_name(environment.name + ".state").read_text())


def fake_python(folder: Path, body: str) -> str:
    """An interpreter that is the real one but for the cases in `body` (of a shell `case` on its arguments)."""
    file = folder / "python"
    file.write_text(f'#!/bin/sh\ncase "$*" in {body} esac\nexec "{sys.executable}" "$@"\n')
    file.chmod(0o755)
    return str(file)


def test_two_at_once_make_one_environment(tmp_path: Path, requirements: Path, wheels: Path) -> None:
    environment = tmp_path / "envs with space" / "abc"
    offline = ("--no-index", "--find-links", str(wheels))
    environment.parent.mkdir()
    # What a killed predecessor left: its lock, and half an environment.
    lock = environment.with_name("abc.lock")
    lock.symlink_to(f"{socket.gethostname()}:4194300")
    environment.mkdir()
    (environment / "pyvenv.cfg").write_text("half")
    both = [start(environment, requirements, sys.executable, *offline) for _ in range(2)]
    seen = set()
    while any(process.poll() is None for process in both):
        if environment.with_name("abc.state").exists():
            seen.add(state_of(environment)["step"])  # always whole JSON
        time.sleep(0.01)
    assert [process.returncode for process in both] == [0, 0], [
        process.stdout and process.stdout.read() for process in both
    ]
    assert {"venv", "install"} <= seen
    assert environment.with_name("abc.log").read_text().count("Successfully installed") == 1
    assert state_of(environment)["state"] == "ready"
    assert (environment / ".ready").read_text().strip() == hashlib.sha256(requirements.read_bytes()).hexdigest()
    assert not lock.is_symlink() and not (environment / ".tmp").exists()
    probe = [str(environment / "bin" / "python"), "-c", "import afina_probe; print(afina_probe.value)"]
    assert subprocess.run(probe, capture_output=True, text=True).stdout == "1\n"
    # Again: nothing to do, and nothing done.
    before = (environment / ".ready").stat().st_mtime_ns
    assert start(environment, requirements, sys.executable).wait(180) == 0
    assert (environment / ".ready").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ('*"import venv"*) exit 1 ;;', "no venv module"),
        ('*"sys.exit(sys.version_info"*) exit 1 ;; *"print("*) echo 3.9; exit 0 ;;', "Python 3.11 or newer is needed"),
        ('*"-m venv"*) echo "OSError: [Errno 28] No space left on device"; exit 1 ;;', "disk or quota is full"),
        (
            '*"-m venv"*) echo "Error: strange thing"; exit 1 ;;',
            "creating the environment failed: Error: strange thing",
        ),
    ],
)
def test_reasons_before_anything_is_installed(tmp_path: Path, requirements: Path, cases: str, words: str) -> None:
    environment = tmp_path / "env"
    process = start(environment, requirements, fake_python(tmp_path, cases))
    assert process.wait(180) == 1
    state = state_of(environment)
    assert state["state"] == "failed" and words in state["message"], state
    assert not (tmp_path / "env.lock").is_symlink() and not (environment / ".ready").exists()


def test_no_python_and_no_requirements(tmp_path: Path, requirements: Path) -> None:
    assert start(tmp_path / "a", requirements, "/no/python").wait(180) == 1
    assert "Python not found: /no/python" in state_of(tmp_path / "a")["message"]
    assert start(tmp_path / "b", tmp_path / "none.txt", sys.executable).wait(180) == 1
    assert "requirements file not found" in state_of(tmp_path / "b")["message"]
    assert subprocess.run(["sh", str(PREPARE), "x"], capture_output=True).returncode == 2


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path, requirements: Path) -> None:
    environment = tmp_path / "thesis"
    environment.mkdir()
    (environment / "chapter.txt").write_text("years of work")
    assert start(environment, requirements, sys.executable).wait(180) == 1
    assert (environment / "chapter.txt").exists() and "no Python environment" in state_of(environment)["message"]


def test_reasons_of_pip_and_stopping(tmp_path: Path, requirements: Path, wheels: Path) -> None:
    """One environment after another in the same folder: no network, no such package, stopped, and then well."""
    environment = tmp_path / "env"
    refused = ("--index-url", "http://127.0.0.1:9/simple", "--retries", "1")
    assert start(environment, requirements, sys.executable, *refused).wait(180) == 1
    assert "cannot be reached" in state_of(environment)["message"]

    process = start(environment, requirements, sys.executable, "--no-index", "--find-links", str(wheels))
    lock = tmp_path / "env.lock"
    until = time.monotonic() + 90
    while not lock.is_symlink() and time.monotonic() < until:
        time.sleep(0.01)
    process.terminate()
    assert process.wait(180) == 1
    assert "stopped by a signal" in state_of(environment)["message"] and not lock.is_symlink()

    requirements.write_text("afina-probe==2.0\n")
    assert start(environment, requirements, sys.executable, "--no-index", "--find-links", str(wheels)).wait(180) == 1
    assert "no fitting package" in state_of(environment)["message"]
