"""The pages of all scenes: what is painted on each, and what of that goes into a project."""

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QUndoGroup, QUndoStack

from dissection.data.latents import blend, latent_of
from dissection.painting.edits import Stroke
from dissection.painting.history import History, Painted
from dissection.painting.project import PaintedScene
from ganpaint.painter.document.page import Page
from ganpaint.rendering.scene import Latent, Scene


class Pages:
    """A page for every scene that was visited or painted on.

    Args:
        group: gets the undo steps of every page.
        noticed: the signal that says that what is unsaved changed.
    """

    def __init__(self, group: QUndoGroup, noticed: SignalInstance) -> None:
        self._group = group
        self._noticed = noticed
        self._pages: dict[Scene, Page] = {}

    def __getitem__(self, scene: Scene) -> Page:
        """The page of a scene; a new one shows nothing, or what its first scene lends it."""
        page = self._pages.get(scene)
        if page is None:
            page = self._pages[scene] = Page(QUndoStack(self._group))
            page.stack.cleanChanged.connect(self._noticed)
            page.history = page.lent = self._lent(scene)
        return page

    def __iter__(self) -> Iterator[Page]:
        return iter(self._pages.values())

    def get(self, scene: Scene) -> Page | None:
        """The page of a scene, if it has one."""
        return self._pages.get(scene)

    def history_of(self, scene: Scene) -> History:
        """The strokes that a scene shows."""
        page = self._pages.get(scene)
        return page.history if page else self._lent(scene)

    def painted(self, model: str) -> list[Scene]:
        """The scenes of a model that have strokes of their own."""
        return [s for s, page in self._pages.items() if s.model == model and page.painted]

    def leave(self, scene: Scene) -> None:
        """Forget a blend that was only looked at: a slider passes a hundred of them."""
        page = self._pages.get(scene)
        if page and scene.blend and not page.painted and not page.stack.count():
            self._drop(self._pages.pop(scene))

    def given_latent(self, scene: Scene) -> Latent | None:
        """The latent that a project gives for a scene, float32 (d,); None for its seed's.

        Of a blend it is what the latents of its two scenes come to, where one of them is given.
        """
        page = self._pages.get(scene)
        if page and page.latent_given:
            return page.latent
        if scene.blend is None:
            return None
        rows = (scene.seed, scene.blend.toward)
        ends = [self.given_latent(Scene(scene.model, row)) for row in rows]
        depth = next((len(end) for end in ends if end is not None), None)
        if depth is None:
            return None
        one, other = (
            latent_of(row, depth) if end is None else end
            for row, end in zip(rows, ends, strict=True)
        )
        return blend(one, other, scene.blend.share) if one.shape == other.shape else None

    def to_project(
        self, shown: Scene, digest: Callable[[str], str], held: Stroke | None = None
    ) -> tuple[tuple[PaintedScene, ...], int]:
        """The scenes that a project keeps, and the index of the one on screen.

        Args:
            shown: the scene on screen.
            digest: SHA-256 of a model's file.
            held: the stroke in progress there, if it is to be kept as if it were finished.
        """
        kept = {s: page for s, page in self._pages.items() if page.painted or s == shown}
        scenes = (
            PaintedScene(
                s.model,
                digest(s.model),
                s.seed,
                page.latent,
                (*page.history, Painted(held)) if held is not None and s == shown else page.history,
                s.blend,
            )
            for s, page in kept.items()
        )
        return tuple(scenes), list(kept).index(shown)

    def replace(self, scenes: Iterable[PaintedScene]) -> Callable[[], None]:
        """Take the scenes of a project in place of all.

        Returns:
            What ends the old pages, once none of them is on screen any more.
        """
        old, self._pages = self._pages, {}
        for scene in scenes:
            page = self[Scene(scene.model, scene.seed, scene.blend)]
            page.history, page.lent = scene.history, ()
            page.latent, page.latent_given = scene.latent, scene.latent is not None

        def end() -> None:
            for page in old.values():
                self._drop(page)

        return end

    def _lent(self, scene: Scene) -> History:
        base = self._pages.get(scene.base) if scene.blend else None
        return base.history if base else ()

    def _drop(self, page: Page) -> None:
        self._group.removeStack(page.stack)
        page.stack.deleteLater()
