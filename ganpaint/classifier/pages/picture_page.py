"""One picture: its class scores with and without units, where units are active, what turns it."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.live.picture_questions import (
    NONE,
    Fewest,
    LookAt,
    Looked,
    Scores,
    Subject,
)
from ganpaint.classifier.live.questions import Question, Thumbnails
from ganpaint.classifier.pages.map_list import ORDERS, MapList
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.pages.picture_list import PictureList
from ganpaint.classifier.pages.score_bars import ScoreBars
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.tables.images import as_image, scaled
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.file_dialogs import ask_file
from ganpaint.toolkit.name_label import NameLabel
from ganpaint.toolkit.plain import breakable, in_sentence, plain, plain_tip
from ganpaint.toolkit.theme import GRID

_SIDE, _LIST = 176, 272
_FILES = "Pictures (*.png *.jpg *.jpeg *.webp *.bmp *.tif *.tiff *.gif);;All files (*)"
_CHOOSE = "Choose a picture of the class, or drop one of your own here."
#: Held-out pictures that are listed at most.
_MOST = 400


class PicturePage(Page):
    """Shows one picture; files are dropped on it."""

    takes_out = True

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, parent)
        self.subject: Subject | None = None
        self.looked: Looked | None = None
        self.few: tuple[int, ...] = ()
        theme = session.theme
        self.pictures = PictureList(self)
        self.listed = NameLabel(self)
        self.listed.setProperty("role", "title")
        self.open = QPushButton("Open a picture…", self)
        self.open.setToolTip("A picture of your own; or drop it here")
        self.image = QLabel(self)
        self.image.setFixedSize(_SIDE, _SIDE)
        self.said = plain(QLabel(_CHOOSE, self, wordWrap=True))
        self.scores = ScoreBars(theme, self)
        self.frame = ChartFrame("Class scores", self.scores, namer(session, "scores"), theme, self)
        self.fewest = QPushButton("Fewest units that turn it", self)
        self.fewest.setToolTip("Find few units whose removal turns the decision on this picture")
        self.take = QPushButton("Take these out", self)
        self.take.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # it goes with what is taken out
        self.found = plain(QLabel(self, wordWrap=True))
        self.found.setProperty("role", "muted")
        self.maps = MapList(session.removal, self)
        self.by = Combo(theme, self)
        self.by.addItems([f"by {order}" for order in ORDERS])
        self.by.setToolTip("The order of the units")
        self.by.setMinimumWidth(210)
        self.setAcceptDrops(True)
        self._arrange()
        self.adopt(self.frame)
        self._connect()
        self._forget()

    def fill(self) -> None:
        """List the class's pictures."""
        session, found = self.session, self.session.loaded
        if session.study is None or found is None:
            self.listed.setText("Held-out pictures")
            return
        own = found.targets == session.number
        if session.slice.conditions:
            chosen = np.zeros(len(own), np.bool_)
            chosen[session.places(found.names)] = True
            own &= chosen
        places = np.flatnonzero(own)[:_MOST].tolist()
        self.listed.setText(f"{len(places)} of {session.class_name}")
        tips = {
            place: plain_tip(f"taken for {session.names[int(found.before[place])]}")
            for place in places
        }
        self.pictures.pictures.show_places(places, tips)
        # A page without a picture shows nothing: the first of the class, until one is chosen.
        other = isinstance(self.subject, int) and not own[self.subject]
        if places and (self.subject is None or other):
            self.choose(places[0])

    def choose(self, subject: Subject) -> None:
        """Look at another picture: a held-out one by its place, or a file."""
        if self.session.loaded is None:
            self.session.failed.emit(
                "Load the held-out pictures first; the network comes with them."
            )
            return
        self.subject = subject
        self.session.ask(LookAt(subject))

    def ask_picture(self) -> None:
        """Ask for a picture of one's own."""
        chosen = ask_file(self, "Open a picture", _FILES, "pictures")
        if chosen is not None:
            self.choose(chosen)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are welcome."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at the first file."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.choose(Path(files[0]))

    # What is known --------------------------------------------------------------------------------

    def _take_answer(self, question: Question, answer: object) -> None:
        if isinstance(question, Thumbnails) and isinstance(answer, tuple):
            self.pictures.pictures.add(answer[0], as_image(answer[1]))
        elif isinstance(answer, Looked) and answer.subject == self.subject:
            self._show(answer)
        elif isinstance(question, Scores) and question.subject == self.subject:
            if self.looked is not None and isinstance(answer, np.ndarray):
                self._show_scores(answer)
        elif isinstance(question, Fewest) and question.subject == self.subject:
            self._show_fewest(answer)

    def _show(self, looked: Looked) -> None:
        self.looked = looked
        self._forget_few()
        self.fewest.setEnabled(True)
        self.image.setPixmap(scaled(as_image(looked.picture), _SIDE))
        self.maps.units.show_picture(self.session.study, looked)
        self.maps.scrollToTop()
        self._show_scores(looked.whole)
        self._ask_scores()

    def _show_scores(self, without: "np.ndarray[tuple[int], np.dtype[np.float32]]") -> None:
        looked, session = self.looked, self.session
        assert looked is not None, "scores are of a picture"
        assert session.study is not None, "a picture is looked at by a study's network"
        out = [unit for unit in session.order if unit in session.removal.units]
        said = session.study.named(out) if out else ""
        self.scores.show_scores(session.names, looked.whole, without, said, out)
        now, decided = int(without.argmax()), looked.decided
        told = f"Taken for {in_sentence(session.names[decided])}"
        if out:
            else_for = "still so" if now == decided else f"for {in_sentence(session.names[now])}"
            told += f"; without the units that are out {else_for}"
        if isinstance(looked.subject, Path):
            self.said.setText(f"{in_sentence(looked.subject.name)}. {told}.")
        elif session.loaded is not None:
            target = session.names[int(session.loaded.targets[looked.subject])]
            self.said.setText(f"A picture of {in_sentence(target)}. {told}.")

    def _ask_scores(self) -> None:
        if self.subject is not None and self.looked is not None:
            self.session.ask(Scores(self.subject, self.session.removal.units))

    def _ask_fewest(self) -> None:
        if self.subject is not None:
            self.fewest.setEnabled(False)
            self.found.setText("Looking for the fewest units…")
            self.found.show()
            self.session.ask(Fewest(self.subject))

    def _show_fewest(self, answer: object) -> None:
        self.fewest.setEnabled(True)
        assert isinstance(answer, tuple), "what Fewest is answered by"
        self.few = answer
        self.found.show()
        self.take.setVisible(bool(answer))
        study = self.session.study
        if answer == NONE or study is None:
            self.found.setText("No units turn the decision on this picture.")
            return
        named = breakable(study.named(answer, len(answer)))
        self.found.setText(
            f"Without {named} the decision is another: found one after the other, verified by a "
            "full pass."
        )

    def _forget(self) -> None:
        self.subject = self.looked = None
        self.image.clear()
        self.said.setText(_CHOOSE)
        self.scores.show_scores((), np.zeros(0, np.float32), np.zeros(0, np.float32), "")
        self.maps.units.show_picture(None, None)
        self.fewest.setEnabled(False)
        self._forget_few()

    def _forget_few(self) -> None:
        self.few = ()
        self.take.hide()
        self.found.hide()

    def _take_loaded(self) -> None:
        if self.session.loaded is None:
            self.pictures.pictures.forget()
            self._forget()
        self.open.setEnabled(self.session.loaded is not None)
        self.refill()

    def _connect(self) -> None:
        session = self.session
        session.class_changed.connect(self.refill)
        session.slice_changed.connect(self.refill)
        session.loaded_changed.connect(self._take_loaded)
        session.removal.changed.connect(self._ask_scores)
        session.answered.connect(self._take_answer)
        self.pictures.chosen.connect(self.choose)
        self.pictures.pictures.wanted.connect(lambda places: session.ask(Thumbnails(places)))
        self.open.clicked.connect(self.ask_picture)
        self.fewest.clicked.connect(self._ask_fewest)
        self.take.clicked.connect(lambda: session.removal.take_out(self.few))
        self.by.activated.connect(self.maps.units.order_by)
        self.maps.asked.connect(lambda unit: session.units_picked.emit((unit,), None))
        self.scores.picked.connect(session.units_picked)

    def _arrange(self) -> None:
        left = QVBoxLayout()
        head = QHBoxLayout()
        head.addWidget(self.listed, 1)
        head.addWidget(self.open)
        left.addLayout(head)
        left.addWidget(self.pictures, 1)
        beside = QWidget(self)
        beside.setFixedWidth(_LIST)
        beside.setLayout(left)
        left.setContentsMargins(0, 0, GRID, 0)
        about = QVBoxLayout()
        about.addWidget(self.image)
        about.addStretch(1)
        told = QVBoxLayout()
        told.addWidget(self.said)
        told.addWidget(self.frame)
        buttons = QHBoxLayout()
        buttons.addWidget(self.fewest)
        buttons.addWidget(self.take)
        buttons.addStretch(1)
        told.addLayout(buttons)
        told.addWidget(self.found)
        top = QHBoxLayout()
        top.setSpacing(2 * GRID)
        top.addLayout(about)
        top.addLayout(told, 1)
        line = QHBoxLayout()
        heading = QLabel("Where units are active", self)
        heading.setProperty("role", "title")
        heading.setToolTip(
            "Below each map: the unit, and the points of probability that the decided class loses "
            "without it alone. Tick it to take the unit out, double-click it to see it in Units."
        )
        line.addWidget(heading, 1)
        line.addWidget(self.by)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addLayout(top)
        right.addLayout(line)
        right.addWidget(self.maps, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(beside)
        whole.addLayout(right, 1)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
