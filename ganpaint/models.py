"""The generator in use and its dissection: those that ship, and a person's own files."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from dissection import bundled
from ganpaint.canvas.notice import Notice
from ganpaint.document import Document
from ganpaint.live_picture import LivePicture
from ganpaint.palette import load_palette

DEFAULT_MODEL = "storybook-church"
_FILES = "Generators (*.safetensors *.pth *.pt);;All files (*)"


class ModelChooser(QObject):
    """Opens generators and dissections, and says what is wrong with those that cannot be used."""

    def __init__(
        self, document: Document, live: LivePicture, message: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._message = message
        self._window = parent
        self._shown: tuple[str, Path | None] | None = None
        live.failed.connect(self._say_failed)
        document.scene_changed.connect(self._follow_model)

    def start(self) -> None:
        """Begin to render; the palette comes as soon as the window has been drawn."""
        self._live.start()
        QTimer.singleShot(0, self, self._follow_model)

    def fill(self, menu: QMenu) -> None:
        """Offer the bundled generators."""
        for name in bundled_generators():
            action = menu.addAction(name)
            action.triggered.connect(
                lambda _checked=False, name=name: self._document.open_model(name)
            )

    def open_model(self) -> None:
        """Ask for a generator's file."""
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open generator", "", _FILES)
        if chosen:
            self._document.open_model(chosen)

    def open_dissection(self) -> None:
        """Ask for the folder of a dissection of the generator in use."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Open dissection")
        if not chosen:
            return
        palette = load_palette(self._document.scene.model, Path(chosen))
        if palette.dissection is None:
            self._message.say(palette.reason, "error")
        else:
            self._document.dissection_folder = Path(chosen)
            self._shown = (self._document.scene.model, Path(chosen))
            self._document.set_palette(palette)

    def _follow_model(self) -> None:
        model, folder = self._document.scene.model, self._document.dissection_folder
        if (model, folder) != self._shown:
            self._shown = (model, folder)
            self._document.set_palette(load_palette(model, folder))

    def _say_failed(self, sentence: str) -> None:
        model = self._document.scene.model
        if self._live.image is not None or model == DEFAULT_MODEL:
            self._message.say(sentence, "error", "Try again", self._live.refresh)
        else:
            self._message.say(
                sentence,
                "error",
                "Open the generator that ships",
                lambda: self._document.open_model(DEFAULT_MODEL),
            )


def bundled_generators() -> list[str]:
    """The bundled models that have a dissection; others, such as the segmenter, do not paint."""
    folder = bundled.resources_folder() / "dissections"
    return [name for name in bundled.bundled_models() if (folder / name).is_dir()]
