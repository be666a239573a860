"""The Export button of a result that is looked at."""

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from dissection.report.figures import Figure
from ganpaint.experiments.results import OpenedResult
from ganpaint.toolkit.chart_export import ask_path
from ganpaint.toolkit.file_dialogs import ask_folder


class ExportButton(QToolButton):
    """Asks where a result, or the figure of it that is looked at, is to be written.

    Signals:
        figure_asked(object, object): write this figure to this path.
        folder_asked(object, object): write this ``OpenedResult``, all of it, to this folder.
    """

    figure_asked = Signal(object, object)
    folder_asked = Signal(object, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._opened: OpenedResult | None = None
        self._page = ""
        self.setText("Export")
        self.setObjectName("menu")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.figure = menu.addAction("This figure as PNG, SVG or CSV…")
        self.folder = menu.addAction("Whole result, with all figures and tables…")
        menu.addSeparator()
        self.show_folder = menu.addAction("Show in its folder")
        self.setMenu(menu)
        self.figure.triggered.connect(self._ask_figure)
        self.folder.triggered.connect(self._ask_folder)
        self.show_folder.triggered.connect(self._show_folder)

    def look_at(self, opened: OpenedResult, page: str) -> None:
        """Be about a result and a page of it; tables and how it was made are no figures."""
        self._opened, self._page = opened, page
        self.figure.setEnabled(page in opened.figures)

    @property
    def _shown(self) -> Figure | None:
        return None if self._opened is None else self._opened.figures.get(self._page)

    def _ask_figure(self) -> None:
        opened, figure = self._opened, self._shown
        if opened is None or figure is None:
            return
        path = ask_path(self, "Export the figure", f"{opened.folder.name}-{self._page}.png")
        if path is not None:
            self.figure_asked.emit(figure, path)

    def _ask_folder(self) -> None:
        opened = self._opened
        chosen = ask_folder(self, "Empty folder for the result", "exports")
        if chosen is not None and opened is not None:
            self.folder_asked.emit(opened, chosen)

    def _show_folder(self) -> None:
        if self._opened is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._opened.folder)))
