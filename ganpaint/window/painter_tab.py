"""The painter as a tab: puts its parts together, and holds no logic of its own."""

import argparse
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from dissection.errors import DissectionError
from dissection.runtime.files import user_path
from dissection.runtime.torch_loading import begin_loading
from dissection.vocabulary import Concept
from ganpaint.jobs.job_list import JobList
from ganpaint.models.chooser import ModelChooser
from ganpaint.models.device_menu import DeviceMenu
from ganpaint.models.known_models import ENDINGS, own_dissection
from ganpaint.painter.actions import Actions
from ganpaint.painter.analysis.segmentation_view import SegmentationView
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.galleries import starting_seed
from ganpaint.painter.document.networks import known_digest
from ganpaint.painter.files.export_movie import MovieMaker
from ganpaint.painter.files.export_picture import Saver
from ganpaint.painter.files.projects import Projects
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.card_menu import CardMenu
from ganpaint.painter.panels.concepts import ConceptsPanel
from ganpaint.painter.panels.copy_strokes import StrokeCopier
from ganpaint.painter.panels.history import HistoryPanel
from ganpaint.painter.panels.scene_bar import SceneBar
from ganpaint.painter.panels.status import StatusBar
from ganpaint.painter.panels.toolbar import ToolBar
from ganpaint.painter.tools.analysis_tools import AnalysisTools
from ganpaint.painter.tools.inspector import Inspector
from ganpaint.painter.tools.unit_on_scene import UnitInspection
from ganpaint.rendering.scene import Scene
from ganpaint.tabs.context import LoadedDissection, ModelInUse, UnitsAsked, WindowContext
from ganpaint.tabs.tab import Tab, TabMenu
from ganpaint.toolkit.first_paint import FirstPaint
from ganpaint.toolkit.plain import in_title
from ganpaint.window.docks import TabCrosses, add_docks
from ganpaint.window.held_keys import HeldKeys
from ganpaint.window.painter_screenshot import PainterScreenshot

if TYPE_CHECKING:
    from ganpaint.models.manager import ModelManager

HINT = "Pick a concept, paint on the picture. Hold Ctrl to erase."


class Painter(Tab):
    """Canvas, tool bars, docks and status bar of the painter.

    Args:
        context: its options name the model, the seed and the dissection.
    """

    def __init__(self, context: WindowContext) -> None:
        begin_loading()  # beside all that is made here
        options, theme, settings, data = (
            context.options,
            context.theme,
            context.settings,
            context.data,
        )
        self._context = context
        self._window = window = QMainWindow()
        window.setWindowFlags(Qt.WindowType.Widget)
        window.resize(1280, 760)  # docks take their widths from it
        window.setObjectName("painter")
        window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        model = options.model
        with suppress(DissectionError):  # the render thread says what is wrong with it
            if user_path(model).is_file():
                model = str(user_path(model).resolve())
        seed = options.seed
        if seed is None:
            seed = starting_seed(model, options.dissection)
        self.document = document = Document(model, seed, window)
        document.dissection_folder = options.dissection or own_dissection(model, data)
        self.commands = Actions(window, theme)
        self.live = context.live = LivePicture(document, window, options.precision, context.device)
        self.canvas = Canvas(document, self.live, theme, window)
        context.give_message("painter", self.canvas.message)
        self.concepts = ConceptsPanel(document, theme, window)
        self.history = HistoryPanel(document, theme, window)
        self.tools = ToolBar(document, self.commands, self.canvas, theme, window)
        carrier = StrokeCopier(document, self.canvas.message, window)
        self.scenes = SceneBar(document, self.live, self.commands, carrier, theme, window)
        self.segmentation_view = SegmentationView(document, self.live, window)
        self.status = StatusBar(document, self.live, self.canvas, self.segmentation_view, window)
        self.analysis_tools = AnalysisTools(
            document,
            self.live,
            self.canvas,
            self.segmentation_view,
            self.status,
            self.commands,
            theme,
            window,
            context.jobs,
        )
        cards, brushes = self.concepts.cards, data and data / "brushes"
        self.inspector = Inspector(
            document, self.live, self.canvas, cards, self.commands, theme, brushes, window
        )
        self.unit_inspection = UnitInspection(
            document, self.live, self.canvas, self.inspector, self.commands
        )
        self.card_menu = CardMenu(document, self.commands, cards)
        self.inspector.cards.asked.connect(self.card_menu.open)
        self.card_menu.unit_wanted.connect(context.show_unit)
        self.card_menu.scenes_wanted.connect(self.scenes.seek)
        self.card_menu.units_wanted.connect(self._show_units)
        self.inspector.cards.units_wanted.connect(self._show_units)
        self.saver = Saver(document, self.live, self.canvas.message, window)
        self.movies = MovieMaker(
            document, self.live, self.canvas.message, theme, window, context.jobs
        )
        unsaved = data and data / "unsaved"
        self.projects = Projects(
            document, self.live, self.canvas.message, settings, unsaved, window
        )
        self.models = ModelChooser(document, self.live, self.canvas.message, settings, data, window)
        self.manager: ModelManager | None = None
        self._devices = DeviceMenu(context, self.live, window)
        self._manage = QAction("&Models and data sets…", window)
        self._manage.triggered.connect(self.manage_models)
        self._manage.setEnabled(context.jobs is not None)
        self.keys = HeldKeys(self.canvas)
        self._started = False
        self._painted: FirstPaint | None = None
        self._hint_due = not settings.has_painted
        self._arrange()
        self._connect()
        self._share()
        settings.restore_layout(window)
        self._show_title()

    @property
    def widget(self) -> QWidget:
        """With docks and bars of its own."""
        return self._window

    def activate(self) -> None:
        """The first time: begin to render, once there is something to see."""
        self.canvas.setFocus()
        if not self._started:
            self._started = True
            self.live.start()
            self.projects.start()
            self._painted = FirstPaint(self._window, self.models.start)

    def deactivate(self) -> None:
        """Leave the stroke or the tool that has the mouse."""
        self.canvas.escape()

    def escape(self) -> None:
        """Leave a stroke or the tool that has the mouse."""
        self.canvas.escape()

    def open_path(self, path: Path) -> bool:
        """Any file: weights are a generator's; of others opening says whether it is a project."""
        if path.suffix.lower() in ENDINGS:
            self.models.open_file(path)
        else:
            self.projects.open_path(path)
        return True

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for part in (self.commands, self.canvas, self.tools, self.history.panel, self.inspector):
            part.retheme()
        self._crosses.retheme()

    def may_close(self) -> bool:
        """Whether the window may close: a movie in the making, and unkept strokes, are lost."""
        return self.movies.may_stop() and self.projects.may_close()

    def close(self) -> None:
        """Keep what is unsaved, and end the render thread."""
        self._context.settings.keep_layout(self._window)
        if self._painted is not None:
            self._painted.forget()
        self.projects.close()
        self.models.close()
        self.movies.close()
        self.live.close()

    def prepare_screenshot(self, options: argparse.Namespace) -> None:
        """Paint and show what the options say."""
        if options.project:
            self.projects.take(options.project)
            self.canvas.message.hide()
        shot = PainterScreenshot(self.document, self.live, self.canvas, self.commands)
        shot.prepare(options, self.scenes.strip.missing)

    def manage_models(self) -> None:
        """Show what is published, and what of it is here."""
        jobs = self._context.jobs
        if not isinstance(jobs, JobList):
            return
        # Imported here: what it reads its list with takes a tenth of a second to load.
        from ganpaint.models.manager import ModelManager

        if self.manager is None:
            self.manager = ModelManager(jobs, self._context.settings, self._window)
            self.manager.dissect_wanted.connect(self._context.dissect_asked)
        self.manager.refresh()
        self.manager.show()
        self.manager.raise_()

    def menus(self) -> Sequence[TabMenu]:
        """File and Model are there whatever tab shows."""
        commands = self.commands

        def these(*names: str) -> list[QAction | QMenu | None]:
            return [commands[name] if name else None for name in names]

        recent = QMenu("Open &recent", self._window)
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self.projects.fill_recent(recent))
        file = these("new", "open", "save", "save_as", "", "export", "export_pair", "export_movie")
        file.insert(2, recent)
        file.append(self.saver.options_menu())
        edit = these("undo", "redo", "", "clear", "apply", "stamp", "", "copy", "copy_pair")
        view = these(
            *("fit", "actual", "zoom_in", "zoom_out", "", "edited", "split", "difference", ""),
            *("cells", "", "pick", "tint", "where", "inspect", ""),
        )
        view += [dock.toggleViewAction() for dock in self._docks]
        model = these("open_model", "open_dissection", "model_details")
        model += [self._devices, self._manage]
        return (
            TabMenu("File", file, everywhere=True),
            TabMenu("Edit", edit),
            TabMenu("View", view),
            TabMenu("Model", model, everywhere=True, fill=self.models.fill),
        )

    def _arrange(self) -> None:
        window = self._window
        window.setCentralWidget(self.canvas)
        self.canvas.setAcceptDrops(False)  # files are dropped on the window
        window.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.tools)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self.scenes)
        window.setStatusBar(self.status)
        panels = (("History", self.history), ("Inspector", self.inspector.panel))
        self._docks = add_docks(window, ("Concepts", self.concepts), panels)
        self._crosses = TabCrosses(window, self._docks[1:], self._context.theme)

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
        on("new", self.projects.new)
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
        for place, action in enumerate(self.commands.numbers):
            action.triggered.connect(lambda _=False, place=place: document.choose_numbered(place))
        self.commands["cells"].toggled.connect(canvas.cells.switch)
        on("split_left", lambda: canvas.comparison.step_line(-1))
        on("split_right", lambda: canvas.comparison.step_line(1))
        self.keys.compare.connect(canvas.comparison.hold)
        self.keys.space.connect(canvas.hold_space)
        self.keys.other.connect(canvas.hold_other)
        self.concepts.left.connect(canvas.setFocus)
        for told in (self.live.changed, self.live.before_changed):
            told.connect(lambda *_: self.history.show_picture(self.live.before or self.live.image))
        self.history.pointed.connect(canvas.point_at)
        self.inspector.wanted.connect(self._docks[2].show)
        self.inspector.wanted.connect(self._docks[2].raise_)
        self._docks[2].visibilityChanged.connect(self.inspector.inspection.watch)
        self.live.changed.connect(self._offer_hint)
        document.palette_changed.connect(self._offer_hint)
        canvas.painted.connect(self._forget_hint)
        document.scene_changed.connect(self._show_title)
        document.modified_changed.connect(self._show_title)

    # What the tabs share --------------------------------------------------------------------------

    def _share(self) -> None:
        document, selection = self.document, self._context.selection
        self._context.tell_reading(True)  # nothing is, before the window is seen; but it will be
        document.palette_changed.connect(self._share_model)
        document.brush_changed.connect(lambda: selection.choose_concept(document.choice.concept))
        selection.concept_changed.connect(self._follow_concept)
        self._context.paint_asked.connect(self._paint_with)
        self._context.scene_asked.connect(self._go_to_scene)
        self._context.unit_on_scene_asked.connect(self.unit_inspection.ask)
        self._context.keep_brushes(self.inspector.own)
        self.inspector.panel.unit_wanted.connect(self._context.show_unit)
        self._context.dissected.connect(self.models.take_dissection)

    def _share_model(self) -> None:
        model, palette = self.document.scene.model, self.document.palette
        loaded = None
        if palette.dissection is not None:
            folder = self.document.dissection_folder
            loaded = LoadedDissection(Path(model).name, palette.dissection, folder)
        self._context.use_model(ModelInUse(model, known_digest(model)), loaded)
        self._context.tell_reading(palette.pending)

    def _follow_concept(self) -> None:
        concept = self._context.selection.concept
        chosen = self.document.choice.concept
        if concept is not None and concept != chosen and self.document.palette.best(concept):
            self.document.choose_concept(concept)

    def _paint_with(self, units: dict[str, tuple[int, ...]], name: str) -> None:
        try:
            self.inspector.paint_with(units, name)
        except DissectionError as error:
            self.canvas.message.say(str(error), "error")

    def _go_to_scene(self, model: str, row: int) -> None:
        if model in ("", self.document.scene.model):
            # Any row, also behind those of the strip: results name scenes from there.
            self.document.visit(Scene(self.document.scene.model, row))
        else:
            self.models.use(model, seed=row)

    def _show_units(self, concept: Concept) -> None:
        """The units that match a concept, or those of a brush of one's own, in the tab of units."""
        of, found = self._context.dissections, self.document.palette.best(concept)
        if not of or of[0].dissection is not self._context.dissection or found is None:
            return
        places = tuple((n, u) for n, part in found.brush.layers.items() for u in part.units)
        if of[0].dissection is not None and concept in of[0].dissection.vocabulary:
            self._context.show_units(UnitsAsked(of[0], concept=concept))
        else:
            self._context.show_units(UnitsAsked(of[0], None, places, f"Brush {concept.name}"))

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
        self._context.settings.has_painted = True

    def _show_title(self) -> None:
        scene, file = self.document.scene, self.document.file
        name = file.name if file else "Untitled"
        model = scene.model.rpartition("/")[2]
        title = f"{in_title(name)}[*] - {in_title(model)}, seed {scene.name} - GANPaint"
        self._context.titled.emit(title, self.document.modified)
