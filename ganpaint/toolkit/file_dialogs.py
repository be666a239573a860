"""All dialogs that ask for a file or a folder: each kind begins in the folder of last time.

The folders are remembered by the settings of the window that a dialog lies over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QIcon, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QWidget

from ganpaint.toolkit.settings import Settings, home_folder

_NOTED = "folders"
#: What Qt's own dialog has dark arrows on, whatever the theme.
_ARROWS = ("backButton", "forwardButton", "toParentButton")


def ask_file(
    parent: QWidget,
    title: str,
    kinds: str,
    of: str,
    begin: Path | None = None,
    near: Path | None = None,
) -> Path | None:
    """Ask for a file that is there; None if nothing was chosen.

    Args:
        parent: lies under the dialog.
        title: of the dialog.
        kinds: of files, as Qt writes them; empty for all.
        of: what is asked for, such as ``pictures``: its folder is remembered.
        begin: the folder to begin in, in place of the one of last time.
        near: the folder to begin in where there was no last time.
    """
    begin = begin or last_folder(parent, of, near)
    with _own_arrows():
        chosen, _ = QFileDialog.getOpenFileName(parent, title, str(begin), kinds)
    return _noted(parent, of, chosen)


def ask_new_file(
    parent: QWidget,
    title: str,
    name: str,
    kinds: str,
    of: str,
    begin: Path | None = None,
    near: Path | None = None,
) -> tuple[Path | None, str]:
    """Ask where to write a file; None if nowhere. Then the kind that was chosen, of those given.

    Args:
        parent: lies under the dialog.
        title: of the dialog.
        name: that is offered.
        kinds: of files, as Qt writes them.
        of: what is written, such as ``exports``: its folder is remembered.
        begin: the folder to begin in, in place of the one of last time.
        near: the folder to begin in where there was no last time.
    """
    place = (begin or last_folder(parent, of, near)) / name
    with _own_arrows():
        chosen, kind = QFileDialog.getSaveFileName(parent, title, str(place), kinds)
    return _noted(parent, of, chosen), kind


def ask_folder(
    parent: QWidget, title: str, of: str, begin: Path | None = None, near: Path | None = None
) -> Path | None:
    """Ask for a folder; None if none was chosen. The next time it is seen among its neighbors.

    Args:
        parent: lies under the dialog.
        title: of the dialog.
        of: what is in it, such as ``dissections``: the folder around it is remembered.
        begin: the folder to begin in, in place of the one of last time.
        near: the folder to begin in where there was no last time.
    """
    begin = begin or last_folder(parent, of, near)
    with _own_arrows():
        chosen = QFileDialog.getExistingDirectory(parent, title, str(begin))
    return _noted(parent, of, chosen)


def last_folder(parent: QWidget, of: str, near: Path | None = None) -> Path:
    """Where a dialog begins: the folder of last time if it is there still, else near by or home."""
    settings = _settings_over(parent)
    known = settings.noted(_NOTED) if settings is not None else None
    last = known.get(of) if isinstance(known, dict) else None
    if isinstance(last, str):
        try:
            if Path(last).is_dir():
                return Path(last)
        except (OSError, ValueError):
            pass  # a name that no file can have
    return near or home_folder()


def _noted(parent: QWidget, of: str, chosen: str) -> Path | None:
    """What was chosen; its folder is remembered."""
    if not chosen:
        return None
    path = Path(chosen)
    settings = _settings_over(parent)
    if settings is not None:
        known = settings.noted(_NOTED)
        before = known if isinstance(known, dict) else {}
        settings.note(_NOTED, {**before, of: str(path.absolute().parent)})
    return path


def _settings_over(widget: QWidget) -> Settings | None:
    """The settings of the window that a widget or dialog belongs to."""
    over: QObject | None = widget
    while over is not None:
        settings = getattr(over, "settings", None)
        if isinstance(settings, Settings):
            return settings
        over = over.parent()
    return None


class _Arrows(QObject):
    """Event filter: arrows of a dialog that opens get the color of text."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt tells of every event of the program; a dialog that shows is looked at."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QFileDialog):
            for name in _ARROWS:
                button = watched.findChild(QToolButton, name)
                if isinstance(button, QToolButton):
                    button.setIcon(_as_text(button))
        return False


def _as_text(button: QToolButton) -> QIcon:
    """The shape of a button's icon in the colors of text."""
    icon, palette = QIcon(), button.palette()
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        drawn = button.icon().pixmap(button.iconSize())
        painter = QPainter(drawn)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
        painter.fillRect(drawn.rect(), palette.color(group, QPalette.ColorRole.ButtonText))
        painter.end()
        icon.addPixmap(drawn, mode)
    return icon


@contextmanager
def _own_arrows() -> Iterator[None]:
    """See to the arrows of a dialog that runs meanwhile."""
    application, arrows = QApplication.instance(), _Arrows()
    assert application is not None, "dialogs belong to an application"
    application.installEventFilter(arrows)
    try:
        yield
    finally:
        application.removeEventFilter(arrows)
