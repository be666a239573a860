"""In place of ``dissection``: speaks the protocol of jobs, and ends in one of all ways.

    python job_command.py WHATEVER ...

How it ends depends on its arguments alone: done, refused, crashed, or after a while.
"""

import signal
import sys
import time
import zlib

from dissection.runtime.progress import Failed, Finished, Progress, write_line


def say(message: Progress | Finished | Failed) -> None:
    """One line of the protocol."""
    sys.stdout.write(f"{write_line(message)}\n")
    sys.stdout.flush()


def main() -> None:
    """Do nothing, and tell of it."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    end = zlib.crc32(" ".join(sys.argv[1:]).encode("utf-8", "surrogateescape")) % 4
    for done in range(1, 40 if end == 3 else 4):
        say(Progress("counting", done, 40, 1.0, 1.0))
        if asked:
            say(Failed("Stopped on request.", "stopped"))
            sys.exit(2)
        if end == 3:
            time.sleep(0.05)
    if end == 1:
        say(Failed("There is no layer9."))
        sys.exit(2)
    if end == 2:
        sys.stderr.write("Traceback: something\n")
        sys.exit(1)
    say(Finished({"file": "nothing"}))


if __name__ == "__main__":
    main()
