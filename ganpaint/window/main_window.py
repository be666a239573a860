"""The main window: puts the parts together, and holds no logic of its own."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
)

from ganpaint.models.chooser import ModelChooser
from ganpaint.painter.actions import Actions
from ganpaint.painter.analysis.segmentation_view import Sight
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.document.document import Document
from ganpaint.painter.files.export_movie import MovieMaker
from ganpaint.painter.files.export_picture import Saver
from ganpaint.painter.files.projects import Projects
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.concepts import ConceptsPanel
from ganpaint.painter.panels.copy_strokes import Carrier
from ganpaint.painter.panels.history import HistoryPanel
from ganpaint.painter.panels.scene_bar import SceneBar
from ganpaint.painter.panels.status import StatusBar
from ganpaint.painter.panels.toolbar import ToolBar
from ganpaint.painter.tools.analysis_tools import Looking
from ganpaint.painter.tools.inspector import Inspector
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import THEMES, Theme
from ganpaint.window.docks import TabCrosses, add_docks, fill_with_docks
from ganpaint.window.held_keys import HeldKeys
from ganpaint.window.shortcuts_dialog import ShortcutsDialog

HINT = "Pick a concept, paint on the picture. Hold Ctrl to erase."


class MainWindow(QMainWindow):
    """The window of the program.

    Args:
        document: what is painted.
        theme: applied already.
        settings: what is remembered.
        data: folder where unsaved work outlives a crash, and brushes of one's own are kept; None
            keeps none.
    """

    def __init__(
        self, document: Document, theme: Theme, settings: Settings, data: Path | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("ganpaint")
        self.resize(1280, 800)
        self.setMinimumSize(960, 600)
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.document = document
        self.theme = theme
        self.settings = settings
        self.commands = Actions(self, theme)
        self.live = LivePicture(document, self)
        self.canvas = Canvas(document, self.live, theme, self)
        self.concepts = ConceptsPanel(document, theme, self)
        self.history = HistoryPanel(document, theme, self)
        self.tools = ToolBar(document, self.commands, self.canvas, theme, self)
        carrier = Carrier(document, self.canvas.message, self)
        self.scenes = SceneBar(document, self.live, self.commands, carrier, theme, self)
        self.sight = Sight(document, self.live, self)
        self.status = StatusBar(document, self.live, self.canvas, self.sight, self)
        self.looking = Looking(
            document, self.live, self.canvas, self.sight, self.status, self.commands, theme, self
        )
        cards, brushes = self.concepts.cards, data and data / "brushes"
        self.inspector = Inspector(
            document, self.live, self.canvas, cards, self.commands, theme, brushes, self
        )
        self.saver = Saver(document, self.live, self.canvas.message, self)
        self.movies = MovieMaker(document, self.live, self.canvas.message, theme, self)
        unsaved = data and data / "unsaved"
        self.projects = Projects(document, self.live, self.canvas.message, settings, unsaved, self)
        self.models = ModelChooser(document, self.live, self.canvas.message, settings, data, self)
        self.keys = HeldKeys(self, self.canvas)
        self.help: ShortcutsDialog | None = None
        self._started = False
        self._hint_due = not settings.has_painted
        self._arrange()
        self._connect()
        self._fill_menus()
        settings.restore(self)
        self._show_title()

    def _arrange(self) -> None:
        self.setCentralWidget(self.canvas)
        self.canvas.setAcceptDrops(False)  # files are dropped on the window
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.tools)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.scenes)
        self.setStatusBar(self.status)
        panels = (("History", self.history), ("Inspector", self.inspector.panel))
        self._docks = add_docks(self, ("Concepts", self.concepts), panels)
        self._crosses = TabCrosses(self, self._docks[1:], self.theme)

    def _connect(self) -> None:
        document, on, canvas = self.document, self.commands.on, self.canvas
        stack = document.undo_group
        for name, do, able, said in (
            ("undo", stack.undo, stack.canUndoChanged, stack.undoTextChanged),
            ("redo", stack.redo, stack.canRedoChanged, stack.redoTextChanged),
        ):
            on(name, do)
            said.connect(partial(self.commands.tell, name))
            able.connect(self.commands[name].setEnabled)
            self.commands[name].setEnabled(False)
        on("clear", document.clear)
        on("copy", self.saver.copy)
        on("copy_pair", self.saver.copy_pair)
        on("open", self.projects.open)
        on("save", self.projects.save)
        on("save_as", self.projects.save_as)
        on("export", self.saver.save_picture)
        on("export_pair", self.saver.save_pair)
        on("export_movie", self.movies.open)
        on("open_model", self.models.open_model)
        on("open_dissection", self.models.open_dissection)
        on("model_details", self.models.show_details)
        on("smaller", lambda: canvas.step_radius(-1))
        on("larger", lambda: canvas.step_radius(1))
        on("fit", canvas.fit)
        on("actual", canvas.actual_size)
        on("zoom_in", lambda: canvas.zoom_step(1))
        on("zoom_out", lambda: canvas.zoom_step(-1))
        on("search", self._search)
        on("shortcuts", self.show_shortcuts)
        on("quit", self.close)
        for place, action in enumerate(self.commands.numbers):
            action.triggered.connect(lambda _=False, place=place: document.choose_numbered(place))
        self.commands["cells"].toggled.connect(canvas.cells.switch)
        on("split_left", lambda: canvas.comparison.step_line(-1))
        on("split_right", lambda: canvas.comparison.step_line(1))
        self.keys.compare.connect(canvas.comparison.hold)
        self.keys.space.connect(canvas.hold_space)
        self.keys.other.connect(canvas.hold_other)
        self.history.pointed.connect(canvas.point_at)
        self.inspector.wanted.connect(self._docks[2].show)
        self.inspector.wanted.connect(self._docks[2].raise_)
        self._docks[2].visibilityChanged.connect(self.inspector.inspection.watch)
        self.live.changed.connect(self._offer_hint)
        document.palette_changed.connect(self._offer_hint)
        canvas.painted.connect(self._forget_hint)
        document.scene_changed.connect(self._show_title)
        document.modified_changed.connect(self._show_title)

    def _fill_menus(self) -> None:
        commands = self.commands
        separator = None
        for title, names in (
            (
                "&File",
                (
                    *("open", "save", "save_as", separator),
                    *("export", "export_pair", "export_movie", separator, "quit"),
                ),
            ),
            (
                "&Edit",
                (
                    *("undo", "redo", separator, "clear", "apply", "stamp"),
                    *(separator, "copy", "copy_pair"),
                ),
            ),
            (
                "&View",
                (
                    *("fit", "actual", "zoom_in", "zoom_out", separator),
                    *("edited", "split", "difference", separator, "cells", separator),
                    *("pick", "tint", "where", "inspect", separator),
                ),
            ),
            ("&Model", ("open_model", "open_dissection", "model_details")),
            ("&Help", ("shortcuts",)),
        ):
            menu = self.menuBar().addMenu(title)
            for name in names:
                if name is None:
                    menu.addSeparator()
                else:
                    menu.addAction(commands[name])
            if title == "&File":
                self._fill_recent(menu)
            elif title == "&View":
                self._fill_view(menu)
            elif title == "&Model":
                menu.setToolTipsVisible(True)
                menu.aboutToShow.connect(partial(self.models.fill, menu))
                self.models.fill(menu)

    def _fill_recent(self, file: QMenu) -> None:
        recent = QMenu("Open &recent", file)
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self.projects.fill_recent(recent))
        file.insertMenu(self.commands["save"], recent)

    def _fill_view(self, menu: QMenu) -> None:
        fill_with_docks(menu, self._docks)
        menu.addSeparator()
        group = QActionGroup(menu)
        for name in THEMES:
            action = group.addAction(f"{name.capitalize()} theme")
            action.setCheckable(True)
            action.setChecked(name == self.theme.name)
            action.triggered.connect(lambda _checked=False, name=name: self.set_theme(name))
            menu.addAction(action)

    def set_theme(self, name: str) -> None:
        """Take another theme, ``dark`` or ``light``, and remember it."""
        application = QApplication.instance()
        assert isinstance(application, QApplication), "a window lives in an application"
        self.theme.apply(application, name)
        self.settings.theme = name
        for part in (self.commands, self.canvas, self.tools, self.history.panel, self.inspector):
            part.retheme()
        self._crosses.retheme()

    def show_shortcuts(self) -> None:
        """Show the table of keys beside the window; painting goes on."""
        if self.help is None:
            self.help = ShortcutsDialog(self)
        self.help.show()
        self.help.raise_()

    def showEvent(self, event: QShowEvent) -> None:
        """The first time: begin to render, now that there is something to see."""
        super().showEvent(event)
        if not self._started:
            self._started = True
            self.canvas.setFocus()
            self.models.start()
            self.projects.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, wherever the focus is, leaves a stroke or the tool that has the mouse."""
        if event.key() == Qt.Key.Key_Escape:
            self.canvas.escape()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file can be dropped; opening it says whether it is a project."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.projects.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Vanish at once, then end the render thread."""
        self.settings.keep(self)
        super().closeEvent(event)
        self.hide()
        self.projects.close()
        self.movies.close()
        self.live.close()

    def _search(self) -> None:
        self._docks[0].show()
        self.concepts.search.setFocus()
        self.concepts.search.selectAll()

    def _offer_hint(self) -> None:
        ready = self.live.image is not None and bool(self.document.palette.brushes)
        if self._hint_due and not self.document.history:
            if not ready:
                self.canvas.hint.hide()  # there is nothing to pick
            elif self.canvas.hint.isHidden():
                self.canvas.hint.say(HINT)

    def _forget_hint(self) -> None:
        self._hint_due = False
        self.canvas.hint.hide()
        self.settings.has_painted = True

    def _show_title(self) -> None:
        scene, file = self.document.scene, self.document.file
        name = file.name if file else "Untitled"
        model = scene.model.rpartition("/")[2]
        self.setWindowTitle(f"{name}[*] - {model}, seed {scene.name} - GANPaint")
        self.setWindowModified(self.document.modified)


def _dropped(event: QDropEvent) -> Path | None:
    """The one file that a drag carries."""
    urls = event.mimeData().urls()
    path = urls[0].toLocalFile() if len(urls) == 1 else ""
    return Path(path) if path else None
