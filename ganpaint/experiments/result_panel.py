"""One result: what was found, its figures, its tables, and how it was made."""

import json

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import printable
from dissection.report.figures import Figure, Heat, Sheet
from dissection.vocabulary import readable_name
from ganpaint.experiments.export_menu import ExportButton
from ganpaint.experiments.heat_figure import HeatFigure
from ganpaint.experiments.plot_figure import PlotFigure
from ganpaint.experiments.result_table import ResultTable
from ganpaint.experiments.results import OpenedResult
from ganpaint.experiments.sheet_figure import SheetFigure
from ganpaint.toolkit.flow_layout import FlowLayout
from ganpaint.toolkit.name_label import NameLabel
from ganpaint.toolkit.page_stack import PageStack
from ganpaint.toolkit.plain import breakable, in_menu, plain, plain_tip, shortened
from ganpaint.toolkit.theme import GRID, Theme

#: The page that tells settings and provenance.
MADE = "How it was made"
_TABLE = "Table: "
#: Letters of a sentence of what is told, and what it leaves to a figure.
_SENTENCE = 600
_FIGURE_PX = 220


class ResultPanel(QWidget):
    """Shows one result at a time, and exports it.

    Signals:
        linked(object): a unit or a scene is asked for: ``UnitLink`` or ``SceneLink``.
        page_changed(str): another figure, table or page is looked at.
    """

    linked = Signal(object)
    page_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.opened: OpenedResult | None = None
        self._page = ""
        self.title = NameLabel(self)  # beside another result there is little room
        self.export = ExportButton(self)
        self.title.setProperty("role", "heading")
        self.told = plain(QLabel(self, wordWrap=True))
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.chips = QWidget(self)
        self._flow = FlowLayout(self.chips, GRID // 2)
        self.buttons = QButtonGroup(self)
        self.plot = PlotFigure(theme, self)
        self.heat = HeatFigure(theme, self)
        self.sheet = SheetFigure(theme, self)
        self.table = ResultTable(self)
        self.made = QPlainTextEdit(self)
        self.made.setReadOnly(True)
        self.stack = PageStack(self)
        self.stack.setMinimumHeight(_FIGURE_PX)
        for page in (self.plot, self.heat, self.sheet, self.table, self.made):
            self.stack.addWidget(page)
        for source in (self.plot, self.sheet, self.table):
            source.linked.connect(self.linked)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, GRID)
        column.setSpacing(GRID)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.export)
        column.addLayout(head)
        column.addWidget(self.told)
        column.addWidget(self.chips)
        column.addWidget(self.stack, 1)

    @property
    def page(self) -> str:
        """The figure, table or page that is looked at, by its name."""
        return self._page

    @property
    def figure(self) -> Figure | None:
        """The figure that is looked at; None for a table or a page."""
        return self.opened.figures.get(self._page) if self.opened is not None else None

    def pages(self) -> list[str]:
        """Names of everything that can be looked at."""
        if self.opened is None:
            return []
        tables = [f"{_TABLE}{name}" for name in self.opened.result.tables]
        return [*self.opened.figures, *tables, MADE]

    def show_result(self, opened: OpenedResult, page: str = "") -> None:
        """Show another result, at a page that it has, or else at its first."""
        self.opened = opened
        self.title.setText(opened.title)
        told = [readable_name(sentence(line), _SENTENCE) for line in opened.result.told]
        self.told.setText("\n".join(map(breakable, told)))
        self.told.setToolTip(plain_tip("\n".join(told)))  # there may be no room for all of it
        self.told.setVisible(bool(opened.result.told))
        for button in self.buttons.buttons():
            self.buttons.removeButton(button)
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        names = self.pages()
        for name in names:
            chip = QPushButton(in_menu(shortened(_words(name))), self.chips)
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setProperty("page", name)
            chip.clicked.connect(lambda _=False, name=name: self.show_page(name))
            self.buttons.addButton(chip)
            self._flow.addWidget(chip)
            chip.show()
        self._flow.invalidate()
        self.chips.updateGeometry()
        self.show_page(page if page in names else names[0])

    def show_page(self, name: str) -> None:
        """Look at a figure, a table, or how it was made."""
        if self.opened is None:
            return
        self._page = name
        self.export.look_at(self.opened, name)
        for button in self.buttons.buttons():
            button.setChecked(button.property("page") == name)
        figure = self.figure
        if isinstance(figure, Heat):
            self.heat.show_figure(figure)
            self.stack.setCurrentWidget(self.heat)
        elif isinstance(figure, Sheet):
            self.sheet.show_figure(figure)
            self.stack.setCurrentWidget(self.sheet)
        elif figure is not None:
            self.plot.show_figure(figure)
            self.stack.setCurrentWidget(self.plot)
        elif name == MADE:
            self.made.setPlainText(printable(_made(self.opened), kept="\n"))
            self.stack.setCurrentWidget(self.made)
        else:
            self.table.show_table(self.opened.result.table(name.removeprefix(_TABLE)))
            self.stack.setCurrentWidget(self.table)
        self.page_changed.emit(name)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for page in (self.plot, self.heat, self.sheet):
            page.retheme()


def _words(name: str) -> str:
    text = name.replace("-", " ").replace("_", " ")
    return text[:1].upper() + text[1:]


def sentence(line: str) -> str:
    """A line of what is told, as a sentence; names of layers and networks stay as they are."""
    line = line.replace(" +- ", " ± ")  # so it was written by earlier versions
    first = line.partition(" ")[0]
    if first.isalpha():
        line = line[:1].upper() + line[1:]
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _made(opened: OpenedResult) -> str:
    result = opened.result
    command = result.provenance.get("command", "")
    head = [f"$ {command}", ""] if command else []
    told = {
        "folder": str(opened.folder),
        "size": result.size,
        "settings": dict(result.settings),
        "summary": dict(result.summary),
        "provenance": {k: v for k, v in result.provenance.items() if k != "command"},
    }
    return "\n".join([*head, json.dumps(told, indent=2, ensure_ascii=False)])
