"""Help: the guide with its pictures, and versions that a report needs."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dissection import __version__
from ganpaint.window.help_dialogs import AboutDialog, GuideText, guide_file, versions
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


def test_pictures_of_the_guide_are_no_wider_than_its_text(qtbot: QtBot, tmp_path: Path) -> None:
    picture = QImage(1280, 80, QImage.Format.Format_RGB32)
    picture.fill(0)
    assert picture.save(str(tmp_path / "wide.png"))
    parent = QWidget()
    qtbot.addWidget(parent)
    text = GuideText(parent)
    text.document().setBaseUrl(QUrl.fromLocalFile(f"{tmp_path}/"))
    for width in (700, 500):
        text.resize(width, 300)
        text.set_guide("![A wide one](wide.png)")
        shown = text.document().resource(2, QUrl("wide.png"))
        assert isinstance(shown, QImage)
        assert shown.deviceIndependentSize().width() == text.picture_width < width
        assert text.horizontalScrollBar().maximum() == 0


def test_about_tells_versions_and_copies_them(window: MainWindow) -> None:
    actions(window)["about"].trigger()
    (dialog,) = window.findChildren(AboutDialog)
    assert f"GANPaint {__version__}" in dialog.said
    assert versions()["torch"] == torch.__version__.partition("+")[0] or "+" in torch.__version__
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.said
    dialog.close()
