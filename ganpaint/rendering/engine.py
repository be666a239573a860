"""The networks in use, and where the renderer stands; all of it lives inside the render thread."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from dissection.data.images import Picture, write_picture
from dissection.data.latents import latent_of
from dissection.errors import DissectionError
from dissection.painting.edits import Edit
from dissection.runtime.choices import LivePrecision
from dissection.runtime.torch_loading import loading
from ganpaint.rendering.devices import AUTO, trouble_with
from ganpaint.rendering.enlarge import enlarged, side_by_side
from ganpaint.rendering.requests import EXACT, Frame, Purpose, Request, Saving, to_image
from ganpaint.rendering.scene import Latent, Scene

if TYPE_CHECKING:
    from dissection.models.generators.progressive import ProgressiveGenerator
    from dissection.models.generators.renderer import Renderer
    from dissection.models.segmenters.base import Segmenter, SoftSegmenter


_NOTHING = object()
#: The name of the segmenter that ships.
SEGMENTER = "storybook"
#: Others that a dissection may have been made with. A user's own are not among them: a file that
#: names code must not have it run.
_AT_HAND = (
    *("storybook+colors", "storybook+halves", "storybook+colors+halves", "storybook+halves+colors"),
    *("colors", "netpqc", "netpq"),
)


class Engine:
    """The generator in use and where its renderer stands; lives inside the render thread.

    It is the ``Studio`` of questions. A device that runs out of memory is given up for the CPU.

    Args:
        note: told what the person should know, as a sentence.
        precision: of live pictures, see ``Renderer``.
        device: to compute on, see ``choose_device``; one that is not there is said, and the best
            that is there taken.

    Attributes:
        device: as asked for, or ``auto`` where that is not there.
    """

    def __init__(
        self, note: Callable[[str], None], precision: LivePrecision = "auto", device: str = AUTO
    ) -> None:
        self._note = note
        self._precision = precision
        self.device = device
        self._checked = device == AUTO
        self._gave_up = False
        self._model: str | None = None
        self._renderer: Renderer | None = None
        self._segmenter: SoftSegmenter | None = None
        self._latent: Latent | None = None
        self._alike: dict[str, Segmenter] = {}
        self._refining: Iterator[None] = iter(())
        self._told = ""

    def render(self, request: Request) -> Frame:
        """Render what is asked for; save it, if that is asked for.

        Raises:
            DissectionError: the model cannot be loaded, the edit belongs to another network, or
                the file cannot be written.
        """
        try:
            return self._render(request)
        except Exception as error:
            if not self.fall_back(error):
                raise
            return self._render(request)

    def refine(self) -> bool:
        """Take a step towards faster live pictures, as long as a picture or two.

        Returns:
            Whether there may be a further one.
        """
        if next(self._refining, _NOTHING) is not _NOTHING:
            return True
        self._tell_remark()
        return False

    def use_device(self, device: str) -> None:
        """Compute on another device from the next picture on; networks are loaded anew for it."""
        self.device, self._checked, self._gave_up = device, device == AUTO, False
        self._let_go()

    def fall_back(self, error: Exception) -> bool:
        """Leave a device that has run out of memory for the CPU, where everything fits.

        Returns:
            Whether that was what the error said, so that it is worth trying again.
        """
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.memory import free_memory, is_out_of_memory

        left = choose_device(self._where())
        if left.type == "cpu" or not is_out_of_memory(error):
            return False
        self._gave_up = True
        self._let_go()
        free_memory(left)
        self._note("The GPU ran out of memory; pictures are made on the CPU from here on.")
        return True

    def _let_go(self) -> None:
        self._renderer = self._segmenter = self._latent = None
        self._refining = iter(())
        self._alike.clear()

    def _where(self) -> str:
        """The device to compute on, which is there."""
        if self._gave_up:
            return "cpu"
        if not self._checked:
            self._checked = True
            with loading():
                trouble = trouble_with(self.device)
            if trouble:
                self.device = AUTO
                self._note(f"{trouble.partition(';')[0]}; the fastest device that is here is used.")
        return self.device

    def _render(self, request: Request) -> Frame:
        aside = request.purpose == Purpose.THUMBNAIL
        exact = request.purpose in EXACT
        renderer, latent = (self._beside if aside else self._at)(request.scene, request.latent)
        started = time.perf_counter()
        if aside:  # what is kept of the picture on screen is worth more than a thumbnail
            picture = renderer.aside(latent, request.edit)
        else:
            picture = renderer.render(request.edit, exact=exact)
        milliseconds = (time.perf_counter() - started) * 1000
        if request.saving:
            self._save(renderer, picture, request.saving)
        precision = "float32" if exact else renderer.precision
        engine = f"{renderer.device.upper()} {precision}"
        return Frame(request, to_image(picture), milliseconds, engine, latent)

    def renderer(self, scene: Scene, latent: Latent | None = None) -> "Renderer":
        """See ``Studio.renderer``."""
        return self._at(scene, latent)[0]

    def generator(self, model: str) -> "ProgressiveGenerator":
        """See ``Studio.generator``."""
        return self._of(model).generator

    def segmenter(self) -> "SoftSegmenter":
        """See ``Studio.segmenter``."""
        if self._segmenter is None:
            with loading():
                from dissection.models.generators.precision import choose_device
                from dissection.models.segmenters.storybook import load_segmenter

            self._segmenter = load_segmenter(SEGMENTER, str(choose_device(self._where())))
        return self._segmenter

    def segmenter_like(self, digest: str) -> "Segmenter":
        """See ``Studio.segmenter_like``."""
        bundled = self.segmenter()
        if digest in ("", bundled.digest):
            return bundled
        if digest not in self._alike:
            from dissection.models.generators.precision import choose_device
            from dissection.models.segmenters.load import load_segmenter

            device = choose_device(self._where())
            self._alike[digest] = bundled
            for name in _AT_HAND:
                with suppress(DissectionError):  # the published one lies where it was put, or not
                    candidate = load_segmenter(name, device)
                    if candidate.digest == digest:
                        self._alike[digest] = candidate
                        break
        return self._alike[digest]

    def _save(self, renderer: "Renderer", picture: Picture, saving: Saving) -> None:
        pictures = [picture]
        if saving.pair:
            pictures.insert(0, renderer.render(Edit(), exact=True))
        larger = [enlarged(each, saving.scale, saving.smooth) for each in pictures]
        picture = side_by_side(larger, saving.captions)
        write_picture(saving.path, picture, saving.metadata(renderer.generator.digest))

    def _of(self, model: str) -> "Renderer":
        if self._renderer is None or self._model != model:
            # Imported here and not above: this is what loads torch, which takes a second or more.
            with loading():
                from dissection.models.generators.checkpoints import load_generator
                from dissection.models.generators.renderer import Renderer

            generator = load_generator(model)  # one that cannot be loaded leaves the other in use
            self._renderer, self._latent = None, None
            self._renderer = Renderer(generator, self._where(), self._precision, later=True)
            self._model = model
            self._refining = self._renderer.refinement()
            self._told = ""
            self._tell_remark()
        return self._renderer

    def _tell_remark(self) -> None:
        """Say why the precision asked for is not the one in use, once for each generator."""
        remark = self._renderer.remark if self._renderer is not None else ""
        if remark and remark != self._told:
            self._note(remark)
        self._told = remark

    def _beside(self, scene: Scene, latent: Latent | None) -> tuple["Renderer", Latent]:
        """A model's renderer, wherever it stands, and the latent of a scene."""
        renderer = self._of(scene.model)
        if latent is None:
            latent = latent_of(scene.seed, renderer.generator.depth, scene.blend)
        return renderer, latent

    def _at(self, scene: Scene, latent: Latent | None) -> tuple["Renderer", Latent]:
        """A model's renderer at a scene, and the latent of the scene."""
        renderer, wanted = self._beside(scene, latent)
        if self._latent is None or not np.array_equal(wanted, self._latent):
            self._latent = None
            renderer.set_latent(wanted)
            self._latent = wanted
        return renderer, wanted
