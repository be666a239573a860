"""The generator in use and its dissection: those that ship, and a person's own files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from dissection.painting.edits import Edit
from dissection.results.dissection import Dissection
from dissection.results.join import join_dissections
from dissection.results.store import save_dissection
from dissection.runtime import resources
from ganpaint.models.details import ModelDetails
from ganpaint.models.known_models import ENDINGS, known_models
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import Palette, load_palette
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import Frame
from ganpaint.rendering.scene import Scene
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.file_dialogs import ask_file, ask_folder
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.plain import in_menu, plain_tip
from ganpaint.toolkit.settings import Settings

DEFAULT_MODEL = "storybook-church-sharp"
_FILES = f"Generators ({' '.join('*' + ending for ending in ENDINGS)});;All files (*)"


@dataclass(frozen=True, eq=False)
class LoadModel(Question):
    """Load the generator of a scene; answers True once it can paint.

    Attributes:
        dissection: folder of its dissection; None for the bundled one, or for none.
        seed: of the scene to begin with; None is the one in hand then.
    """

    dissection: Path | None
    seed: int | None = None

    def steps(self, studio: Studio) -> Iterator[object]:
        """One step: reading a file cannot be done by halves."""
        studio.generator(self.scene.model)
        yield True


class ModelChooser(QObject):
    """Opens generators and dissections, and says what is wrong with those that cannot be used.

    Args:
        document: says which model is in use.
        live: renders it.
        message: where sentences go.
        settings: remembers own generators and their dissections.
        data: the user's data folder, where downloaded generators lie; None for none.
        parent: the window.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        message: Notice,
        settings: Settings,
        data: Path | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._message = message
        self._settings = settings
        self._data = data
        self._window = parent
        self._shown: tuple[str, Path | None] | None = None
        self._noted: tuple[str, Path | None] | None = None
        self._background = Background(self)
        self._listed: list[QAction] = []
        self._group: QActionGroup | None = None
        self.details: ModelDetails | None = None
        live.failed.connect(self._say_failed)
        live.changed.connect(self._note)
        live.answered.connect(self._take_loaded)
        live.question_failed.connect(self._say_not_loaded)
        document.scene_changed.connect(self._follow_model)

    def start(self) -> None:
        """Begin to render, and to read the palette."""
        self._live.begin()
        self._follow_model()

    def fill(self, menu: QMenu) -> None:
        """Offer all generators at hand, the one in use ticked."""
        for action in self._listed:
            menu.removeAction(action)
            action.deleteLater()
        self._listed = []
        group, kind = QActionGroup(menu), ""
        if self._group is not None:
            self._group.deleteLater()
        self._group = group
        for known in known_models(self._settings, self._data):
            if known.kind != kind:
                kind = known.kind
                heading = menu.addAction(kind)
                heading.setEnabled(False)
                self._listed += [menu.insertSeparator(heading), heading]
            said = known.name if known.dissected else f"{known.name}, not dissected yet"
            action = group.addAction(in_menu(said))
            action.setCheckable(True)
            action.setChecked(known.model == self._document.scene.model)
            action.setToolTip(plain_tip(str(known.model)))
            model, folder = known.model, known.dissection
            action.triggered.connect(
                lambda _on=False, model=model, folder=folder: self.use(model, folder)
            )
            menu.addAction(action)
            self._listed.append(action)

    def open_model(self) -> None:
        """Ask for a generator's file; the dissection that it had last time comes with it."""
        near = self._document.folder
        chosen = ask_file(self._window, "Open generator", _FILES, "networks", near=near)
        if chosen is not None:
            self.open_file(chosen)

    def open_file(self, path: Path) -> None:
        """Load a generator's file, with the dissection that it had last time."""
        before = dict(self._settings.models).get(path)
        self.use(str(path), before if before and before.is_dir() else None)

    def use(self, model: str, dissection: Path | None = None, seed: int | None = None) -> None:
        """Load a generator and then take it; one that cannot be loaded leaves the other in place.

        Args:
            model: the bundled name, or the path of the file.
            dissection: folder of its dissection; None for the bundled one, or for none.
            seed: of the scene to begin with; None stays at the one in hand.
        """
        if self._live.image is None:  # there is nothing to leave in place
            self._document.open_model(model, dissection, seed)
            return
        self._message.say(f"Loading {Path(model).name} …", about="model")
        scene = Scene(model, self._document.scene.seed if seed is None else seed)
        self._live.ask(LoadModel(scene, None, Edit(), dissection, seed))

    def open_dissection(self) -> None:
        """Ask for the folder of a dissection of the generator in use."""
        near = self._document.folder
        folder = ask_folder(self._window, "Open dissection", "dissections", near=near)
        if folder is None:
            return
        model = self._document.scene.model

        def take(palette: Palette) -> None:
            if palette.dissection is None:
                self._message.say(palette.reason, "error", about="dissection")
            elif model == self._document.scene.model:
                self._use(folder, palette)

        self._read(model, folder, take)

    def take_dissection(self, folder: Path) -> None:
        """Paint with what was just measured of the generator in use, beside what was there.

        Layers of a dissection that fits the one in use join it, and both are kept together in the
        user's data folder; else the new one takes its place.
        """
        model = self._document.scene.model

        def take(palette: Palette) -> None:
            if model == self._document.scene.model:
                self._take_measured(model, folder, palette)

        self._read(model, folder, take)

    def _take_measured(self, model: str, folder: Path, palette: Palette) -> None:
        before, found = self._document.palette.dissection, palette.dissection
        if found is None:
            self._message.say(palette.reason, "error", about="dissection")
            return
        if before is None or self._data is None or _covers(found, before):
            self._use(folder, palette)
            return
        together = self._data / "dissections" / Path(model).stem
        kept_before, kept_found = before, found

        def join() -> Palette:
            save_dissection(join_dissections(kept_before, kept_found), together)
            return load_palette(model, together, self._brushes)

        def take(joined: Palette) -> None:
            if model == self._document.scene.model:
                self._use(together, joined)

        def take_alone(sentence: str) -> None:
            if model == self._document.scene.model:
                self._offer_back(sentence)
                self._use(folder, palette)

        self._background.do(join, take, take_alone)

    def _offer_back(self, sentence: str) -> None:
        """Say that the dissection in use is another now, and offer the one before."""
        document = self._document
        folder, palette = document.dissection_folder, document.palette
        self._message.say(
            f"{sentence} The new one is in use now.",
            "info",
            "Use the one before",
            lambda: self._use(folder, palette),
        )

    def _use(self, folder: Path | None, palette: Palette) -> None:
        document = self._document
        document.dissection_folder = folder
        self._shown = (document.scene.model, folder)
        document.set_palette(palette)
        self._message.settle("dissection")
        self._remember()

    def show_details(self) -> None:
        """Show what there is to know about the generator in use and its dissection."""
        if self.details is None:
            self.details = ModelDetails(self._document, self._live, self._window)
        self.details.show()
        self.details.raise_()

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()

    @property
    def reading(self) -> bool:
        """Whether a dissection is being read."""
        return self._background.busy

    def _follow_model(self) -> None:
        model, folder = self._document.scene.model, self._document.dissection_folder
        if (model, folder) != self._shown:
            self._shown = (model, folder)

            def take(palette: Palette) -> None:
                if self._shown == (model, folder):
                    self._document.set_palette(palette)

            pending = Palette(None, "The dissection is being read …", pending=True)
            self._read(model, folder, take, partial(self._document.set_palette, pending))

    def _read(
        self,
        model: str,
        folder: Path | None,
        take: Callable[[Palette], None],
        slow: Callable[[], object] | None = None,
    ) -> None:
        """Read a palette beside the GUI thread; see ``load_palette``."""
        self._background.do(partial(load_palette, model, folder, self._brushes), take, slow=slow)

    @property
    def _brushes(self) -> Path | None:
        """Where a person's own brushes are kept."""
        return self._data / "brushes" if self._data is not None else None

    def _note(self, frame: Frame) -> None:
        """Remember an own generator once it has painted: a file that is none is not."""
        if frame.request.scene.model == self._document.scene.model:
            self._remember()

    def _remember(self) -> None:
        model, palette = self._document.scene.model, self._document.palette
        folder = self._document.dissection_folder if palette.dissection else None
        if (model, folder) != self._noted and model not in resources.bundled_models():
            self._noted = (model, folder)
            self._settings.note_model(Path(model), folder)

    def _take_loaded(self, question: Question, answer: object) -> None:
        if isinstance(question, LoadModel):
            self._message.hide()
            model, folder = question.scene.model, question.dissection
            self._document.open_model(model, folder, question.seed)

    def _say_not_loaded(self, question: Question, sentence: str) -> None:
        if isinstance(question, LoadModel):
            self._message.say(sentence, "error", about="model")

    def _say_failed(self, sentence: str) -> None:
        model = self._document.scene.model
        if self._live.image is not None or model == DEFAULT_MODEL:
            self._message.say(sentence, "error", "Try again", self._live.refresh, about="picture")
        else:
            self._message.say(
                sentence,
                "error",
                "Open the generator that ships",
                lambda: self._document.open_model(DEFAULT_MODEL),
                needed=True,
            )


def _covers(found: Dissection, before: Dissection) -> bool:
    """Whether a dissection has all layers of the one before."""
    return set(before.layers) <= set(found.layers)
