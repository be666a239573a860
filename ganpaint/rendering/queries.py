"""Questions to the render thread: work other than pictures, done in small steps between them.

A question is a value that says what it is about; its ``steps`` run inside the render thread, where
torch may be used, and yield answers, partial ones first. Before every step pictures that are
waited for go first, so that painting stays live however long a question takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from dissection.painting.edits import Edit
from ganpaint.rendering.scene import Latent, Scene

if TYPE_CHECKING:
    from dissection.models.generators.progressive import ProgressiveGenerator
    from dissection.models.generators.renderer import Renderer
    from dissection.models.segmenters.base import Segmenter, SoftSegmenter


class Studio(Protocol):
    """What the render thread offers to a question. All of it belongs to that thread."""

    def renderer(self, scene: Scene, latent: Latent | None = None) -> "Renderer":
        """The renderer of a scene's model, standing at its latent.

        Pictures between two steps may move it elsewhere: ask again after every ``yield``.

        Args:
            scene: the model and the row of the standard latents.
            latent: z, float32 (d,), where a project gives it; None for the row of the seed.

        Raises:
            DissectionError: the model cannot be loaded.
        """
        ...

    def generator(self, model: str) -> "ProgressiveGenerator":
        """A model's generator, float32, on the CPU; not to be changed.

        Raises:
            DissectionError: the model cannot be loaded.
        """
        ...

    def segmenter(self) -> "SoftSegmenter":
        """The bundled segmenter, loaded when it is first asked for.

        Raises:
            DissectionError: it is missing or damaged.
        """
        ...

    def segmenter_like(self, digest: str) -> "Segmenter":
        """The segmenter of a digest, where it is one that is at hand; else the bundled one.

        Args:
            digest: as a dissection's provenance has it; empty for the bundled one.

        Raises:
            DissectionError: the bundled one is missing or damaged.
        """
        ...


@dataclass(frozen=True, eq=False)
class Question:
    """One thing that is to be found out about a scene; subclasses say what, and how.

    The newest question of each class wins: it takes the place of one of the same class that waits
    or runs, and nothing more is heard of that one. Subclasses are frozen dataclasses too, with
    ``eq=False``: a question is known by its identity.

    Attributes:
        scene: the model and the row of the standard latents.
        latent: z, float32 (d,), where a project gives it; None for the row of the seed.
        edit: the strokes that it is about.
        patient: whether thumbnails go first, too.
    """

    scene: Scene
    latent: Latent | None
    edit: Edit
    patient: ClassVar[bool] = False

    def steps(self, studio: Studio) -> Iterator[object]:
        """Answers, partial ones first; each ``yield`` is a point where pictures go first.

        Runs inside the render thread and stops for good at any ``yield`` when the answer is no
        longer wanted. Yield None where there is nothing to tell yet. A step should take no longer
        than a few pictures do, some 50 ms.

        Args:
            studio: renderer, generator and segmenter.

        Raises:
            DissectionError: its sentence is shown; any other exception is shown as a bug.
        """
        raise NotImplementedError


class Asked:
    """Questions that wait or run, the newest of each class; whoever uses it holds a lock."""

    def __init__(self) -> None:
        self._newest: dict[type[Question], Question] = {}

    def __bool__(self) -> bool:
        return bool(self._newest)

    def ask(self, question: Question) -> None:
        """Put a question in the place of any other of its class."""
        self._newest[type(question)] = question

    def withdraw(self, *kinds: type[Question]) -> None:
        """Nobody wants to know the answers to some classes of questions any more."""
        for kind in kinds:
            self._newest.pop(kind, None)

    def holds(self, question: Question) -> bool:
        """Whether the answer to a question is wanted still."""
        return self._newest.get(type(question)) is question

    def next(self, patient: bool) -> Question | None:
        """Whose turn it is to take a step: all questions take turns.

        Args:
            patient: of those that let thumbnails go first, or of the others.
        """
        for kind, question in self._newest.items():
            if kind.patient == patient:
                self._newest[kind] = self._newest.pop(kind)  # to the end of the queue
                return question
        return None


#: What ``Answering.step`` returns behind the last answer.
DONE = object()


class Answering:
    """How far the questions that run are; lives inside the render thread."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._running: dict[Question, Iterator[object]] = {}

    def step(self, question: Question) -> object:
        """Take the next step of a question: an answer, None, or ``DONE``."""
        if question not in self._running:
            self._running[question] = question.steps(self._studio)
        return next(self._running[question], DONE)

    def keep(self, asked: Asked) -> None:
        """Drop what is no longer wanted, and with it what it holds of the machine's memory."""
        for question in [q for q in self._running if not asked.holds(q)]:
            self.stop(question)

    def stop(self, question: Question) -> None:
        """Forget how far a question is; if it is asked still, it begins anew."""
        self._running.pop(question, None)
