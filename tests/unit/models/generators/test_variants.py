"""Many pictures that differ in a stroke: each is what rendering it by itself gives."""

import numpy as np
import pytest

from dissection.data.images import to_bytes
from dissection.data.latents import standard
from dissection.errors import BadInputError
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, Edit, LayerUnits, Mode, Stroke
from dissection.painting.masks import disc
from dissection.vocabulary import Concept
from support.tiny import tiny_generator

GENERATOR = tiny_generator((8, 8, 6, 5), depth=16)


def stroke(*layers: str, at: float = 16, mode: Mode = Mode.DRAW, strength: float = 1.0) -> Stroke:
    part = LayerUnits((0, 3, 4), (4.0, 5.0, 6.0))
    brush = Brush(Concept("tree", "object"), dict.fromkeys(layers, part))
    return Stroke(disc((32, 32), at, at, 6), brush, mode, strength)


@pytest.fixture(params=["float32", "bfloat16"])
def renderer(request: pytest.FixtureRequest) -> Renderer:
    renderer = Renderer(GENERATOR, "cpu", request.param)
    renderer.set_latent(standard(3, 16)[2])
    return renderer


@pytest.mark.parametrize(
    "edit",
    [
        Edit(),
        Edit((stroke("layer3", at=10),)),
        Edit((stroke("layer1", "layer6", at=8, strength=0.5), stroke("layer4", at=20))),
    ],
)
def test_each_is_the_picture_of_its_own_edit(renderer: Renderer, edit: Edit) -> None:
    strokes = [
        stroke("layer4"),
        stroke("layer1", at=4),
        stroke("layer3", "layer7", at=12, mode=Mode.ERASE, strength=0.7),
        Stroke(disc((32, 32), 10, 10, 9), None, Mode.RESTORE),
    ]
    before = renderer.render(edit)
    together = renderer.variants(edit, strokes)
    assert together.shape == (4, 3, 32, 32)
    np.testing.assert_array_equal(renderer.render(edit), before)
    alone = np.stack([renderer.render(edit.then(each)) for each in strokes])
    assert np.abs(to_bytes(together).astype(int) - alone.astype(int)).max() <= 1
    assert (alone[0] != alone[1]).any()


def test_a_stroke_that_changes_nothing_gives_the_picture_itself(renderer: Renderer) -> None:
    edit = Edit((stroke("layer4"),))
    nowhere = Stroke(np.zeros((4, 4), np.float32), stroke("layer2").brush)
    for picture in to_bytes(renderer.variants(edit, [nowhere, nowhere])):
        assert np.abs(picture.astype(int) - renderer.render(edit).astype(int)).max() <= 1


def test_bad_strokes_are_refused_and_painting_goes_on(renderer: Renderer) -> None:
    before = renderer.render()
    wrong = Brush(Concept("tree", "object"), {"layer2": LayerUnits((99,), (1.0,))})
    mask = np.ones((4, 4), np.float32)
    with pytest.raises(BadInputError, match="unit 99"):
        renderer.variants(Edit(), [stroke("layer4"), Stroke(mask, wrong)])
    np.testing.assert_array_equal(renderer.render(), before)


def test_trials_in_a_row_do_not_touch_one_another(renderer: Renderer) -> None:
    edit = Edit((stroke("layer5", at=20, strength=0.5),))
    strokes = [
        stroke("layer4", "layer6", at=6),
        stroke("layer8", at=25),
        stroke("layer2", at=16),
        stroke("layer5", "layer7", at=12, mode=Mode.ERASE),
    ]
    together = renderer.variants(edit, strokes)
    for order in ([3, 0, 2, 1], [1, 1, 3, 2]):
        again = renderer.variants(edit, [strokes[i] for i in order])
        difference = (again - together[order]).abs()
        assert float(difference.max()) < 0.02
    other = Edit((stroke("layer3", at=9),))
    renderer.variants(other, strokes[:2])
    assert float((renderer.variants(edit, strokes) - together).abs().max()) < 0.02
