"""A device that runs out of memory is given up for the CPU, with a note, and the app lives on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot

from dissection.models.generators import precision, renderer
from dissection.painting.edits import Edit
from ganpaint.rendering.engine import Engine
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import Frame, Purpose, Request
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels

NOTE = "The GPU ran out of memory; pictures are made on the CPU from here on."
FULL = "CUDA out of memory. Tried to allocate 2.00 GiB."


class SmallGpu(renderer.Renderer):
    """Renders on the CPU, says that it is a GPU, and is out of memory after some pictures."""

    left = 0
    made: list[str] = []  # noqa: RUF012 - of all instances together

    def __init__(
        self, generator: object, device: str = "auto", precision: str = "auto", **options: bool
    ) -> None:
        super().__init__(generator, "cpu", precision, **options)  # type: ignore[arg-type]
        self.device = "cpu" if device == "cpu" else "cuda"
        SmallGpu.made.append(self.device)

    def render(self, *arguments: object, **options: object) -> np.ndarray:
        if self.device == "cuda":
            if not SmallGpu.left:
                raise torch.cuda.OutOfMemoryError(FULL)
            SmallGpu.left -= 1
        return super().render(*arguments, **options)  # type: ignore[arg-type]


@pytest.fixture
def small_gpu(monkeypatch: pytest.MonkeyPatch) -> type[SmallGpu]:
    monkeypatch.setattr(SmallGpu, "left", 0)
    monkeypatch.setattr(SmallGpu, "made", [])
    monkeypatch.setattr(renderer, "Renderer", SmallGpu)
    choose = precision.choose_device

    def chosen(device: str = "auto") -> torch.device:
        return torch.device("cuda") if device == "auto" else choose(device)

    monkeypatch.setattr(precision, "choose_device", chosen)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    return SmallGpu


def request(scene: Scene) -> Request:
    return Request(0, Purpose.LIVE, scene, Edit())


def test_the_picture_comes_from_the_cpu_and_so_do_all_others(
    model: Path, small_gpu: type[SmallGpu]
) -> None:
    notes: list[str] = []
    engine, scene = Engine(notes.append), Scene(str(model), 1)
    small_gpu.left = 1
    first: Frame = engine.render(request(scene))
    assert first.engine.startswith("CUDA")
    second = engine.render(request(scene))
    assert second.engine.startswith("CPU")
    assert second.image == first.image
    assert notes == [NOTE]
    engine.render(request(Scene(str(model), 2)))
    assert small_gpu.made == ["cuda", "cpu"]
    assert notes == [NOTE]


def test_other_errors_and_a_full_cpu_are_no_reason_to_move(model: Path) -> None:
    engine = Engine(lambda _note: pytest.fail("nothing is to be noted"))
    assert not engine.fall_back(torch.cuda.OutOfMemoryError(FULL))  # there is only the CPU here
    assert not engine.fall_back(ValueError("a bug"))


@dataclass(frozen=True, eq=False)
class Picture(Question):
    """A picture, for which a GPU has no room."""

    def steps(self, studio: Studio) -> Iterator[object]:
        yield "begun"
        gpu = studio.renderer(self.scene, self.latent)
        if gpu.device != "cpu":
            raise torch.cuda.OutOfMemoryError(FULL)
        yield gpu.render(self.edit)


def test_the_window_goes_on_and_says_so(
    small_gpu: type[SmallGpu], window: MainWindow, mouse: Mouse, qtbot: QtBot
) -> None:
    assert window.canvas.message.text == NOTE
    assert window.status.text.startswith("CPU")
    before = pixels(window)
    mouse.drag((3, 3), (12, 12))
    assert (pixels(window) != before).any()
    window.canvas.message.button.click()
    assert window.canvas.message.text == ""


def test_a_question_begins_anew_on_the_cpu(
    small_gpu: type[SmallGpu],
    open_window: Callable[..., MainWindow],
    model: Path,
    qtbot: QtBot,
) -> None:
    small_gpu.left = 1000
    window = open_window("--model", str(model))
    assert window.status.text.startswith("CUDA")
    answers: list[object] = []

    def note(question: Question, answer: object) -> None:
        if isinstance(question, Picture):
            answers.append(answer)

    window.live.answered.connect(note)
    window.live.ask(Picture(window.document.scene, None, Edit()))
    qtbot.waitUntil(lambda: len(answers) == 3, timeout=20_000)
    assert answers[:2] == ["begun", "begun"]
    assert isinstance(answers[2], np.ndarray)
    assert window.canvas.message.text == NOTE


def test_the_segmenter_of_a_dissection_is_found_by_its_digest() -> None:
    engine = Engine(lambda _text: None)
    from dissection.models.segmenters.load import load_segmenter

    bundled = engine.segmenter_like("")
    assert engine.segmenter_like(bundled.digest) is bundled
    colors = load_segmenter("colors")
    assert engine.segmenter_like(colors.digest).digest == colors.digest
    several = load_segmenter("storybook+colors")
    found = engine.segmenter_like(several.digest)
    assert found.digest == several.digest
    assert engine.segmenter_like(several.digest) is found
    assert engine.segmenter_like("ab" * 32) is bundled  # somebody's own


def test_a_device_that_is_not_there_is_said_and_another_used(model: Path) -> None:
    notes: list[str] = []
    engine = Engine(notes.append, device="cuda:99")
    first = engine.render(request(Scene(str(model), 1)))
    assert notes == ["There is no device 'cuda:99' here; the fastest device that is here is used."]
    assert engine.device == "auto"
    assert engine.render(request(Scene(str(model), 1))).image == first.image
    assert len(notes) == 1


def test_another_device_is_taken_for_the_next_picture(
    model: Path, small_gpu: type[SmallGpu]
) -> None:
    notes: list[str] = []
    small_gpu.left = 9
    engine, scene = Engine(notes.append, device="cpu"), Scene(str(model), 1)
    assert engine.render(request(scene)).engine.startswith("CPU")
    engine.use_device("auto")
    assert engine.render(request(scene)).engine.startswith("CUDA")
    engine.use_device("cpu")
    assert engine.render(request(scene)).engine.startswith("CPU")
    assert small_gpu.made == ["cpu", "cuda", "cpu"]
    assert notes == []
    small_gpu.left = 0
    engine.use_device("auto")
    assert engine.render(request(scene)).engine.startswith("CPU")
    assert notes == [NOTE]
    small_gpu.left = 9
    engine.use_device("auto")  # asked for again, it is tried again
    assert engine.render(request(scene)).engine.startswith("CUDA")
