"""A pytest-qt bot that waits long enough on a machine that is busy with other things."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import SignalInstance
from pytestqt.qtbot import QtBot
from pytestqt.wait_signal import SignalBlocker

#: Milliseconds that what must happen may take; a test that fails waits for so long, others do not.
PATIENCE = 60_000


class PatientBot(QtBot):  # type: ignore[misc]  # pytest-qt is not typed
    """Waits at least for ``PATIENCE``, whatever a test says."""

    def waitUntil(  # noqa: N802 -- named by the library
        self, callback: Callable[[], Any], *, timeout: int = PATIENCE
    ) -> None:
        """Wait until a condition holds."""
        super().waitUntil(callback, timeout=max(timeout, PATIENCE))

    def waitSignal(  # noqa: N802
        self, signal: SignalInstance, *, timeout: int = PATIENCE, **settings: Any
    ) -> SignalBlocker:
        """Wait for a signal."""
        return super().waitSignal(signal, timeout=max(timeout, PATIENCE), **settings)
