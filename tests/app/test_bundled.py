"""The whole way, with what ships: a person paints trees into a scene and takes them out again."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dissection.models.segmenters.storybook import load_segmenter
from ganpaint.models.known_models import bundled_generators
from ganpaint.painter.document.palette import load_palette
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse, pixels, settle


@pytest.fixture(scope="module")
def trees() -> Callable[[np.ndarray, np.ndarray], int]:
    """Counts the tree pixels of a picture, uint8 (H, W, 3), under a mask (H, W)."""
    segmenter = load_segmenter("storybook")
    tree = segmenter.vocabulary.id(segmenter.vocabulary.find("tree"))

    def count(picture: np.ndarray, mask: np.ndarray) -> int:
        image = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.inference_mode():
            maps = segmenter.segment(image, picture.shape[0])[0]
        return int(((maps == tree).any(0).numpy() & (mask > 0.5)).sum())

    return count


def test_trees_are_painted_in_and_out_with_the_mouse(
    open_window: Callable[..., MainWindow],
    qtbot: QtBot,
    trees: Callable[[np.ndarray, np.ndarray], int],
) -> None:
    window = open_window("--model", "storybook-church", "--seed", "12")
    mouse = Mouse(window, qtbot)
    window.document.choose_concept(window.document.palette.find("tree"))
    window.document.choose(radius=14.0)
    before = pixels(window)
    way = [(100.0, 60.0), (100.0, 76.0), (104.0, 84.0)]
    mouse.drag(*way)
    (stroke,) = window.document.strokes
    drawn = pixels(window)
    mouse.drag(*way, button=Qt.MouseButton.RightButton)
    erased = pixels(window)
    counts = [trees(picture, stroke.mask) for picture in (before, drawn, erased)]
    area = int((stroke.mask > 0.5).sum())
    assert counts[1] > counts[0] + 0.1 * area, counts
    assert counts[2] < counts[1] - 0.1 * area, counts
    settle(window, qtbot, window.commands["undo"].trigger)
    undone = settle(window, qtbot, window.commands["undo"].trigger)
    np.testing.assert_array_equal(undone, before)


@pytest.mark.parametrize("name", bundled_generators())
def test_the_brush_to_begin_with_is_one_of_the_nine_best(name: str) -> None:
    palette = load_palette(name)
    assert palette.first in palette.numbered()
