"""A picture that another tab asks for, shown once an ablation of its network is loaded."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from ganpaint.classifier.live.picture_questions import Subject
from ganpaint.classifier.session import Session
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.tabs.context import PictureAsked


class AskedPicture(QObject):
    """Waits for the ablation to be read, and for its network and pictures to be loaded.

    Args:
        session: of the tab.
        studies: gives the ablations that were read.
        reading: whether others are still being read.
        parent: the tab's view.

    Signals:
        study_wanted(AblationStudy): this ablation is to be shown.
        found(object): the picture: its place among the held-out ones, or its file.
        failed(str): why it cannot be looked at, a sentence.
        waiting(str): what is waited for.
    """

    study_wanted = Signal(object)
    found = Signal(object)
    failed = Signal(str)
    waiting = Signal(str)

    def __init__(
        self,
        session: Session,
        studies: Callable[[], list[AblationStudy]],
        reading: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._studies = studies
        self._reading = reading
        self._asked: PictureAsked | None = None
        session.loaded_changed.connect(self.look)

    def ask(self, asked: PictureAsked) -> None:
        """Show a picture, now or as soon as that is possible."""
        self._asked = asked
        self.look()
        if self._asked is not None:
            self.waiting.emit("The picture opens when the network is loaded.")

    def forget(self) -> None:
        """It is not waited for any longer."""
        self._asked = None

    def look(self) -> None:
        """Go on, if there is anything new."""
        asked, session = self._asked, self._session
        if asked is None:
            return
        fitting = [study for study in self._studies() if study.digest == asked.network]
        if not fitting:
            if not self._reading():
                self._give_up(
                    f"No ablation of {asked.model} is open here, and its pictures are looked at "
                    "with one; Ablation study… makes it."
                )
            return
        if session.study is None or session.study.digest != asked.network:
            known = [study for study in fitting if study.model and study.pictures]
            self.study_wanted.emit((known or fitting)[-1])
            return  # its pictures are being loaded, or the bar above says what is missing
        if session.loaded is None:
            return
        names = tuple(session.loaded.names)
        subject: Subject | None = names.index(asked.name) if asked.name in names else asked.path
        if subject is None:
            self._give_up(
                f"This picture is not among the held-out ones of {session.study.name}, and has no "
                "file of its own."
            )
            return
        self._asked = None
        self.found.emit(subject)

    def _give_up(self, sentence: str) -> None:
        self._asked = None
        self.failed.emit(sentence)
