"""What this process has in memory, with and without what the C library holds for later."""

import ctypes
import gc
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple


class Mallinfo(ctypes.Structure):
    """``struct mallinfo2`` of the GNU C library, bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    ]


class Memory(NamedTuple):
    """Of this process at a moment, bytes.

    Attributes:
        resident: what it has in memory; where that is not told, the most that it had.
        kept: what it has asked for and not given back, whether or not the C library holds more for
            later; None unless Python asks the C library for all (``PYTHONMALLOC=malloc``).
    """

    resident: int
    kept: int | None

    @classmethod
    def now(cls) -> "Memory":
        gc.collect()  # what is in circles goes when Python gets to it
        library, kept = ctypes.CDLL(None), None
        with suppress(AttributeError, OSError):
            library.malloc_trim(0)  # what was freed goes when the C library gets to it
        if os.environ.get("PYTHONMALLOC") == "malloc":
            with suppress(AttributeError):
                library.mallinfo2.restype = Mallinfo
                told = library.mallinfo2()
                kept = told.uordblks + told.hblkhd
        return cls(cls._resident(), kept)

    @staticmethod
    def _resident() -> int:
        status = Path("/proc/self/statm")
        if status.is_file():
            return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
