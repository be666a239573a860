"""Which device networks are computed on: a menu beside what is known about the generator."""

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.devices import AUTO, DEVICES
from ganpaint.tabs.context import WindowContext

_TIP = "For pictures, classifiers and new jobs, from now on; it is remembered"


class DeviceMenu(QMenu):
    """Offers the devices; the choice holds at once, and for jobs that are started from here on.

    One that is not there is found out by the next picture: then a sentence says so, and the
    fastest that is there is used.

    Args:
        context: knows the choice.
        live: computes pictures on it.
        parent: the window.
    """

    def __init__(self, context: WindowContext, live: LivePicture, parent: QWidget) -> None:
        super().__init__("Compute &on", parent)
        self._context, self._live = context, live
        self.setToolTipsVisible(True)
        self._group = QActionGroup(self)
        self.aboutToShow.connect(self.fill)
        context.device_changed.connect(lambda: live.use_device(context.device))
        live.device_gone.connect(lambda: context.choose_device(AUTO))
        self.fill()

    def fill(self) -> None:
        """Offer them, the one in use ticked; one that the command line named is among them."""
        for action in self._group.actions():
            self._group.removeAction(action)
        self.clear()
        used = self._context.device
        for name, words in {**DEVICES, used: DEVICES.get(used, used)}.items():
            action = self.addAction(words)
            action.setCheckable(True)
            action.setChecked(name == used)
            action.setToolTip(_TIP)
            action.setData(name)
            action.triggered.connect(lambda _=False, name=name: self._context.choose_device(name))
            self._group.addAction(action)
