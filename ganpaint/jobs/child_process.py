"""A command of ``dissection`` as a process of its own, which outlives the window if it is to."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

#: How a command is started; what follows are its own words.
COMMAND = (sys.executable, "-m", "dissection")
#: Below what a person waits for; see ``nice``.
_NICE, _LEAST = 10, 19
#: Processes that go on without their window: nobody waits for them, which Python warns of where
#: nothing refers to them.
_left_running: "list[subprocess.Popen[bytes]]" = []
#: A process of the same number that was born later is another one.
_SAME_SECONDS = 1.0


class ChildProcess:
    """A running command; its output goes to files, so that nobody needs to be there to read it.

    Args:
        number: of the process.
        born: when it was started, seconds since the epoch, by which it is known again.
        own: the process, where this program started it.
    """

    def __init__(self, number: int, born: float, own: "subprocess.Popen[bytes] | None") -> None:
        self.number, self.born = number, born
        self._own = own

    @classmethod
    def start(cls, words: Sequence[str], lines: Path, log: Path) -> "ChildProcess":
        """Start a command at low priority.

        Args:
            words: the whole command line.
            lines: gets its standard output, at the end.
            log: gets its errors, at the end.

        Raises:
            OSError: it cannot be started, or the files cannot be written.
        """
        with lines.open("ab") as output, log.open("ab") as errors:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                # Ctrl+C in the terminal of the window is not meant for it.
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        import psutil  # only where there is a process: it takes a while to load

        born = 0.0
        with contextlib.suppress(psutil.Error):
            known = psutil.Process(process.pid)
            born = known.create_time()
            own = min(int(known.nice()) + _NICE, _LEAST)  # below the window's, which may be low
            known.nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", own))
        return cls(process.pid, born, process)

    @classmethod
    def find(cls, number: int, born: float) -> "ChildProcess | None":
        """A process that an earlier window started, if it runs still."""
        found = cls(number, born, None)
        return found if number and found.running else None

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        if self._own is not None:
            return self._own.poll() is None
        import psutil

        with contextlib.suppress(psutil.Error):
            known = psutil.Process(self.number)
            same = abs(known.create_time() - self.born) < _SAME_SECONDS
            return same and known.status() != psutil.STATUS_ZOMBIE
        return False

    @property
    def status(self) -> int | None:
        """How it ended: the exit status, or minus the signal's number; None where nobody knows."""
        return self._own.poll() if self._own is not None else None

    def leave(self) -> None:
        """Let it go on, whatever becomes of this object."""
        if self._own is not None:
            _left_running.append(self._own)

    def ask_to_stop(self) -> None:
        """Ask it to end when the batch at hand is finished."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once; what it had written is whole, for files are replaced whole."""
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    def wait(self, seconds: float) -> bool:
        """Wait for its end; whether it has ended."""
        import psutil

        with contextlib.suppress(psutil.Error, subprocess.TimeoutExpired):
            if self._own is not None:
                self._own.wait(seconds)
            else:
                psutil.Process(self.number).wait(seconds)
        return not self.running

    def _signal(self, number: int) -> None:
        if self.running:
            with contextlib.suppress(OSError):
                os.kill(self.number, number)


def told_end(status: int | None, log: str) -> str:
    """How a process without a last line ended, in a sentence.

    Args:
        status: of ``ChildProcess.status``.
        log: what it wrote last.
    """
    if status is None:
        return "It ended without a word while the window was closed; the computer may have stopped."
    killed = -status if status < 0 else status - 128
    if killed == 9:
        return (
            "The system killed it, most likely because memory ran out; close other programs or "
            "take a smaller batch or fewer layers."
        )
    if status < 0 or status > 128:
        with contextlib.suppress(ValueError):
            return f"It crashed ({signal.Signals(killed).name})."
    last = [line for line in log.splitlines() if line.strip() and not line.startswith("$")]
    said = f": {last[-1].strip()}" if last else " without a word"
    return f"It ended{said} (exit status {status})."
