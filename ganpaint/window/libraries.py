"""What the system lacks for a window, told before Qt is imported: Qt itself would end the process.

On a minimal Linux libraries are missing that every desktop has. The first one is found by loading
what the window needs; the packages of all that are missing are named then.
"""

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

#: Libraries that Qt's window needs of the system, and Debian's packages of them.
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
#: What is loaded to find out, in the folder of PySide6.
_NEEDED = ("Qt/lib/libQt6Gui.so.6", "Qt/plugins/platforms/libqxcb.so")


def missing_for_window(
    environment: Mapping[str, str] = os.environ,
    load: Callable[[str], object] = ctypes.CDLL,
    screen: bool = True,
) -> str:
    """One sentence on what a window lacks on this machine; empty where it lacks nothing.

    Args:
        environment: tells the screen and the platform that Qt is to use.
        load: opens a shared library, or raises ``OSError``.
        screen: whether the window is to be seen; to render it into a file takes less.
    """
    chosen = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    if not sys.platform.startswith("linux"):
        return ""
    screen = screen and chosen in ("", "xcb")
    if screen and not environment.get("DISPLAY"):
        if environment.get("WAYLAND_DISPLAY") and not chosen:
            return ""
        return (
            "There is no screen to open a window on (DISPLAY is not set); log in to a desktop, or "
            "use --screenshot, or dissection paint."
        )
    found = importlib.util.find_spec("PySide6")
    if found is None or not found.submodule_search_locations:
        return "PySide6, which draws the window, is not installed; run pip install PySide6."
    folder = Path(next(iter(found.submodule_search_locations)))
    trouble = ""
    for name in _NEEDED if screen else _NEEDED[:1]:
        if (folder / name).exists() and not trouble:
            trouble = _trouble(str(folder / name), load)
    if not trouble:
        return ""
    packages = [package for name, package in PACKAGES.items() if _trouble(name, load)]
    if not packages:
        return f"The window cannot be opened: {trouble}; install the library that is named."
    return (
        f"The window cannot be opened: the system lacks libraries of every desktop ({trouble}); "
        f"install them: sudo apt install {' '.join(packages)}"
    )


def _trouble(library: str, load: Callable[[str], object]) -> str:
    try:
        load(library)
    except OSError as error:
        return str(error)
    return ""
