"""The list of classes of a session, which follows the units that are out."""

from PySide6.QtWidgets import QWidget

from ganpaint.classifier.session import Session
from ganpaint.classifier.tables.class_table import ClassTable


class ClassPanel(ClassTable):
    """Classes with their accuracies on the slice, and one of them chosen."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session.theme, parent)
        self._session = session
        self.chosen.connect(session.choose_class)
        session.study_changed.connect(self._refill)
        session.loaded_changed.connect(self._refill)
        session.slice_changed.connect(self._refill)
        session.class_changed.connect(self._follow_class)
        session.without_changed.connect(self._follow)

    def _refill(self) -> None:
        session = self._session
        if session.study is None:
            return
        if session.loaded is not None:
            (found,) = session.live_accuracies([session.slice])
            self.model.fill(session.names, found.balanced[0])
            self._follow()
        else:
            self.model.fill(session.names, session.ablation.held_out.baseline)
        self._follow_class()

    def _follow_class(self) -> None:
        if self._session.number >= 0:
            self.choose(self._session.number)

    def _follow(self) -> None:
        session = self._session
        if session.loaded is None or session.without is None:
            self.model.follow(None)
            return
        (found,) = session.live_accuracies([session.slice])
        self.model.follow(found.balanced[1])
