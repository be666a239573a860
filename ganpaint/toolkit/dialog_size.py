"""How large dialogs open: as they like it, and no larger than the screen."""

from PySide6.QtWidgets import QDialog

#: Pixels of a screen that are left to the frame of a window and its title.
_FRAME = 40


def open_at(dialog: QDialog, width: int, height: int) -> None:
    """Give a dialog the size that it likes, as far as the screen of its window has room for it."""
    parent = dialog.parentWidget()
    screen = (parent.window() if parent is not None else dialog).screen()
    room = screen.availableGeometry()
    dialog.resize(min(width, room.width()), min(height, room.height() - _FRAME))
