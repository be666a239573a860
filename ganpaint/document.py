"""The truth about what is being painted. Panels observe it and change it; it knows no widget.

Each scene (a seed of one model) keeps its own edit and its own undo steps, so that going to
another scene and back discards nothing.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoGroup, QUndoStack

from dissection.edits import Edit, Mode, Stroke
from dissection.masks import Mask
from dissection.vocabulary import Concept
from ganpaint.palette import BrushChoice, BrushInHand, Palette

#: Scenes are rows of the standard latents; a dissection looks at the first ten thousand.
LAST_SEED = 9999
#: The picture size, in pixels, for which the first brush radius is meant.
USUAL_SIZE = 128


@dataclass(frozen=True, order=True)
class Scene:
    """One picture of one generator: a row of the standard latents."""

    model: str
    seed: int


@dataclass
class Page:
    """What was painted on a scene, and the steps that can be taken back."""

    stack: QUndoStack
    edit: Edit = field(default_factory=Edit)


class Document(QObject):
    """The scene on screen, the edit of every scene visited, and the brush in hand.

    Signals:
        scene_changed: another scene is shown; its edit may differ too.
        edit_changed: what is shown changed, by a stroke in progress or by an undo step.
        strokes_changed: the finished strokes of this scene changed.
        brush_changed: the choice of brush changed.
        palette_changed: the concepts that one can paint with changed.
    """

    scene_changed = Signal()
    edit_changed = Signal()
    strokes_changed = Signal()
    brush_changed = Signal()
    palette_changed = Signal()

    def __init__(self, model: str, seed: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene(model, seed)
        self.dissection_folder: Path | None = None
        self.palette = Palette(None)
        self.choice = BrushChoice()
        self.live: Stroke | None = None
        self._picture_size = USUAL_SIZE
        self.undo_group = QUndoGroup(self)
        self._pages: dict[Scene, Page] = {}
        self.undo_group.setActiveStack(self._page.stack)

    @property
    def _page(self) -> Page:
        if self.scene not in self._pages:
            self._pages[self.scene] = Page(QUndoStack(self.undo_group))
        return self._pages[self.scene]

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The finished strokes of this scene, oldest first."""
        return self._page.edit.strokes

    @property
    def edit(self) -> Edit:
        """What the picture shows: the finished strokes and the one in progress."""
        finished = self._page.edit
        return finished if self.live is None else finished.then(self.live)

    def edit_of(self, scene: Scene) -> Edit:
        """The finished edit of any scene; empty where nothing was painted."""
        page = self._pages.get(scene)
        return page.edit if page else Edit()

    # Scenes ---------------------------------------------------------------------------------------

    def go_to(self, seed: int) -> None:
        """Show another scene of the same model; the seed is kept within the standard latents."""
        self._show(Scene(self.scene.model, min(max(seed, 0), LAST_SEED)))

    def open_model(self, model: str) -> None:
        """Show the same seed of another model, or try the same model again."""
        self.dissection_folder = None
        self._show(Scene(model, self.scene.seed), again=True)

    def _show(self, scene: Scene, again: bool = False) -> None:
        if scene == self.scene and not again:
            return
        self.abort_stroke()
        self.scene = scene
        self.undo_group.setActiveStack(self._page.stack)
        self.scene_changed.emit()
        self.strokes_changed.emit()

    # The brush ------------------------------------------------------------------------------------

    @property
    def in_hand(self) -> BrushInHand | None:
        """What the current choice comes to; None without a concept."""
        return self.palette.in_hand(self.choice)

    def set_palette(self, palette: Palette) -> None:
        """Take another palette; the chosen concept stays if the palette has it."""
        self.palette = palette
        concept = self.choice.concept
        if concept is None or palette.best(concept) is None:
            strong = [b.concept for b in palette.brushes if not b.weak]
            concept = strong[0] if strong else None
        layer = self.choice.layer if self.choice.layer in palette.layers else None
        self.choice = replace(self.choice, concept=concept, layer=layer, units=None)
        self.palette_changed.emit()
        self.brush_changed.emit()

    def choose(self, **changes: Any) -> None:
        """Change parts of the brush choice; fields are those of ``BrushChoice``."""
        choice = replace(self.choice, **changes)
        if choice != self.choice:
            self.choice = choice
            self.brush_changed.emit()

    def fit_brush(self, size: int) -> None:
        """Keep the brush as large on the screen when pictures get another size in pixels."""
        if size != self._picture_size:
            radius = self.choice.radius * size / self._picture_size
            self._picture_size = size
            self.choose(radius=max(1.0, round(2 * radius) / 2))

    def choose_concept(self, concept: Concept) -> None:
        """Paint with a concept, with the number of units that measured best for it."""
        mode = Mode.DRAW if self.choice.mode == Mode.RESTORE else self.choice.mode
        self.choose(concept=concept, units=None, mode=mode)

    def choose_numbered(self, place: int) -> None:
        """Paint with the concept of a number key; place 0 is key 1."""
        numbered = self.palette.numbered()
        if place < len(numbered):
            self.choose_concept(numbered[place])

    def stroke(self, mask: Mask, mode: Mode) -> Stroke | None:
        """A stroke with the brush in hand, or None where it has no concept to paint with."""
        if mode == Mode.RESTORE:
            return Stroke(mask, None, mode, self.choice.strength)
        found = self.in_hand
        return Stroke(mask, found.brush, mode, self.choice.strength) if found else None

    # Strokes --------------------------------------------------------------------------------------

    def preview(self, stroke: Stroke) -> None:
        """Show a stroke that is being painted on top of the finished ones."""
        self.live = stroke
        self.edit_changed.emit()

    def finish_stroke(self) -> None:
        """Make the stroke in progress a finished one: one step to undo."""
        stroke, self.live = self.live, None
        if stroke is not None:
            verb = f"{stroke.mode} {stroke.brush.concept}" if stroke.brush else stroke.mode.value
            self._change(self._page.edit.then(stroke), verb)

    def abort_stroke(self) -> None:
        """Leave the stroke in progress as if it never began."""
        if self.live is not None:
            self.live = None
            self.edit_changed.emit()

    def delete_stroke(self, stroke: Stroke) -> None:
        """Take any one stroke out of the edit."""
        rest = tuple(s for s in self.strokes if s is not stroke)
        if len(rest) < len(self.strokes):
            self._change(Edit(rest), "delete a stroke")

    def clear(self) -> None:
        """Take all strokes of this scene away."""
        if self.strokes:
            self._change(Edit(), "remove all strokes")

    def _change(self, edit: Edit, text: str) -> None:
        self._page.stack.push(_ChangeEdit(self, self.scene, edit, text))

    def _set_edit(self, scene: Scene, edit: Edit) -> None:
        self._pages[scene].edit = edit
        if scene == self.scene:
            self.strokes_changed.emit()
            self.edit_changed.emit()


class _ChangeEdit(QUndoCommand):
    """One step: swaps the whole edit of a scene (strokes are shared, so this costs nothing)."""

    def __init__(self, document: Document, scene: Scene, edit: Edit, text: str) -> None:
        super().__init__(text)
        self._document = document
        self._scene = scene
        self._before = document.edit_of(scene)
        self._after = edit

    def redo(self) -> None:
        """Put the later edit in place."""
        self._document._set_edit(self._scene, self._after)

    def undo(self) -> None:
        """Put the earlier edit back."""
        self._document._set_edit(self._scene, self._before)
