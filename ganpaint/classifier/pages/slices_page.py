"""Accuracies and losses by what the pictures are; slices are named and kept."""

import numpy as np
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.charts.slice_chart import SliceBar, SliceChart
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.slices.slice import ALL, Slice
from ganpaint.classifier.slices.slice_store import SliceStore
from ganpaint.classifier.slices.slice_table import SliceRow, SliceTable
from ganpaint.classifier.slices.tag_reading import TagReading
from ganpaint.classifier.studies.unit_sets import shown_numbers
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.flow_layout import FlowLayout
from ganpaint.toolkit.plain import as_markup, plain
from ganpaint.toolkit.settings import home_folder
from ganpaint.toolkit.theme import GRID

_KEPT = "Slices that you kept"
_NO_TAGS = (
    "Nothing is known of these pictures but their classes. Put them in folders inside of their "
    "classes' folders, or open a table: CSV, the file of a picture in the first column, a tag in "
    "every other one."
)


class SlicesPage(Page):
    """All values of a tag, or the slices that were kept, one below the other.

    Args:
        session: what all pages share.
        store: keeps slices.
        reading: reads what pictures are.
        parent: the tab's view.
    """

    takes_out = True

    def __init__(
        self, session: Session, store: SliceStore, reading: TagReading, parent: QWidget
    ) -> None:
        super().__init__(session, parent)
        self._store, self.reading = store, reading
        self._read: tuple[object, ...] = ()
        theme = session.theme
        self.by = Combo(theme, self)
        self.by.setMinimumWidth(180)
        self.by.setToolTip("What the pictures are divided by")
        self.table_button = QPushButton("Table of tags…", self)
        self.table_button.setToolTip("Open a CSV file that says what each picture is")
        self.keep = QPushButton("Keep this slice…", self)
        self.keep.setToolTip("Name the slice of the chosen row, and keep it")
        self.forget = QPushButton("Forget it", self)
        self.forget.setToolTip("Keep the slice of the chosen row no longer")
        self.judge = QPushButton("Judge on it", self)
        self.judge.setToolTip(
            "All pages are about these pictures then; divide them further by another tag"
        )
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        self.table = SliceTable(theme, self)
        self.chart = SliceChart(theme, self)
        self.frame = ChartFrame("", self.chart, namer(session, "slices"), theme, self)
        self._arrange()
        self.adopt(self.frame)
        self._connect()

    def fill(self) -> None:
        """Read what the pictures are, and show them divided."""
        session = self.session
        if session.study is None:
            return
        table = self._store.table(session.study.digest)
        names = session.picture_names
        wanted = (session.study.pictures, names, table)
        if names and wanted != self._read:
            self._read = wanted
            self.about.setText("Looking at what the pictures are…")
            self._enable()
            self.reading.read(session.study.pictures, names, table)
            return
        self._show()

    def slices(self) -> list[Slice]:
        """The rows: the slice that is judged on, then its parts."""
        session, tag = self.session, self.by.currentData()
        if tag is None:
            return [ALL, *self._kept()]
        base = session.slice if tag not in session.slice.conditions else session.slice.without(tag)
        values = sorted(set(session.tags[tag].tolist())) if tag in session.tags else []
        return [base, *(base.within(tag, value) for value in values if value)]

    def _kept(self) -> list[Slice]:
        session = self.session
        if session.study is None:
            return []
        known = self._store.slices(session.study.digest)
        return [each for each in known if set(each.conditions) <= set(session.tags)]

    def _show(self) -> None:
        session = self.session
        if session.study is None or session.number < 0:
            return
        slices = self.slices()
        rows = [row for row in self._rows(slices) if row.pictures]
        number = shown_numbers(session.study.ablation)[-1]
        self.table.slices.fill(session.class_name, number, rows)
        out = bool(session.removal.units) and session.loaded is not None
        what = "without those out" if out else f"without its {number}"
        units = [u for u in session.order if u in session.removal.units] if out else None
        bars = [
            SliceBar(
                row.slice.said if len(row.slice.conditions) != 1 or row.slice.name
                else next(iter(row.slice.conditions.values())),
                self._of_class(row.slice),
                row.own[0],
                row.own[1] if out else row.own_without,
            )
            for row in rows
        ]  # fmt: skip
        shown = units if units is not None else list(session.order[:number])
        self.chart.show_bars(session.study, session.number, bars, shown, what)
        self.frame.title.setText(f"{session.class_name}, slice by slice")
        if not session.tags:
            self.about.setText(_NO_TAGS)
        elif session.loaded is None:
            self.about.setText("Load the held-out pictures, and “now” follows the units.")
        else:
            self.about.setText("")
        self.about.setVisible(bool(self.about.text()))
        self._enable()

    def _rows(self, slices: list[Slice]) -> list[SliceRow]:
        session = self.session
        assert session.study is not None, "asked only with a study"
        found, k = session.study.ablation, session.number
        kind = f"without {shown_numbers(found)[-1]}"
        live = session.live_accuracies(slices) if session.loaded is not None else None
        rows = []
        for place, each in enumerate(slices):
            where = session.places(found.names, each)
            judged = found.among(where) if len(where) and each.conditions else found
            without = judged.without(kind)[0][k] if kind in found.sets.kinds else np.nan
            pictures, own_without = len(where), float(without) if len(where) else np.nan
            if live is not None:
                now = live[place]
                pictures = now.pictures
                every = float(now.plain[0]), float(now.plain[1])
                own = float(now.balanced[0, k]), float(now.balanced[1, k])
            else:
                whole = float(judged.held_out.counts.plain[0]) if len(where) else np.nan
                every, own = (whole, np.nan), (float(judged.held_out.baseline[k]), np.nan)
            rows.append(SliceRow(each, pictures, every, own, own_without))
        return rows

    def _of_class(self, chosen: Slice) -> int:
        """How many pictures of the chosen class a slice has."""
        session = self.session
        assert session.study is not None, "asked only with a study"
        if session.loaded is not None:
            targets = session.loaded.targets[session.places(session.loaded.names, chosen)]
        else:
            found = session.study.ablation
            targets = found.targets[session.places(found.names, chosen)].astype(np.int64)
        return int((targets == session.number).sum())

    # What a person does ---------------------------------------------------------------------------

    def divide_by(self, tag: str | None) -> None:
        """Divide the pictures by a tag; None shows the slices that were kept."""
        place = self.by.findData(tag) if tag is not None else self.by.count() - 1
        self.by.setCurrentIndex(max(place, 0))
        self._show()

    def choose(self, chosen: Slice) -> None:
        """Judge everything on a slice."""
        self.session.choose_slice(chosen)

    def ask_table(self) -> None:
        """Ask for a table of tags."""
        study = self.session.study
        if study is None:
            return
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a table of tags", str(home_folder()), "Tables (*.csv);;All files (*)"
        )
        if path:
            self._store.keep_table(study.digest, path)
            self.refill()

    def ask_name(self) -> None:
        """Ask for a name, and keep the slice under it."""
        chosen = self._chosen()
        if not chosen.conditions:
            return
        name, good = QInputDialog.getText(
            self, "Keep this slice", f"<qt>A name for “{as_markup(chosen.said)}”:</qt>",
            text=chosen.said,
        )  # fmt: skip
        if good and name.strip():
            self.keep_slice(Slice(chosen.conditions, name.strip()))

    def keep_slice(self, chosen: Slice) -> None:
        """Keep a slice under its name; one of the same name is replaced."""
        study = self.session.study
        if study is None:
            return
        kept = [e for e in self._store.slices(study.digest) if e.name != chosen.name]
        self._store.keep(study.digest, [*kept, chosen])
        self._list_tags(None)
        self._show()
        self.session.said.emit(f"“{chosen.name}” is kept.")

    def forget_slice(self) -> None:
        """Keep the chosen slice no longer."""
        study, chosen = self.session.study, self._chosen()
        if study is not None and chosen.name:
            kept = [e for e in self._store.slices(study.digest) if e.name != chosen.name]
            self._store.keep(study.digest, kept)
            self._show()

    def _chosen(self) -> Slice:
        return self.table.current or self.session.slice

    def _enable(self) -> None:
        chosen = self._chosen()
        self.keep.setEnabled(bool(chosen.conditions))
        self.forget.setEnabled(bool(chosen.name))
        self.judge.setEnabled(chosen != self.session.slice)

    def _take_tags(self, names: object, tags: object) -> None:
        if names == self.session.picture_names:
            self.session.take_tags(names, tags)  # type: ignore[arg-type]

    def _fail(self, sentence: str) -> None:
        study = self.session.study
        if study is not None and self._store.table(study.digest):
            self._store.keep_table(study.digest, "")  # what cannot be used is not tried again
        self.session.failed.emit(sentence)
        self.refill()

    def _list_tags(self, chosen: str | None) -> None:
        before = self.by.currentData() if chosen == "" else chosen
        self.by.clear()
        for tag in self.session.tags:
            self.by.addItem(f"by {tag}", tag)
        self.by.addItem(_KEPT, None)
        place = self.by.findData(before) if before is not None else self.by.count() - 1
        self.by.setCurrentIndex(max(place, 0))

    def _take_all_tags(self) -> None:
        self._list_tags(
            "" if self.by.currentData() is not None else next(iter(self.session.tags), None)
        )
        if self.isVisible():
            self._show()

    def _follow(self) -> None:
        if self.isVisible():
            self._show()

    def _connect(self) -> None:
        session = self.session
        self.reading.found.connect(self._take_tags)
        self.reading.failed.connect(self._fail)
        session.tags_changed.connect(self._take_all_tags)
        session.class_changed.connect(self.refill)
        session.slice_changed.connect(self.refill)
        session.loaded_changed.connect(self.refill)
        session.without_changed.connect(self._follow)
        self.by.activated.connect(lambda _: self._show())
        self.table.asked.connect(self.choose)
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._enable())
        self.judge.clicked.connect(lambda: self.choose(self._chosen()))
        self.keep.clicked.connect(self.ask_name)
        self.forget.clicked.connect(self.forget_slice)
        self.table_button.clicked.connect(self.ask_table)

    def _arrange(self) -> None:
        top = FlowLayout(spacing=GRID)  # in a narrow window the buttons are a row of their own
        top.addWidget(QLabel("Divide the pictures", self))
        top.addWidget(self.by)
        for button in (self.judge, self.keep, self.forget, self.table_button):
            top.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.table, 1)
        column.addWidget(self.frame, 1)
