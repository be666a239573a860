"""Which ablation is shown, and its page, or what to do where there is none."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dissection.interventions.ablation.store import MANIFEST
from dissection.runtime.resources import bundled_models
from ganpaint.classifier.live_thread import LiveThread
from ganpaint.classifier.page import AblationPage
from ganpaint.classifier.reading import Reading
from ganpaint.classifier.studies import AblationStudy, bundled_ablations, is_ablation
from ganpaint.classifier.study_dialog import FIRST, StudyDialog
from ganpaint.tabs.context import LoadedDissection, WindowContext
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.settings import home_folder
from ganpaint.toolkit.theme import GRID

_NOTED = "ablations"
_KEPT = 20
_NOTHING = (
    "Which classes need which units? An ablation study takes the units of a classifier's layer out "
    "and counts what it can no longer tell.\n\nStart one with “Ablation study…”, or open the "
    "folder of one that dissection ablate has made."
)


class ClassifierView(QWidget):
    """All ablations that were opened, one of which shows.

    Args:
        context: of the window.
    """

    def __init__(self, context: WindowContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.studies: list[AblationStudy] = []
        self.thread_ = LiveThread(self)
        self.reading = Reading(self)
        self.page = AblationPage(context.theme, self.thread_, self)
        self.which = Combo(context.theme, self)
        self.which.setToolTip("The ablation that is shown")
        self.which.setMinimumWidth(300)
        self.open = QPushButton("Open…", self)
        self.open.setToolTip("Open the folder of an ablation")
        self.start = QPushButton("Ablation study…", self)
        self.start.setToolTip("Take the units of a classifier's layer out, behind the window")
        self.dialog: StudyDialog | None = None
        self._looked = False
        self._shown: AblationStudy | None = None
        self._arrange()
        self.which.activated.connect(lambda place: self.show_study(self.studies[place]))
        for button in (self.open, self._empty_open):
            button.clicked.connect(self.ask_ablation)
        for button in (self.start, self._empty_start):
            button.clicked.connect(self.ask_study)
            button.setEnabled(context.jobs is not None)
        self.reading.opened.connect(self._take)
        self.reading.failed.connect(self._fail)
        self.page.load_wanted.connect(self._next_step)
        self.page.unit_asked.connect(self._show_unit)
        self.page.failed.connect(self._fail)
        self.page.said.connect(lambda said: context.message.say(said, passing=True))
        self.thread_.progressed.connect(self.page.load.tell)
        self.thread_.ready.connect(self.page.take_loaded)
        self.thread_.stopped.connect(lambda: self._offer("The loading was stopped."))
        self.thread_.failed.connect(self._loading_failed)
        context.study_asked.connect(self.ask_study)

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
        known = self._known().get(str(folder.absolute()), ["", ""])
        dissections = [each.dissection for each in self._context.dissections]
        self.reading.read(folder, dissections, model or known[0], pictures or known[1])

    def show_study(self, study: AblationStudy) -> None:
        """Show one of the studies, and load its pictures where it is known what they are."""
        if study is self._shown:
            return
        self._shown = study
        self.which.setCurrentIndex(self.studies.index(study))
        self._pages.setCurrentWidget(self._full)
        self.page.show_study(study)
        if study.model and study.pictures:
            self.load()
        else:
            self._offer("")

    def load(self) -> None:
        """Load the network and the held-out pictures of the study that shows."""
        if self._shown is not None:
            self.page.forget_pictures()
            self.page.load.tell("loading", 0, 0)
            self.thread_.load(self._shown.live_request())

    def ask_ablation(self) -> None:
        """Ask for the folder of an ablation."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open an ablation", str(home_folder()), f"Ablations ({MANIFEST})"
        )
        if chosen:
            self.read(Path(chosen))

    def ask_study(self) -> None:
        """Ask for a classifier and its pictures, and ablate it behind the window."""
        folder = (self._context.data or home_folder()) / "ablations"
        place, number = folder / "study", 2
        while place.exists():
            place, number = folder / f"study-{number}", number + 1
        first = list(FIRST)
        if first[0] not in bundled_models():
            first[0] = ""
        self.dialog = StudyDialog(first, place, self)
        self.dialog.accepted.connect(self._start_study)
        self.dialog.open()

    def opens(self, path: Path) -> bool:
        """Read a path if it is an ablation's."""
        if not is_ablation(path):
            return False
        self._looked = True
        self.read(path)
        return True

    def close_threads(self) -> None:
        """End what is being read and computed."""
        self.reading.close()
        self.thread_.close()

    # What comes of it -----------------------------------------------------------------------------

    def _start_study(self) -> None:
        assert self.dialog is not None, "it was accepted"
        words, jobs = self.dialog.arguments, self._context.jobs
        if jobs is None:
            return
        out = Path(words[words.index("--out") + 1]).expanduser()
        model, pictures = (words[words.index(option) + 1] for option in ("--model", "--val"))
        layer = words[words.index("--layer") + 1]
        jobs.submit(
            f"Ablation of {layer} of {Path(model).stem}",
            words,
            lambda: self.read(out, model, pictures),
        )
        self._note(out, model, pictures)
        self._context.message.say(
            "The ablation study runs behind the window (menu Dissect, Jobs); it is shown here "
            "when it is done.",
            passing=True,
        )

    def _take(self, study: AblationStudy) -> None:
        self.studies = [each for each in self.studies if each.folder != study.folder] + [study]
        self.which.clear()
        self.which.addItems([each.name for each in self.studies])
        self.show_study(study)

    def _offer(self, said: str) -> None:
        """Say what is to be done before units can be taken out."""
        study = self._shown
        if study is None:
            return
        if not study.model:
            missing, button = "Choose the file of its network", "Choose the network…"
        elif not study.pictures:
            missing, button = "Choose the folder of its held-out pictures", "Choose the pictures…"
        else:
            missing, button = "Load its network and held-out pictures", "Load"
        self.page.load.ask(f"{said} {missing} to take units out live.".strip(), button)

    def _next_step(self) -> None:
        study = self._shown
        if study is None:
            return
        model, pictures = study.model, study.pictures
        if not model:
            model, _ = QFileDialog.getOpenFileName(
                self, "The network of this ablation", str(home_folder())
            )
            if not model:
                return
        elif not pictures:
            pictures = QFileDialog.getExistingDirectory(
                self, "Held-out pictures, a folder for each class", str(home_folder())
            )
            if not pictures:
                return
        else:
            self.load()
            return
        self._note(study.folder, model, pictures)
        self.read(study.folder, model, pictures)

    def _loading_failed(self, sentence: str) -> None:
        """What was chosen is no use: it is asked for anew."""
        self._fail(sentence)
        study = self._shown
        if study is not None and study.model not in bundled_models():
            study = AblationStudy(
                study.ablation, study.folder, study.dissection, "", study.pictures
            )
            self.studies[self.studies.index(self._shown)] = study  # type: ignore[arg-type]
            self._shown = self.page.study = study
        self._offer("")

    def _show_unit(self, unit: int) -> None:
        study = self._shown
        if study is None:
            return
        if study.dissection is None:
            self._context.message.say(
                f"{study.ablation.layer} is not dissected yet, so there is nothing to show of its "
                "units; menu Dissect, Dissect a classifier.",
                passing=True,
            )
            return
        known = [d for d in self._context.dissections if d.dissection is study.dissection]
        loaded = known[0] if known else LoadedDissection(study.name, study.dissection)
        self._context.show_dissection(loaded)
        self._context.show_unit(study.ablation.layer, unit)

    def _fail(self, sentence: str) -> None:
        self._context.message.say(sentence, "error", "Close")

    def _known(self) -> dict[str, list[str]]:
        """Network and pictures of ablations by folder, as far as they were told once."""
        noted = self._context.settings.noted(_NOTED)
        if not isinstance(noted, dict):
            return {}
        return {
            str(folder): [str(part) for part in pair]
            for folder, pair in noted.items()
            if isinstance(pair, list) and len(pair) == 2
        }

    def _note(self, folder: Path, model: str, pictures: str) -> None:
        known = self._known()
        known.pop(str(folder.absolute()), None)
        known[str(folder.absolute())] = [model, pictures]
        self._context.settings.note(_NOTED, dict(list(known.items())[-_KEPT:]))

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(2 * GRID, GRID, 2 * GRID, 0)
        bar.setSpacing(GRID)
        bar.addWidget(self.which)
        bar.addWidget(self.open)
        bar.addWidget(self.start)
        bar.addStretch(1)
        self._full = QWidget(self)
        column = QVBoxLayout(self._full)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(bar)
        column.addWidget(self.page, 1)
        self.empty = QWidget(self)
        said = plain(QLabel(_NOTHING, self.empty, wordWrap=True))
        said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        said.setMaximumWidth(520)
        self._empty_start = QPushButton("Ablation study…", self.empty)
        self._empty_open = QPushButton("Open…", self.empty)
        buttons = QHBoxLayout()
        for part in (self._empty_start, self._empty_open):
            buttons.addWidget(part)
        middle = QVBoxLayout(self.empty)
        middle.addStretch(1)
        middle.addWidget(said, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addSpacing(2 * GRID)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(buttons)
        row.addStretch(1)
        middle.addLayout(row)
        middle.addStretch(1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
