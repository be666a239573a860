"""The scene in the painter as other tabs know it: what it is, and the thread that can be asked."""

from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtGui import QImage

from dissection.painting.edits import Edit
from ganpaint.rendering.queries import Question
from ganpaint.rendering.scene import Latent, Scene


class LiveScene(Protocol):
    """What is painted on, and questions about the network that makes it.

    Attributes:
        image: the picture on the canvas; None until there is one.
        settled: signal: the exact picture of another state is on screen.
        answered: signal (Question, object): an answer to the newest question of its class.
        question_failed: signal (Question, str): there is no further answer, and why.
        question_done: signal (Question): that was the last answer.
    """

    image: QImage | None
    settled: SignalInstance
    answered: SignalInstance
    question_failed: SignalInstance
    question_done: SignalInstance

    @property
    def scene(self) -> Scene:
        """The model and the row of the standard latents on the canvas."""
        ...

    @property
    def latent(self) -> Latent | None:
        """z, float32 (d,), where a project gives it; None for the row of the seed."""
        ...

    @property
    def edit(self) -> Edit:
        """The strokes that the picture shows."""
        ...

    def ask(self, question: Question) -> None:
        """Ask the render thread something, in the place of any question of the same class."""
        ...

    def withdraw(self, *kinds: type[Question]) -> None:
        """Nobody wants to know the answer to some classes of questions any more."""
        ...
