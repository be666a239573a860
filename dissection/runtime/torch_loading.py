"""How torch is loaded while something else is to be done: sooner, and in half the time.

A third of its loading is the system's: mapping and linking half a gigabyte of libraries. That needs
no interpreter and can be done beside it, on another core. A fifth is the collector's, which looks
at a million new objects time and again, none of which is garbage. Free of torch.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import CDLL, RTLD_GLOBAL
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

_ENDING = ".dylib" if sys.platform == "darwin" else ".so"


def put_off_collecting() -> None:
    """Have the collector wait until torch is loaded: the end of ``loading``."""
    gc.disable()


def begin_loading() -> None:
    """Begin to load torch's libraries in a thread.

    The system loads one library at a time: those that are wanted sooner come first.
    """
    sleep_while_waiting()
    if "torch" in sys.modules:
        return
    if os.name == "posix" and _cores() > 1:  # on one core it would only be in the way
        Thread(target=_load_libraries, name="torch libraries", daemon=True).start()


@contextmanager
def loading() -> Iterator[None]:
    """Around the import of torch: the collector waits, and then leaves what was loaded alone."""
    sleep_while_waiting()
    began = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if began:  # all that there is now is modules, classes, functions and the window's parts
            gc.freeze()
        gc.enable()


def sleep_while_waiting() -> None:
    """Have threads of torch sleep while they wait, unless the environment says something else.

    Those that spin lose their core to any other busy program, and a picture then takes forty times
    as long; asleep they cost nothing. Read when torch's libraries are loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _load_libraries() -> None:
    """As ``import torch`` does first; where it fails, torch says why, or knows a way around."""
    with suppress(OSError, ValueError, ImportError):
        found = find_spec("torch")
        if found is not None and found.origin is not None:
            folder = Path(found.origin).parent / "lib"
            CDLL(str(folder / f"libtorch_global_deps{_ENDING}"), RTLD_GLOBAL)
            CDLL(str(folder / f"libtorch{_ENDING}"))


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
