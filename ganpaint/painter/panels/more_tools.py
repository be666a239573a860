"""What a narrow tool bar has no room for: behind one button, so that all of it can be reached."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

#: What ends a bar that goes on elsewhere looks like this.
_SIGN = "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}"


class MoreTools(QToolButton):
    """A button at the end of the bar, with a menu of what was left out.

    Args:
        open_brush: shows the panel that has the sliders, too.
        parent: the tool bar.
    """

    def __init__(self, open_brush: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("more")
        self.setText(_SIGN)
        self.setAccessibleName("More tools")
        self.setToolTip("Tools that the window is too narrow for")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu_of_tools = QMenu(self)
        self.setMenu(self.menu_of_tools)
        self._sliders = QAction(self)
        self._sliders.triggered.connect(lambda: open_brush())

    def offer(self, sliders: tuple[str, ...], actions: tuple[QAction, ...]) -> None:
        """Offer what was left out.

        Args:
            sliders: their names.
            actions: of the buttons.
        """
        menu = self.menu_of_tools
        menu.clear()
        if sliders:
            self._sliders.setText(f"{' and '.join(sliders).capitalize()}…")
            menu.addAction(self._sliders)
            menu.addSeparator()
        menu.addActions(actions)
