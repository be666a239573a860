"""Sentences stand beside the picture, whatever they say and however small the window is."""

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRect, QSize
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.notice import Notice
from ganpaint.window.main_window import MainWindow
from ganpaint.window.painter_tab import HINT
from support.driving import Mouse

LONG = (
    "The file /home/somebody/pictures/of/last/summer/church.safetensors cannot be used as a "
    "generator: it is a generator of another program, another network than this program's, and "
    "is not read. "
) * 3
#: Such as screens have, in device-independent pixels; the first one at a scale factor of 2.
SCREENS = (QSize(683, 384), QSize(1024, 600), QSize(1366, 768))
#: Kinds of sentences: what is said, the kind, the button.
SAID = (
    ("Saved.", "info", ""),
    ("Wind has no effect here; take another brush.", "info", "Where can this go?"),
    (LONG, "info", ""),
    (LONG, "error", ""),
    (LONG, "error", "Open another file"),
    ("x" * 5000, "error", ""),
    ("\n".join("abcdefgh"), "error", ""),
)


def place_of(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


def notices(window: MainWindow) -> tuple[Notice, ...]:
    return window.canvas.hint, window.canvas.message, window.context.message


def overlaps(window: MainWindow) -> list[str]:
    """Sentences that lie over what the picture may be shown in."""
    view = place_of(window.canvas.viewport(), window)
    return [n.shown for n in notices(window) if n.text and place_of(n, window).intersects(view)]


@pytest.mark.qt_log_ignore("propagateSizeHints")  # of the platform that has no screen
@pytest.mark.parametrize("screen", SCREENS, ids=["small", "middle", "usual"])
@pytest.mark.parametrize("zoomed", [False, True], ids=["fitted", "zoomed"])
def test_no_sentence_lies_over_the_picture(window: MainWindow, screen: QSize, zoomed: bool) -> None:
    window.fit_screen(screen)
    QCoreApplication.processEvents()
    if zoomed:
        window.canvas.zoom(64)
    canvas = window.canvas
    for first in (HINT, ""):
        canvas.hint.say(first) if first else canvas.hint.hide()
        for text, kind, button in SAID:
            canvas.message.say(text, kind, button, lambda: None)
            window.context.message.say(text, kind, button, lambda: None)
            QCoreApplication.processEvents()
            assert overlaps(window) == [], (text, kind, button)
            assert canvas.message.text == text
            assert canvas.message.shown
            assert canvas.viewport().height() >= canvas.height() // 3
        canvas.message.hide()
        window.context.message.hide()
        QCoreApplication.processEvents()
        assert overlaps(window) == []
        assert bool(first) == bool(canvas.hint.shown)


def test_a_sentence_of_one_line_moves_no_picture(window: MainWindow) -> None:
    window.canvas.hint.hide()
    QCoreApplication.processEvents()
    before = window.canvas.viewport().size()
    window.canvas.message.say("The picture was saved.", "info", "Show it", lambda: None)
    QCoreApplication.processEvents()
    assert window.canvas.viewport().size() == before
    assert overlaps(window) == []


def test_nothing_moves_while_a_button_is_down(window: MainWindow, mouse: Mouse) -> None:
    window.canvas.hint.hide()
    QCoreApplication.processEvents()
    mouse.press(4, 4)
    held, scale = window.canvas.viewport().size(), window.canvas.scale_factor
    window.canvas.message.say(LONG, "error", "Open another file", lambda: None)
    QCoreApplication.processEvents()
    assert (window.canvas.viewport().size(), window.canvas.scale_factor) == (held, scale)
    assert overlaps(window) == []
    short = window.canvas.message.shown
    mouse.release()
    QCoreApplication.processEvents()
    assert window.canvas.viewport().height() < held.height()
    assert len(window.canvas.message.shown) > len(short)
    window.canvas.message.hide()
    QCoreApplication.processEvents()
    assert (window.canvas.viewport().size(), window.canvas.scale_factor) == (held, scale)


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_more_shows_all_of_a_long_sentence(window: MainWindow, qtbot: QtBot) -> None:
    window.fit_screen(SCREENS[1])
    message = window.context.message
    message.say(f"<b>bold</b> {LONG}", "error")
    assert message.shown.endswith("…")
    assert not message.more.isHidden()
    message.more.click()
    box = window.findChild(QMessageBox)
    assert box is not None
    assert box.text() == message.text
    assert box.textFormat().name == "PlainText"
    box.close()
    message.say("Short.", "error")
    assert message.more.isHidden()
    assert message.shown == "Short."
