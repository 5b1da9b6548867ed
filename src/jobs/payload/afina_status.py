"""status.json: state, progress and heartbeat of a run, and the wish to stop that signals express.

Standard library only: it must work before (and even if not) torch can be imported.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

FINAL_STATES = ("completed", "failed", "cancelled")
URGENT = ("state", "phase", "maxSteps", "endedAt")
WRITE_SECONDS = 0.5  # steps of a small model are shorter than this, and nobody polls as often
HEARTBEAT_SECONDS = 5.0  # readers call a job silent after minutes; the promise to them is ten seconds


def now() -> str:
    """UTC, ISO 8601 with milliseconds, as JavaScript's toISOString."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def replace_text(file: Path, text: str, durable: bool = True) -> None:
    """Replaces the file in one step: a reader sees the old text or the new, never a part. Raises OSError.

    `durable` waits until it is on the disk, which takes tens of milliseconds on a shared file system.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(text)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(temporary, file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_json(file: Path) -> dict[str, Any] | None:
    """The object in the file; None if it is absent or no JSON object."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


class Status:
    """Owner of status.json. Only rank 0 writes; on other ranks every method is a no-op on disk."""

    def __init__(self, run_dir: Path, writes: bool) -> None:
        self._file = run_dir / "status.json"
        self._writes = writes
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._written = 0.0
        self._dirty = False
        self._fields: dict[str, Any] = {
            "version": 1,
            "state": "preparing",
            "phase": "environment",
            "step": 0,
            "maxSteps": None,
            "epoch": 0.0,
            "heartbeat": now(),
            "startedAt": now(),
            "endedAt": None,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "restarts": _restarts(read_json(self._file)),
            "error": None,
        }

    def start(self) -> None:
        """Writes the first status and keeps the heartbeat going from a thread. Raises OSError if it cannot write."""
        if not self._writes:
            return
        self._write()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def update(self, **fields: Any) -> None:
        """Sets fields and writes. A full disk here does not end the training: the next checkpoint will say so."""
        with self._lock:
            urgent = any(name in URGENT and self._fields[name] != value for name, value in fields.items())
            self._fields.update(fields)
            self._dirty = True
        if urgent or time.monotonic() - self._written >= WRITE_SECONDS:
            self._try_write()

    def finish(self, state: str, error: dict[str, Any] | None = None) -> None:
        """Writes the final state and stops the heartbeat."""
        assert state in FINAL_STATES
        self._done.set()
        self.update(state=state, error=error, endedAt=now(), **({"phase": "done"} if state == "completed" else {}))

    def _beat(self) -> None:
        while not self._done.wait(WRITE_SECONDS):
            if self._dirty or time.monotonic() - self._written >= HEARTBEAT_SECONDS:
                self._try_write()

    def _try_write(self) -> None:
        try:
            self._write()
        except OSError:
            pass

    def _write(self) -> None:
        if not self._writes:
            return
        with self._lock:
            self._fields["heartbeat"] = now()
            self._dirty = False
            self._written = time.monotonic()
            text = json.dumps(self._fields, ensure_ascii=False, allow_nan=False) + "\n"
            replace_text(self._file, text, durable=self._fields["state"] in FINAL_STATES)


def _restarts(previous: dict[str, Any] | None) -> int:
    """How often this run was started again. job.sh counts, and says so in AFINA_RESTARTS, if it started us."""
    counted = os.environ.get("AFINA_RESTARTS", "")
    if counted.isdigit():
        return int(counted)
    if previous is None or previous.get("pid") is None:
        return 0
    return int(previous.get("restarts") or 0) + 1


class Stopped(Exception):
    """The process was asked to stop (SIGTERM, SIGINT, SIGUSR1)."""


class StopRequest:
    """Turns signals into a wish that the training loop grants at the next step.

    While `immediate` is set (loading, tokenising: nothing worth keeping yet) the handler raises Stopped instead.
    """

    def __init__(self) -> None:
        self.requested = False
        self.immediate = True

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        first = not self.requested
        self.requested = True
        if self.immediate and first:
            raise Stopped(signal.Signals(number).name)
