"""A question to a process of its own, whose asker goes."""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QProcess
from pytestqt.qtbot import QtBot

from ganpaint.jobs.inquiry import Inquiry

SLOW = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"


def running() -> list[QProcess]:
    application = QCoreApplication.instance()
    assert application is not None
    return application.findChildren(QProcess)


def test_an_asker_that_goes_ends_its_process_and_qt_has_nothing_to_say(
    qtbot: QtBot, tmp_path: Path
) -> None:
    asker = QObject()
    inquiry = Inquiry(asker, (sys.executable, "-c", SLOW, str(tmp_path / "begun")))
    inquiry.ask([])
    qtbot.waitUntil((tmp_path / "begun").exists, timeout=20_000)
    assert len(running()) == 1
    asker.deleteLater()  # a warning of Qt's would fail this test
    qtbot.waitUntil(lambda: not running(), timeout=10_000)
