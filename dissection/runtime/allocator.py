"""Keep freed memory in the process: large temporaries otherwise cost page faults at every step.

With glibc's defaults every tensor above 32 MB is mapped afresh and cleared by the kernel; a
training step on the CPU then takes about 1.3 times as long.
"""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
_TOP_PAD_BYTES = 256 * 2**20


def keep_freed_memory() -> bool:
    """Tell glibc never to map large blocks nor hand memory back; True where that took effect.

    Call it once at the start of a command that computes for long. Elsewhere than on glibc it does
    nothing.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    settings = ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, _TOP_PAD_BYTES))
    done = [mallopt(option, value) for option, value in settings]  # all of them, whatever fails
    return done == [1, 1, 1]
