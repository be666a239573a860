"""A system without the libraries or the screen of a window: a sentence, not an abort of Qt."""

import sys

import pytest

from ganpaint.window.libraries import missing_for_window

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux")
SCREEN = {"DISPLAY": ":0"}


def test_the_packages_of_missing_libraries_are_named() -> None:
    missing = {"libxcb-icccm.so.4", "libxcb-keysyms.so.1"}

    def load(name: str) -> None:
        if name in missing or name.endswith("libqxcb.so"):
            raise OSError("libxcb-icccm.so.4: cannot open shared object file")

    said = missing_for_window(SCREEN, load)
    assert said.endswith("sudo apt install libxcb-icccm4 libxcb-keysyms1")


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert missing_for_window(SCREEN, lambda _: None) == ""
    assert missing_for_window({"QT_QPA_PLATFORM": "offscreen"}) == ""
    assert missing_for_window({}, screen=False) == ""
    assert missing_for_window({"WAYLAND_DISPLAY": "wayland-0"}) == ""


def test_a_missing_screen_is_told() -> None:
    assert "DISPLAY is not set" in missing_for_window({})
    assert "DISPLAY is not set" in missing_for_window({"QT_QPA_PLATFORM": "xcb"})
