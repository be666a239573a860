"""Published models and data sets in a window: seen, fetched, checked and removed."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import DissectionError
from dissection.models.zoo.dependents import told_left_without
from dissection.models.zoo.manifest import Entry, entries
from dissection.models.zoo.shelf import State, place_of, remove, size_of, state_of
from dissection.runtime.model_names import NO_ARCHITECTURE
from dissection.runtime.reading import told_size
from ganpaint.jobs.inquiry import Inquiry
from ganpaint.jobs.job import Job, JobState
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.process_job import ProcessJob
from ganpaint.toolkit.dialog_size import open_at
from ganpaint.toolkit.plain import ask, plain_tip
from ganpaint.toolkit.settings import Settings, home_folder
from ganpaint.toolkit.theme import GRID

_COLUMNS = ("Name", "Kind", "State", "Size", "Good for")
_FILES = "Weights (*.safetensors *.pth *.pt *.tar);;All files (*)"
_MIB = 1 << 20
_SOME_ARCHITECTURE = "torchvision:resnet18"


class ModelManager(QDialog):
    """Lists everything that is published or a user's own.

    Args:
        jobs: fetches and checks.
        settings: remembers own generators.
        parent: the window.

    Attributes:
        list: an item for each entry.
        fetch, stop, verify, remove, show_folder, add: the buttons.
        dissect: the button that comes with a classifier of one's own.
        said: what there is to know of the entry that is chosen, or what came of it.

    Signals:
        dissect_wanted(str, str): this classifier, with the weights in this file, is to be
            dissected; a person is asked which where the file does not say it.
    """

    dissect_wanted = Signal(str, str)

    def __init__(self, jobs: JobList, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models and data sets")
        open_at(self, 920, 620)
        self._jobs, self._settings = jobs, settings
        self._entries: dict[str, Entry] = {}
        self._told: dict[str, str] = {}
        self._file = Path()
        self._own = ("", "")  # a classifier of one's own, and its weights
        self._asking = Inquiry(self)
        self._asking.answered.connect(self._take_answer)
        self._asking.failed.connect(self._say_neither)
        self.list = QTreeWidget(self)
        self.list.setHeaderLabels(list(_COLUMNS))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setStyleSheet("QTreeView::item { padding: 3px 6px; }")
        self.list.currentItemChanged.connect(self._choose)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(9 * self.fontMetrics().lineSpacing())
        row = QHBoxLayout()
        self.fetch = self._button(row, "&Fetch", self._fetch)
        self.stop = self._button(row, "&Stop", self._stop)
        self.verify = self._button(row, "&Verify", self._verify)
        self.remove = self._button(row, "&Remove…", self._remove)
        self.show_folder = self._button(row, "Show in f&older", self._show_folder)
        row.addStretch(1)
        self.dissect = self._button(row, "&Dissect it…", self._dissect)
        self.dissect.setToolTip("Say with which pictures the classifier is dissected")
        self.dissect.hide()
        self.add = self._button(row, "&Add your own file…", self._add)
        self._button(row, "&Close", self.close).setEnabled(True)
        self.add.setEnabled(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(row)
        jobs.changed.connect(self._follow)
        jobs.ended.connect(self._take_end)
        self.refresh()

    def refresh(self) -> None:
        """Read the lists and look what is here."""
        chosen = self.chosen
        try:
            self._entries = {entry.name: entry for entry in entries()}
        except DissectionError as error:  # the user's own list is wrong
            self.said.setText(str(error))
            return
        self.list.clear()
        for entry in self._entries.values():
            item = QTreeWidgetItem(self.list, [entry.name, str(entry.kind), "", "", entry.use])
            item.setToolTip(4, plain_tip(entry.use))
            self._fill(item, entry)
            if chosen is None or entry.name == chosen.name:
                self.list.setCurrentItem(item)
                chosen = entry
        header = self.list.header()
        for number in range(len(_COLUMNS) - 1):
            header.setSectionResizeMode(number, QHeaderView.ResizeMode.ResizeToContents)
        self._choose()

    @property
    def chosen(self) -> Entry | None:
        """The entry that is chosen."""
        item = self.list.currentItem()
        return self._entries.get(item.text(0)) if item else None

    def choose(self, name: str) -> None:
        """Choose an entry by its name."""
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly):
            self.list.setCurrentItem(item)

    # What is shown --------------------------------------------------------------------------------

    def _fill(self, item: QTreeWidgetItem, entry: Entry) -> None:
        job = self._job_of(entry.name)
        state = str(state_of(entry))
        if job is not None:
            state = str(job.state)
            told = job.progress
            if told is not None and told.total:
                state = f"{told.stage.split()[0]} {told.done / told.total:.0%}"
        size = size_of(entry)
        item.setText(2, state)
        item.setText(3, "" if size is None else told_size(size))
        item.setToolTip(3, "The server tells how large it is" if size is None else "")

    def _choose(self) -> None:
        entry = self.chosen
        self.dissect.hide()
        if entry is None:
            return
        state, job = state_of(entry), self._job_of(entry.name)
        here = state in (State.FETCHED, State.BEGUN)
        self.fetch.setEnabled(job is None and state in (State.AVAILABLE, State.BEGUN))
        self.fetch.setText("&Go on" if state is State.BEGUN else "&Fetch")
        if "--accept" in self._told.get(entry.name, ""):
            self.fetch.setText("&Take it as it is")
        self.stop.setEnabled(job is not None and job.can_stop)
        self.verify.setEnabled(job is None and state is State.FETCHED)
        self.remove.setEnabled(job is None and here)
        self.show_folder.setEnabled(state in (State.FETCHED, State.BUNDLED))
        lines = [self._told[entry.name], ""] if entry.name in self._told else []
        if job is not None and job.progress is not None:
            done, total = job.progress.done, job.progress.total
            lines = [f"{job.progress.stage}: {done / _MIB:.1f} of {total / _MIB:.1f} MiB", ""]
        if entry.unusable:
            lines.append(f"Cannot be used: {entry.unusable}.")
        lines += [f"License: {entry.license}", f"Cite: {entry.citation}"]
        if not entry.unusable:
            lines.append(f"Place: {_told_place(place_of(entry))}")
            if size_of(entry) is None:
                lines.append("Size: not known before the server tells")
        self.said.setText("\n".join(lines))

    def _follow(self, job: Job) -> None:
        name = self._name_of(job)
        for item in self.list.findItems(name, Qt.MatchFlag.MatchExactly) if name else []:
            self._fill(item, self._entries[name])
            if item is self.list.currentItem():
                self._choose()

    def _take_end(self, job: Job) -> None:
        name = self._name_of(job)
        if not name:
            return
        self._told[name] = job.sentence
        if job.state == JobState.DONE:
            self._told[name] = "It is as it was fetched." if not job.result else "It is here."
        elif job.state == JobState.STOPPED:
            self._told[name] = "Stopped; what came is kept, and fetching goes on there."
        self._follow(job)

    # What is done ---------------------------------------------------------------------------------

    def _fetch(self) -> None:
        entry = self.chosen
        if entry is not None:
            accept = ["--accept"] if "--accept" in self._told.pop(entry.name, "") else []
            self._submit(f"Fetch {entry.name}", ["fetch", entry.name, *accept])

    def _verify(self) -> None:
        entry = self.chosen
        if entry is not None:
            self._submit(f"Verify {entry.name}", ["models", entry.name, "--verify"])

    def _submit(self, title: str, words: list[str]) -> None:
        self._follow(self._jobs.submit(title, words))

    def _stop(self) -> None:
        entry = self.chosen
        job = self._job_of(entry.name) if entry else None
        if job is not None:
            job.stop()

    def _remove(self) -> None:
        entry = self.chosen
        if entry is None:
            return
        told = f"Delete what was fetched of {entry.name}, {place_of(entry)}?"
        buttons = QMessageBox.StandardButton
        if not ask(self, "Remove", told, buttons.Yes, buttons.No):
            return
        try:
            remove(entry)
            self._told[entry.name] = f"It was deleted. {told_left_without(entry)}".strip()
        except (DissectionError, OSError) as error:
            self._told[entry.name] = str(error)
        self.refresh()

    def _show_folder(self) -> None:
        entry = self.chosen
        if entry is not None:
            folder = place_of(entry)
            folder = folder if folder.is_dir() else folder.parent
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self.said.setText(f"It is in {folder}.")

    def _add(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Add a file", str(home_folder()), _FILES)
        if chosen:
            self.look_at(Path(chosen))

    def look_at(self, file: Path) -> None:
        """Find out what a file is, and say so."""
        self._file = file
        self.add.setEnabled(False)
        self.dissect.hide()
        self.said.setText(f"Looking at {file.name} …")
        self._asking.ask(["layers", "--model", str(file)])

    def _take_answer(self, told: dict[str, object]) -> None:
        self.add.setEnabled(True)
        layers, output = told.get("layers"), told.get("output")
        assert isinstance(layers, list)
        assert isinstance(output, list)
        count = len([name for name, *_ in layers if "." not in name]) or len(layers)
        if told.get("takes") == "latents":
            self._settings.note_model(self._file, None)
            self.said.setText(
                f"{self._file.name} is a generator of {output[-1]} px with {count} layers. It is "
                "in the menu Model now."
            )
        else:
            self.said.setText(
                f"{self._file.name} is a classifier with {output[0]} classes and {len(layers)} "
                "layers. Dissect it with pictures to see what its units mean."
            )
            self._offer_dissecting(str(self._file), "")

    def _offer_dissecting(self, model: str, weights: str) -> None:
        self._own = (model, weights)
        self.dissect.setEnabled(True)
        self.dissect.show()

    def _dissect(self) -> None:
        self.close()
        self.dissect_wanted.emit(*self._own)

    def _say_neither(self, sentence: str) -> None:
        self.add.setEnabled(True)
        if NO_ARCHITECTURE in sentence:
            self.said.setText(
                f"{self._file.name} {NO_ARCHITECTURE}. Dissect it, and choose the architecture "
                "that it was trained as, such as torchvision:resnet18, and pictures."
            )
            self._offer_dissecting(_SOME_ARCHITECTURE, str(self._file))
            return
        self.said.setText(f"{self._file.name} is neither a generator nor a classifier: {sentence}")

    def done(self, result: int) -> None:
        """Close; jobs go on."""
        self._asking.withdraw()
        self.add.setEnabled(True)
        super().done(result)

    # Helpers --------------------------------------------------------------------------------------

    def _button(self, row: QHBoxLayout, text: str, called: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.setEnabled(False)
        button.clicked.connect(called)
        row.addWidget(button)
        return button

    def _job_of(self, name: str) -> Job | None:
        """The job that works on an entry or waits to."""
        return next((j for j in self._jobs.jobs if j.can_stop and self._name_of(j) == name), None)

    def _name_of(self, job: Job) -> str:
        """The entry that a job works on; empty of other jobs."""
        if not isinstance(job, ProcessJob) or job.record.arguments[0] not in ("fetch", "models"):
            return ""
        name = job.record.arguments[1]
        return name if name in self._entries else ""


def _told_place(path: Path) -> str:
    """A path as a person writes it."""
    home = home_folder()
    return f"~/{path.relative_to(home).as_posix()}" if path.is_relative_to(home) else str(path)
