"""How many units are taken out, in which order, and what that does to all classes together."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ganpaint.classifier.session import Session
from ganpaint.classifier.tables.wording import BALANCED, PLAIN, percent, several
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.plain import in_sentence, plain, plain_tip
from ganpaint.toolkit.theme import GRID

_ORDERS = ("most important first", "least important first")
_ANY_WIDTH = 16777215  # Qt's own largest


class RemovalBar(QWidget):
    """The slider over the number of units, and a sentence on what became of the pictures."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.slider = LabeledSlider("Take out", "How many units are taken out", "8888", parent=self)
        self.slider.slider.setMaximumWidth(_ANY_WIDTH)
        self.order = Combo(session.theme, self)
        self.order.addItems(list(_ORDERS))
        self.order.setMinimumWidth(190)
        self.order.setToolTip("Which units of the chosen class the slider takes out first")
        self.back = QPushButton("Put all back", self)
        self.back.setToolTip("All units are in again (Esc)")
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        self.about.setToolTip(plain_tip(f"{PLAIN}\n{BALANCED}"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.slider, 1)
        row.addWidget(self.order)
        row.addWidget(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(row)
        column.addWidget(self.about)
        self.slider.moved.connect(self._slide)
        self.order.activated.connect(lambda _: self._slide())
        self.back.clicked.connect(lambda: session.removal.take_out(()))
        session.removal.changed.connect(self.follow)
        session.class_changed.connect(self.follow)
        session.loaded_changed.connect(self._enable)
        session.without_changed.connect(self._tell)
        session.slice_changed.connect(self._tell)
        self._enable()

    @property
    def place(self) -> int | None:
        """How many units of the chosen order are out; None where others are."""
        return self._session.removal.place_in(self._ordered())

    def follow(self) -> None:
        """Show how many are out."""
        session = self._session
        if session.study is None:
            return
        units = session.removal.units
        self.slider.set_value(len(units), 0, session.study.ablation.units)
        self.back.setEnabled(bool(units) and session.loaded is not None)

    def _ordered(self) -> tuple[int, ...]:
        order = self._session.order
        return order[::-1] if self.order.currentIndex() else order

    def _slide(self, number: int | None = None) -> None:
        count = self.slider.value if number is None else number
        self._session.removal.take_out(self._ordered()[:count])

    def _enable(self) -> None:
        there = self._session.loaded is not None
        for widget in (self.slider, self.order, self.back):
            widget.setEnabled(there)
        self.follow()
        self._tell()

    def _tell(self) -> None:
        session = self._session
        if session.loaded is None:
            self.about.setText("Units can be taken out once the held-out pictures are loaded.")
            return
        (found,) = session.live_accuracies([session.slice])
        where = "" if not session.slice.conditions else f" of {in_sentence(session.slice.said)}"
        out = len(session.removal.units)
        if not out or session.without is None:
            self.about.setText(
                f"Of {several(found.pictures, 'picture')}{where}, {percent(found.plain[0])} are "
                "told rightly (plain accuracy). Drag the slider, or tick units."
            )
            return
        flipped = len(session.without.flips)
        whole, now = (percent(float(share)) for share in found.plain)
        self.about.setText(
            f"Pictures{where} told rightly, of all classes: {whole} → {now} (plain accuracy); "
            f"without {several(out, 'unit')} {several(flipped, 'picture')} "
            f"flip{'s' * (flipped == 1)}."
        )
