"""Which ablation is shown, the class, and the pages about it; or what to do where there is none."""

from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dissection.interventions.ablation.store import MANIFEST
from dissection.runtime.resources import bundled_models
from ganpaint.classifier.asked_picture import AskedPicture
from ganpaint.classifier.class_panel import ClassPanel
from ganpaint.classifier.empty import EmptyPage
from ganpaint.classifier.live.live_thread import LiveThread
from ganpaint.classifier.live.load_bar import LoadBar
from ganpaint.classifier.live.picture_questions import Subject
from ganpaint.classifier.live.questions import Question
from ganpaint.classifier.pages.class_page import ClassPage
from ganpaint.classifier.pages.classes_page import ClassesPage
from ganpaint.classifier.pages.combinations_page import CombinationsPage
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.pages.picture_page import PicturePage
from ganpaint.classifier.pages.slices_page import SlicesPage
from ganpaint.classifier.pages.units_page import UnitsPage
from ganpaint.classifier.removal_bar import RemovalBar
from ganpaint.classifier.session import Session
from ganpaint.classifier.slice_bar import SliceBar
from ganpaint.classifier.slices.slice_store import SliceStore
from ganpaint.classifier.slices.tag_reading import TagReading
from ganpaint.classifier.studies.opening import StudySources, ask_missing, missing
from ganpaint.classifier.studies.reading import Reading
from ganpaint.classifier.studies.study import AblationStudy, bundled_ablations, is_ablation
from ganpaint.classifier.unit_ways import UnitWays
from ganpaint.tabs.context import PictureAsked, WindowContext
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.file_dialogs import ask_file
from ganpaint.toolkit.page_stack import PageStack
from ganpaint.toolkit.side_list import SideList
from ganpaint.toolkit.theme import GRID

#: Names of the pages, what their buttons say and their tool tips.
PAGES = {
    "class": ("Class", "What a class loses without its units, and what flips without any"),
    "picture": ("One picture", "Class scores with and without units; where units are active"),
    "slices": ("Slices", "Accuracies by what the pictures are"),
    "classes": ("All classes", "All classes with some of their units taken out"),
    "units": ("Important units", "How interpretable they are, and how correlated"),
    "combinations": ("Combinations", "Units that two or three classes share"),
}
#: What sentences are about: the next of it that goes well puts them away.
_PICTURES, _ABLATION = "pictures", "ablation"
#: Width of the list of classes at least.
_CLASSES_PX = 200
#: Width of the list of ablations at most.
_NAME_PX = 320


class ClassifierView(QWidget):
    """All ablations that were opened, one of which shows.

    Args:
        context: of the window.
    """

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.message = context.message_of("classifier")
        theme = context.theme
        self.studies: list[AblationStudy] = []
        self.thread_ = LiveThread(self)
        self.reading, self.tag_reading = Reading(self), TagReading(self)
        self.session = Session(theme, self.thread_, self)
        self.sources = StudySources(context.settings)
        store = SliceStore(context.settings)
        self.load_bar = LoadBar(self)
        self.classes = ClassPanel(self.session, self)
        self.classes.setMinimumWidth(_CLASSES_PX)
        self.removal_bar = RemovalBar(self.session, self)
        self.slice_bar = SliceBar(self.session, store, self)
        self.class_page = ClassPage(self.session, self.removal_bar, self)
        self.picture_page = PicturePage(self.session, self)
        self.slices_page = SlicesPage(self.session, store, self.tag_reading, self)
        self.classes_page = ClassesPage(self.session, self)
        self.units_page = UnitsPage(self.session, self)
        self.combinations_page = CombinationsPage(self.session, self)
        self.pages: dict[str, Page] = {
            "class": self.class_page,
            "picture": self.picture_page,
            "slices": self.slices_page,
            "classes": self.classes_page,
            "units": self.units_page,
            "combinations": self.combinations_page,
        }
        self.which = Combo(theme, self)
        self.which.setToolTip("The ablation that is shown")
        self.which.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToContents)
        self.which.setMaximumWidth(_NAME_PX)
        self.which.setMinimumWidth(_CLASSES_PX)
        self.open = QPushButton("Open…", self)
        self.open.setToolTip("Open the folder of an ablation")
        self.start = QPushButton("Ablation study…", self)
        self.start.setToolTip("Take the units of a classifier's layer out, behind the window")
        self.empty = EmptyPage(self)
        self.asked = AskedPicture(
            self.session, lambda: self.studies, lambda: not self.reading.idle, self
        )
        self.unit_ways = UnitWays(context, self.session, self)
        self._looked = False
        self._arrange()
        self._connect()
        self.show_page("class")

    def look(self) -> None:
        """The tab is looked at: read what there is, the first time."""
        if self._looked:
            return
        self._looked = True
        for folder in bundled_ablations():
            self.read(folder)

    def read(self, path: Path, model: str = "", pictures: str = "") -> None:
        """Read an ablation and show it."""
        folder = path if path.is_dir() else path.parent
        known = self.sources.known(folder)
        dissections = [each.dissection for each in self._context.dissections]
        self.empty.tell(reading=True)
        self.reading.read(folder, dissections, model or known[0], pictures or known[1])

    def show_study(self, study: AblationStudy) -> None:
        """Show one of the studies, and load its pictures where it is known what they are."""
        if study is self.session.study:
            return
        self.which.setCurrentIndex(self.studies.index(study))
        self._whole.setCurrentWidget(self._full)
        self.session.show_study(study)
        if study.model and study.pictures:
            self.load()
        else:
            self._offer("")

    def show_page(self, name: str) -> None:
        """Show one of ``PAGES``."""
        page = self.pages[name]
        for button in self.chips.buttons():
            button.setChecked(button.text() == PAGES[name][0])
        self.removal_bar.setVisible(page.takes_out)
        self._stack.setCurrentWidget(page)

    @property
    def page(self) -> str:
        """The name of the page that shows."""
        return next(n for n, each in self.pages.items() if each is self._stack.currentWidget())

    def load(self) -> None:
        """Load the network and the held-out pictures of the study that shows."""
        study = self.session.study
        if study is not None:
            self.session.forget_pictures()
            self.load_bar.tell("loading", 0, 0)
            self.thread_.load(study.live_request(self._context.device))

    def ask_ablation(self) -> None:
        """Ask for the folder of an ablation."""
        chosen = ask_file(self, "Open an ablation", f"Ablations ({MANIFEST})", "ablations")
        if chosen is not None:
            self.read(chosen)

    def opens(self, path: Path) -> bool:
        """Read a path if it is an ablation's."""
        if not is_ablation(path):
            return False
        self._looked = True
        self.read(path)
        return True

    def take_made(self, folder: object, model: str, pictures: str) -> None:
        """An ablation was made: show it."""
        assert isinstance(folder, Path), "what ablations are stored in"
        self._looked = True
        self.sources.note(folder, model, pictures)
        self.read(folder, model, pictures)

    def close_threads(self) -> None:
        """End what is being read and computed."""
        self.reading.close()
        self.tag_reading.close()
        self.thread_.close()

    # What comes of it -----------------------------------------------------------------------------

    def _take(self, study: AblationStudy) -> None:
        self.studies = [each for each in self.studies if each.folder != study.folder] + [study]
        self.which.clear()
        self.which.addItems([each.name for each in self.studies])
        self.show_study(study)

    def _take_loaded(self, found: object) -> None:
        self.session.take_loaded(found)  # type: ignore[arg-type]
        self.load_bar.hide()

    def _offer(self, said: str) -> None:
        """Say what is to be done before units can be taken out."""
        study = self.session.study
        if study is None:
            return
        sentence, button = missing(study)
        self.load_bar.show()
        self.load_bar.ask(f"{said} {sentence} to take units out live.".strip(), button)

    def _next_step(self) -> None:
        study = self.session.study
        if study is None:
            return
        if study.model and study.pictures:
            self.load()
            return
        chosen = ask_missing(study, self)
        if chosen is not None:
            self.sources.note(study.folder, *chosen)
            self.read(study.folder, *chosen)

    def _loading_failed(self, sentence: str) -> None:
        """What was chosen is no use: it is asked for anew."""
        self._fail(sentence)
        study = self.session.study
        if study is not None and study.model not in bundled_models():
            again = AblationStudy(
                study.ablation, study.folder, study.dissection, "", study.pictures
            )
            self.studies[self.studies.index(study)] = again
            self.session.replace_study(again)
        self._offer("")

    def choose_class(self, number: int) -> None:
        """Choose a class and show its page."""
        self.classes.choose(number)
        self.show_page("class")

    def look_at(self, asked: PictureAsked) -> None:
        """Look at a picture that another tab asks for."""
        self.look()
        self.asked.ask(asked)

    def _show_asked(self, subject: Subject) -> None:
        if isinstance(subject, int) and self.session.loaded is not None:
            self.classes.choose(int(self.session.loaded.targets[subject]))  # it is listed there
        self._choose_picture(subject)

    def _choose_picture(self, place: Subject) -> None:
        self.show_page("picture")
        self.picture_page.choose(place)

    def _fail(self, sentence: str, about: str = _PICTURES) -> None:
        self.message.say(sentence, "error", about=about)

    def _connect(self) -> None:
        context, session = self._context, self.session
        self.which.activated.connect(lambda place: self.show_study(self.studies[place]))
        for button in (self.open, self.empty.open):
            button.clicked.connect(self.ask_ablation)
        for button in (self.start, self.empty.start):
            button.clicked.connect(context.study_asked)
            button.setEnabled(context.jobs is not None)
        self.reading.opened.connect(self._take)
        self.reading.failed.connect(lambda said: self._fail(said, _ABLATION))
        self.reading.opened.connect(lambda _: self.message.settle(_ABLATION))
        self.reading.failed.connect(lambda _: self.empty.tell(reading=not self.reading.idle))
        self.load_bar.pressed.connect(self._next_step)
        self.load_bar.canceled.connect(self.thread_.cancel)
        session.units_picked.connect(self.unit_ways.pick)
        self.unit_ways.class_wanted.connect(self.choose_class)
        session.failed.connect(self._fail)
        session.said.connect(lambda said: self.message.say(said, passing=True))
        self.thread_.progressed.connect(self._tell_loading)
        self.thread_.ready.connect(self._take_loaded)
        self.thread_.stopped.connect(lambda: self._offer("The loading was stopped."))
        self.thread_.failed.connect(self._loading_failed)
        self.thread_.question_failed.connect(lambda asked, said: self._fail(said, _topic(asked)))
        self.thread_.answered.connect(lambda asked, _: self.message.settle(_topic(asked)))
        self.thread_.ready.connect(lambda _: self.message.settle(_PICTURES))
        self.class_page.class_asked.connect(self.classes.choose)
        self.class_page.picture_chosen.connect(self._choose_picture)
        self.slice_bar.asked.connect(lambda: self.show_page("slices"))
        self.class_page.units_asked.connect(self.unit_ways.show_class_units)
        context.ablated.connect(self.take_made)
        context.device_changed.connect(self._follow_device)
        self._connect_asked()

    def _connect_asked(self) -> None:
        """A picture that another tab asks for waits for what it is looked at with."""
        asked, context = self.asked, self._context
        context.picture_asked.connect(self.look_at)
        asked.study_wanted.connect(self.show_study)
        asked.found.connect(self._show_asked)
        asked.failed.connect(self._fail)
        asked.waiting.connect(lambda said: self.message.say(said, passing=True))
        for told in (self.reading.opened, self.reading.failed):
            told.connect(lambda _: asked.look())
        for told in (self.thread_.stopped, self.thread_.failed):
            told.connect(asked.forget)

    def _follow_device(self) -> None:
        if self.session.loaded is not None:
            self.load()

    def _tell_loading(self, stage: str, done: int, total: int) -> None:
        self.load_bar.show()
        self.load_bar.tell(stage, done, total)

    # Arrangement ----------------------------------------------------------------------------------

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(GRID)
        for part in (self.which, self.open, self.start):
            bar.addWidget(part)
        bar.addWidget(self.load_bar, 1)
        bar.addWidget(self.slice_bar)
        self.chips = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        self._stack = PageStack(self)
        for name, (words, tip) in PAGES.items():
            chip = QPushButton(words, self)
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setToolTip(tip)
            chip.clicked.connect(lambda _=False, name=name: self.show_page(name))
            self.chips.addButton(chip)
            row.addWidget(chip)
            self._stack.addWidget(self.pages[name])
        row.addStretch(1)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(GRID, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(row)
        column.addWidget(self.removal_bar)
        column.addWidget(self._stack, 1)
        across = SideList(self.classes, right, 340, self)
        self._full = QWidget(self)
        full = QVBoxLayout(self._full)
        full.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        full.setSpacing(GRID)
        full.addLayout(bar)
        full.addWidget(across, 1)
        self._whole = PageStack(self)
        self._whole.addWidget(self.empty)
        self._whole.addWidget(self._full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._whole)


def _topic(question: Question) -> str:
    """What a sentence about a question is about."""
    return type(question).__name__
