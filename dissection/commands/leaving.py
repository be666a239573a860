"""The end of a command's process, also of one whose peers have ended before it."""

import os
import sys
from typing import NoReturn


def leave(status: int) -> NoReturn:
    """End this process with an exit status.

    A process that still belongs to a group of torch.distributed, of which another has ended, leaves
    without the usual tidying up: threads and sockets of the group are in any state by then, and
    what tears them down may abort the process (SIGABRT), whatever its status should have been.
    What was printed is out before; files are whole at any time, however a process ends.

    Args:
        status: 0 if all is well, 0 to 255.
    """
    distributed = sys.modules.get("torch.distributed")  # never loaded: no group
    if distributed and distributed.is_available() and distributed.is_initialized():
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):  # nobody reads it any more, or it is closed
                continue
        os._exit(status)
    sys.exit(status)
