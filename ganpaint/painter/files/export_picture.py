"""Exporting pictures: asks where to, and says what became of it. The edit is never touched."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QActionGroup, QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QMenu, QWidget

from dissection.painting.recipe import KEYWORD, Recipe
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.networks import file_stem
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.enlarge import SCALES
from ganpaint.rendering.requests import Saving
from ganpaint.toolkit.file_dialogs import ask_new_file
from ganpaint.toolkit.notice import Notice

_CAPTIONS = ("before", "after")


class Saver(QObject):
    """Saves what is on screen; the render thread makes the exact picture and writes it.

    Attributes:
        scale: how many times as large as they are made pictures are exported.
        smooth: whether they are interpolated then; else pixels stay sharp.
        captions: whether *before* and *after* stand below a pair.
    """

    def __init__(
        self, document: Document, live: LivePicture, message: Notice, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._message = message
        self._window = parent
        self.scale, self.smooth, self.captions = 1, False, False
        live.saved.connect(self._say_saved)
        live.save_failed.connect(self._say_failed)

    def save_picture(self) -> None:
        """Ask for a name and save the picture."""
        self._ask("Export picture", "", pair=False)

    def save_pair(self) -> None:
        """Ask for a name and save the picture without and with the strokes, side by side."""
        self._ask("Export before and after", "-before-after", pair=True)

    def save(self, path: Path, pair: bool = False) -> None:
        """Save to a path; the name gets ``.png`` if it has no such ending."""
        if path.suffix.lower() != ".png":
            path = path.with_name(f"{path.name}.png")
        scene = self._document.scene
        history = self._document.history_of(scene)
        latent = self._document.latent_of(scene)
        captions = _CAPTIONS if pair and self.captions else ()

        def metadata(digest: str) -> dict[str, str]:
            of = scene.model, digest, scene.seed, history, scene.blend, latent
            return {KEYWORD: Recipe.of_history(*of).to_text()}

        self._live.save(Saving(path, metadata, pair, self.scale, self.smooth, captions))

    def options_menu(self) -> QMenu:
        """How pictures are exported from here on: size, how they are enlarged, captions."""
        menu = QMenu("Export &options", self._window)
        sizes = QActionGroup(menu)
        for scale in SCALES:
            action = sizes.addAction(f"Size × {scale}")
            action.setCheckable(True)
            action.setChecked(scale == self.scale)
            action.triggered.connect(lambda _on=False, scale=scale: self._choose(scale))
        menu.addActions(sizes.actions())
        menu.addSeparator()
        kinds = QActionGroup(menu)
        for text, smooth in (("Sharp pixels", False), ("Smooth", True)):
            action = kinds.addAction(text)
            action.setCheckable(True)
            action.setChecked(smooth == self.smooth)
            action.triggered.connect(lambda _on=False, smooth=smooth: self._enlarge(smooth))
        menu.addActions(kinds.actions())
        menu.addSeparator()
        captions = menu.addAction("Captions below before and after")
        captions.setCheckable(True)
        captions.setChecked(self.captions)
        captions.toggled.connect(self._caption)
        return menu

    def _choose(self, scale: int) -> None:
        self.scale = scale

    def _enlarge(self, smooth: bool) -> None:
        self.smooth = smooth

    def _caption(self, on: bool) -> None:
        self.captions = on

    def copy(self) -> None:
        """Put the picture on screen on the clipboard."""
        if self._live.image is not None:
            QGuiApplication.clipboard().setImage(self._live.image)
            self._message.say("Copied the picture.", passing=True)

    def copy_pair(self) -> None:
        """Put the picture without and with the strokes on the clipboard, side by side."""
        before, after = self._live.before, self._live.image
        if before is None or after is None:
            self._message.say("The picture without strokes is not here yet.", passing=True)
            return
        pair = QImage(2 * after.width(), after.height(), QImage.Format.Format_RGB888)
        painter = QPainter(pair)
        painter.drawImage(0, 0, before)
        painter.drawImage(after.width(), 0, after)
        painter.end()
        QGuiApplication.clipboard().setImage(pair)
        self._message.say("Copied the picture before and after.", passing=True)

    def _ask(self, title: str, suffix: str, pair: bool) -> None:
        if self._live.image is None:
            self._message.say("There is no picture to save yet.", passing=True)
            return
        scene = self._document.scene
        name = f"{file_stem(scene)}{suffix}.png"
        kind, near = "PNG pictures (*.png)", self._document.folder
        chosen, _ = ask_new_file(self._window, title, name, kind, "pictures", near=near)
        if chosen is not None:
            self.save(chosen, pair)

    def _say_saved(self, path: str) -> None:
        self._message.say(f"Exported {path}.", passing=True, about="export")

    def _say_failed(self, sentence: str) -> None:
        self._message.say(sentence, "error", "Export elsewhere…", self.save_picture, about="export")
