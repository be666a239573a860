"""A heading and what stands below it, in the column of the unit's detail."""

from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID


class Section(QWidget):
    """A part of the detail; subclasses put their widgets into ``body``."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(title, self)
        self.heading.setProperty("role", "heading")
        self.said = plain(QLabel(self, wordWrap=True))
        self.said.setProperty("role", "muted")
        self.said.hide()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, GRID)
        self.body.setSpacing(GRID // 2)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.said)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def say(self, text: str) -> None:
        """A sentence below the heading; an empty one takes it away."""
        self.said.setText(text)
        self.said.setVisible(bool(text))


class UnitSection(Section):
    """A section about the unit that is looked at."""

    def show_unit(self) -> None:
        """Show the unit that is looked at."""
        raise NotImplementedError
