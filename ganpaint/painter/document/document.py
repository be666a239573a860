"""The truth about what is being painted. Panels observe it and change it; it knows no widget.

Each scene (a seed of one model) keeps its own edit and its own undo steps, so that going to
another scene and back discards nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup

from dissection.data.latents import Blend
from dissection.painting.edits import Edit, Mode, Stroke
from dissection.painting.history import History, Painted, shown_edit
from dissection.painting.masks import Mask
from dissection.painting.project import Project
from dissection.vocabulary import Concept
from ganpaint.painter.document.copied_strokes import CopiedStrokes, joined_histories
from ganpaint.painter.document.page import ChangeHistory, Page
from ganpaint.painter.document.pages import Pages
from ganpaint.painter.document.palette import BrushChoice, BrushInHand, Palette
from ganpaint.rendering.scene import Latent, Scene

#: Scenes are rows of the standard latents; a dissection looks at the first ten thousand.
LAST_SEED = 9999
#: The picture size, in pixels, for which the first brush radius is meant.
USUAL_SIZE = 128


class Document(QObject):
    """The scene on screen, the edit of every scene visited, and the brush in hand.

    Attributes:
        folder: of the project that was opened or saved last; None before.

    Signals:
        scene_changed: another scene is shown; its edit may differ too.
        edit_changed: what is shown changed, by a stroke in progress or by an undo step.
        strokes_changed: the finished strokes of this scene changed.
        elsewhere_changed(Scene): the finished strokes of another scene changed.
        modified_changed: whether there is something to save changed, or the file did.
        loaded: everything painted was replaced; ``scene_changed`` follows.
        brush_changed: the choice of brush changed.
        palette_changed: the concepts that one can paint with changed.
    """

    scene_changed = Signal()
    edit_changed = Signal()
    strokes_changed = Signal()
    elsewhere_changed = Signal(object)
    modified_changed = Signal()
    loaded = Signal()
    brush_changed = Signal()
    palette_changed = Signal()

    def __init__(self, model: str, seed: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene(model, seed)
        self.dissection_folder: Path | None = None
        self.file: Path | None = None
        self.folder: Path | None = None
        self.palette = Palette(None)
        self.choice = BrushChoice()
        self.live: Stroke | None = None
        self._picture_size = USUAL_SIZE
        self.undo_group = QUndoGroup(self)
        self._pages = Pages(self.undo_group, self.modified_changed)
        self.undo_group.setActiveStack(self._page.stack)

    @property
    def _page(self) -> Page:
        return self._pages[self.scene]

    @property
    def history(self) -> History:
        """The finished strokes of this scene, oldest first, those too that are off."""
        return self._page.history

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The strokes of ``history``."""
        return tuple(painted.stroke for painted in self.history)

    @property
    def edit(self) -> Edit:
        """What the picture shows: the finished strokes that are on, and the one in progress."""
        finished = shown_edit(self.history)
        return finished if self.live is None else finished.then(self.live)

    def history_of(self, scene: Scene) -> History:
        """The finished strokes of any scene; none where nothing was painted."""
        return self._pages.history_of(scene)

    def edit_of(self, scene: Scene) -> Edit:
        """The finished strokes of any scene that are on."""
        return shown_edit(self.history_of(scene))

    def painted_scenes(self, model: str) -> list[Scene]:
        """The scenes of a model that have strokes of their own."""
        return self._pages.painted(model)

    def given_latent(self, scene: Scene) -> Latent | None:
        """The latent that a project gives for a scene, float32 (d,); None for its seed's."""
        return self._pages.given_latent(scene)

    def latent_of(self, scene: Scene) -> Latent | None:
        """The latent that a scene was rendered from, float32 (d,); None if it never was."""
        page = self._pages.get(scene)
        return page.latent if page else None

    def note_latent(self, scene: Scene, latent: Latent) -> None:
        """A scene was rendered from this latent, float32 (d,)."""
        page = self._pages.get(scene)
        if page and not page.latent_given:
            page.latent = latent

    # Projects -------------------------------------------------------------------------------------

    @property
    def modified(self) -> bool:
        """Whether something was painted that is not in the file."""
        return any(not page.stack.isClean() for page in self._pages)

    def mark_saved(self, file: Path) -> None:
        """What is painted now is in a file."""
        self.file = file
        self.folder = file.parent
        for page in self._pages:
            page.stack.setClean()
        self.modified_changed.emit()

    def mark_modified(self) -> None:
        """What is painted is in no file, though there is nothing to undo."""
        self._page.stack.resetClean()
        self.modified_changed.emit()

    def snapshot(self, digest: Callable[[str], str], held: bool = False) -> Project:
        """Everything painted, and the scene on screen.

        Args:
            digest: SHA-256 of a model's file.
            held: with the stroke in progress, as if it were finished.
        """
        scenes, shown = self._pages.to_project(self.scene, digest, self.live if held else None)
        folder = self.dissection_folder
        return Project(
            scenes,
            shown,
            str(folder.absolute()) if folder else "",
            str(self.file.absolute()) if self.file else "",
        )

    def load(self, project: Project, file: Path | None) -> None:
        """Take a project in place of everything painted; nothing of it can be undone.

        Args:
            project: with models that can be used.
            file: where it is stored; None where it is to be saved under a new name.
        """
        self.abort_stroke()
        end_old = self._pages.replace(project.scenes)
        folder = Path(project.dissection) if project.dissection else None
        if folder and folder.is_dir():
            self.dissection_folder = folder
        elif project.scene.model != self.scene.model:
            self.dissection_folder = None
        self.file = file
        if file is not None:
            self.folder = file.parent
        self.loaded.emit()
        shown = project.scene
        self._show(Scene(shown.model, shown.seed, shown.blend), again=True)
        end_old()
        self.modified_changed.emit()

    # Scenes ---------------------------------------------------------------------------------------

    def go_to(self, seed: int) -> None:
        """Show another scene of the same model; the seed is kept within the standard latents."""
        self._show(Scene(self.scene.model, min(max(seed, 0), LAST_SEED)))

    def visit(self, scene: Scene) -> None:
        """Show any scene of the same model."""
        self._show(scene)

    def blend(self, toward: int, share: float) -> None:
        """Show a place on the way from the first scene to another one.

        Strokes of the first scene show on it; once something else is painted on it, it is a scene
        of its own. What is in between steps of 0.01 is the nearest one.

        Args:
            toward: the seed of the other scene.
            share: 0, the first scene itself, to 1, the other latent.
        """
        share = round(min(max(share, 0.0), 1.0), 2)
        base = self.scene.base
        self._show(replace(base, blend=Blend(toward, share)) if share else base)

    def open_model(
        self, model: str, dissection: Path | None = None, seed: int | None = None
    ) -> None:
        """Show the same seed of another model, or try the same model again.

        Args:
            model: the bundled name, or the path of the file.
            dissection: folder of its dissection; None for the bundled one, or for none.
            seed: another one; None keeps that of the scene in hand.
        """
        self.dissection_folder = dissection
        self._show(Scene(model, self.scene.seed if seed is None else seed), again=True)

    def _show(self, scene: Scene, again: bool = False) -> None:
        if scene == self.scene and not again:
            return
        self.abort_stroke()
        left, before = self.scene, self.history
        self.scene = scene
        self.undo_group.setActiveStack(self._page.stack)
        if left != scene:
            self._pages.leave(left)
        self.scene_changed.emit()
        if again or self.history is not before or scene.base != left.base:
            self.strokes_changed.emit()

    # The brush ------------------------------------------------------------------------------------

    @property
    def in_hand(self) -> BrushInHand | None:
        """What the current choice comes to; None without a concept."""
        return self.palette.in_hand(self.choice)

    def set_palette(self, palette: Palette) -> None:
        """Take another palette; the chosen concept stays if the palette has it, or will tell."""
        self.palette = palette
        if palette.pending:
            self.palette_changed.emit()
            self.brush_changed.emit()
            return
        concept = self.choice.concept
        if concept is None or palette.best(concept) is None:
            concept = palette.first
        layer = self.choice.layer if self.choice.layer in palette.layers else None
        level = self.choice.level if self.choice.level in palette.threshold_names else ""
        order = self.choice.order if self.choice.order in palette.orders else "best"
        self.choice = replace(
            self.choice, concept=concept, layer=layer, level=level, order=order, units=None
        )
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
        choice = self.choice
        if mode == Mode.RESTORE:
            return Stroke(mask, None, mode, choice.strength, choice.rule)
        in_hand = self.in_hand
        if in_hand is None:
            return None
        return Stroke(mask, in_hand.brush, mode, choice.strength, choice.rule)

    # Strokes --------------------------------------------------------------------------------------

    def preview(self, stroke: Stroke) -> None:
        """Show a stroke that is being painted on top of the finished ones."""
        self.live = stroke
        self.edit_changed.emit()

    def finish_stroke(self) -> None:
        """Make the stroke in progress a finished one: one step to undo."""
        stroke, self.live = self.live, None
        if stroke is not None:
            verb = f"{'stamp' if stroke.stamp else stroke.mode} {stroke.subject}".strip()
            in_hand = self.in_hand
            known = in_hand is not None and stroke.brush is in_hand.brush
            choice = in_hand.choice if in_hand is not None and known else None
            self._change((*self.history, Painted(stroke, choice=choice)), verb)

    def abort_stroke(self) -> None:
        """Leave the stroke in progress as if it never began."""
        if self.live is not None:
            self.live = None
            self.edit_changed.emit()

    # The history ----------------------------------------------------------------------------------

    def delete_stroke(self, painted: Painted) -> None:
        """Take any one stroke out of the history."""
        rest = tuple(p for p in self.history if p is not painted)
        if len(rest) < len(self.history):
            self._change(rest, "delete a stroke")

    def toggle_stroke(self, painted: Painted) -> None:
        """Switch a stroke off, or on again."""
        verb = "switch a stroke off" if painted.shown else "switch a stroke on"
        self.change_stroke(painted, replace(painted, shown=not painted.shown), verb)

    def move_stroke(self, painted: Painted, place: int) -> None:
        """Put a stroke at another place of the history; 0 is the oldest."""
        rest = [p for p in self.history if p is not painted]
        place = min(max(place, 0), len(rest))
        moved = (*rest[:place], painted, *rest[place:])
        if len(moved) == len(self.history) and moved != self.history:
            self._change(moved, "move a stroke")

    def change_stroke(
        self, painted: Painted, changed: Painted, text: str, gesture: int | None = None
    ) -> None:
        """Put a changed stroke in the place of one of the history.

        Args:
            painted: the stroke as it is.
            changed: as it is to be.
            text: what the step is called.
            gesture: changes that follow one another with one number and text are one step.
        """
        swapped = tuple(changed if p is painted else p for p in self.history)
        if swapped != self.history:
            self._change(swapped, text, gesture)

    def clear(self) -> None:
        """Take all strokes of this scene away."""
        if self.history:
            self._change((), "remove all strokes")

    def carry(self, scenes: Iterable[Scene], source: Scene | None = None) -> CopiedStrokes:
        """Put the strokes of one scene on others, on top of what is there; one step on each.

        A stroke that was carried to a scene before is brought up to date there, not added again.

        Args:
            scenes: where to.
            source: where from; None for the scene on screen.
        """
        source = source or self.scene
        brought, steps = self.history_of(source), []
        for scene in scenes:
            if scene != source and brought:
                page = self._pages[scene]
                joined = joined_histories(page.history, brought)
                if joined != page.history:
                    put = partial(self._set_history, scene)
                    text = f"carry the strokes of scene {source.name}"
                    page.stack.push(ChangeHistory(put, page.history, joined, text))
                    steps.append((scene, page.stack.index()))
        return CopiedStrokes(tuple(steps))

    def take_back(self, carried: CopiedStrokes) -> None:
        """Undo what was carried, on every scene where nothing was done since."""
        for scene, step in carried.steps:
            page = self._pages.get(scene)
            if page and page.stack.index() == step:
                page.stack.undo()

    def _change(self, history: History, text: str, gesture: int | None = None) -> None:
        put = partial(self._set_history, self.scene)
        self._page.stack.push(ChangeHistory(put, self.history, history, text, gesture))

    def _set_history(self, scene: Scene, history: History) -> None:
        self._pages[scene].history = history
        if scene == self.scene:
            self.strokes_changed.emit()
            self.edit_changed.emit()
        else:
            self.elsewhere_changed.emit(scene)
