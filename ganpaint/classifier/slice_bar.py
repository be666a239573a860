"""Which pictures everything is judged on: all, or one of the slices that were kept."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from ganpaint.classifier.session import Session
from ganpaint.classifier.slices.slice import ALL, Slice
from ganpaint.classifier.slices.slice_store import SliceStore
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.theme import GRID


class SliceBar(QWidget):
    """A list of slices, and a button that takes the narrowing back.

    Args:
        session: what all pages share.
        store: of the slices that were kept.
        parent: the tab's view.

    Signals:
        asked: the pictures are to be divided; nothing is known of them yet.
    """

    asked = Signal()

    def __init__(self, session: Session, store: SliceStore, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._store = session, store
        self._slices: list[Slice] = [ALL]
        self.list = Combo(session.theme, self)
        self.list.setMinimumWidth(180)
        self.list.setToolTip("The held-out pictures that everything is judged on")
        self.all = QPushButton("All pictures", self)
        self.all.setObjectName("chip")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(QLabel("Judged on", self))
        row.addWidget(self.list)
        row.addWidget(self.all)
        self.list.activated.connect(self._choose)
        self.all.clicked.connect(lambda: session.choose_slice(ALL))
        session.slice_changed.connect(self.refill)
        session.tags_changed.connect(self.refill)
        session.said.connect(lambda _: self.refill())  # a slice may have been kept
        self.refill()

    def refill(self) -> None:
        """List what there is."""
        session = self._session
        kept = self._store.slices(session.study.digest) if session.study is not None else []
        self._slices = [ALL, *kept]
        if session.slice not in self._slices:
            self._slices.append(session.slice)
        self.list.clear()
        self.list.addItems([each.said for each in self._slices])
        self.list.addItem("Divide them…")
        self.list.setCurrentIndex(self._slices.index(session.slice))
        self.all.setVisible(bool(session.slice.conditions))

    def _choose(self, place: int) -> None:
        if place >= len(self._slices):
            self.refill()
            self.asked.emit()
            return
        chosen = self._slices[place]
        if set(chosen.conditions) <= set(self._session.tags):
            self._session.choose_slice(chosen)
        else:  # what the pictures are is read on that page
            self.refill()
            self.asked.emit()
