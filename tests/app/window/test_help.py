"""Help: the guide with its pictures, and versions that a report needs."""

import pytest
import torch
from PySide6.QtGui import QGuiApplication

from dissection import __version__
from ganpaint.window.help_dialogs import AboutDialog, guide_file, versions
from ganpaint.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # says the test's screen


def actions(window: MainWindow) -> dict[str, object]:
    return {action.objectName(): action for action in window.menus["Help"].actions()}


def test_the_guide_is_shown_with_its_headings(window: MainWindow) -> None:
    assert guide_file().is_file()
    actions(window)["guide"].trigger()
    assert window.guide is not None
    assert window.guide.isVisible()
    assert "The first minute" in window.guide.text.toPlainText()
    assert "Hold Ctrl" in window.guide.text.toPlainText()
    window.guide.close()


def test_about_tells_versions_and_copies_them(window: MainWindow) -> None:
    actions(window)["about"].trigger()
    (dialog,) = window.findChildren(AboutDialog)
    assert f"GANPaint {__version__}" in dialog.said
    assert versions()["torch"] == torch.__version__.partition("+")[0] or "+" in torch.__version__
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.said
    dialog.close()
