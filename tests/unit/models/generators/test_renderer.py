import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.data.images import to_bytes
from dissection.data.latents import standard
from dissection.errors import BadInputError, UnknownNameError
from dissection.models import hooks
from dissection.models.generators import renderer as renderer_module
from dissection.models.generators.folded import FoldedGenerator, Step
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.generators.renderer import Renderer
from dissection.painting.boxes import Box
from dissection.painting.edits import Brush, CellRule, Edit, LayerUnits, Mode, Stroke
from dissection.painting.masks import disc
from dissection.painting.patches import Patch, Stamp
from dissection.vocabulary import Concept
from support.tiny import tiny_generator

GENERATOR = tiny_generator((8, 8, 6, 5), depth=16)
LATENTS = standard(20, 16)
LAYERS = ["layer2", "layer4", "layer5", "layer8"]
ODDS = [0.25, 0.25, 0.2, 0.1, 0.05, 0.05, 0.1]
OPPOSITE = {Mode.DRAW: Mode.ERASE, Mode.ERASE: Mode.DRAW, Mode.RESTORE: Mode.RESTORE}


def from_scratch(generator: ProgressiveGenerator, z: np.ndarray, edit: Edit) -> np.ndarray:
    """The plain way: one hooked float32 forward pass from the latent."""

    def blend(layer: str) -> Callable[[Tensor], Tensor]:
        maps = edit.compile(layer, *generator.layer_shape(layer))
        alpha, value = torch.from_numpy(maps.alpha), torch.from_numpy(maps.value)
        return lambda x: x * (1 - alpha) + value * alpha

    with hooks.edit(generator, {layer: blend(layer) for layer in edit.layers()}):
        return to_bytes(generator(torch.from_numpy(z[None])))[0]


def difference(a: np.ndarray, b: np.ndarray) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def brush(*layers: str, units: tuple[int, ...] = (0, 3, 4), level: float = 4.0) -> Brush:
    parts = {
        layer: LayerUnits(units, tuple(level + i for i in range(len(units)))) for layer in layers
    }
    return Brush(Concept("tree", "object"), parts)


def dab(*layers: str, x: float = 16, y: float = 16, radius: float = 6) -> Stroke:
    return Stroke(disc((32, 32), x, y, radius), brush(*layers))


def random_stroke(rng: np.random.Generator) -> Stroke:
    mode = Mode(rng.choice(["draw", "draw", "draw", "erase", "erase", "restore"]))
    layers = rng.choice(LAYERS, rng.integers(1, 3), replace=False)
    units = tuple(int(u) for u in rng.choice(5, rng.integers(1, 4), replace=False))
    x, y = rng.uniform(0, 32, 2)
    return Stroke(
        disc((32, 32), x, y, rng.uniform(2, 14)),
        None if mode == Mode.RESTORE else brush(*layers, units=units, level=rng.uniform(1, 6)),
        mode,
        strength=rng.choice([1.0, 0.4]),
        rule=CellRule(rng.choice(["touch", "coverage"])),
    )


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_calls_gives_the_picture_from_scratch(seed: int, precision: str) -> None:
    rng = np.random.default_rng(seed)
    renderer = Renderer(GENERATOR, "cpu", precision)
    row, strokes = 0, [random_stroke(rng), random_stroke(rng)]
    renderer.set_latent(LATENTS[row])
    for _ in range(25):
        action = rng.choice(["add", "replace", "delete", "turn", "clear", "latent", "look"], p=ODDS)
        if action == "add":
            strokes.append(random_stroke(rng))
        elif action == "replace":
            strokes[-1:] = [random_stroke(rng)]
        elif action == "delete" and strokes:
            del strokes[rng.integers(len(strokes))]
        elif action == "turn":  # the same cells, other values
            strokes = [dataclasses.replace(s, mode=OPPOSITE[s.mode]) for s in strokes]
        elif action == "clear":
            strokes = []
        elif action == "latent":
            row = int(rng.integers(len(LATENTS)))
            renderer.set_latent(LATENTS[row])
        elif action == "look":
            renderer.features(str(rng.choice(LAYERS)))
        edit = Edit(tuple(strokes))
        expected = from_scratch(GENERATOR, LATENTS[row], edit)
        pictures = {exact: renderer.render(edit, exact) for exact in (True, False)}
        assert difference(pictures[True], expected) <= 1
        if precision == "float32":
            assert np.array_equal(pictures[True], pictures[False])
        else:
            live = np.abs(pictures[False].astype(int) - expected.astype(int))
            assert live.mean() < 2  # a kept feature that is out of date shows by far more


def test_an_edit_changes_the_picture() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    plain = renderer.render()
    drawn = renderer.render(Edit((dab("layer8", x=8, y=8, radius=3),)))
    assert difference(plain[:16, :16], drawn[:16, :16]) > 20
    assert np.array_equal(plain[20:, 20:], drawn[20:, 20:])  # out of the 8 pixels of reach
    assert np.array_equal(renderer.render(Edit()), plain)


def watched(monkeypatch: pytest.MonkeyPatch) -> tuple[Renderer, list[str]]:
    """A renderer, and a list to which each layer that it computes is appended, whole or in part."""
    ran: list[str] = []
    names: dict[Step, str] = {}
    outputs, fold = Step.convolve, renderer_module.fold_for_speed

    def named(*arguments: Any) -> FoldedGenerator:
        network = fold(*arguments)
        names.update({step: name for name, step in network.steps.items()})
        return network

    def counted(step: Step, x: Tensor, padding: int) -> Tensor:
        ran.append(names[step])
        return outputs(step, x, padding)

    monkeypatch.setattr(renderer_module, "fold_for_speed", named)
    monkeypatch.setattr(Step, "convolve", counted)
    return Renderer(GENERATOR, "cpu", "float32"), ran


def test_only_what_lies_behind_the_first_change_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    renderer, ran = watched(monkeypatch)
    everything = [*GENERATOR.layer_names, "output_32x32"]
    renderer.set_latent(LATENTS[0])

    first = Edit((dab("layer4"),))
    renderer.render(first)
    assert ran == everything
    ran.clear()

    moved = Edit((dab("layer4", x=24, radius=9),))
    renderer.render(moved)
    assert ran == everything[4:]
    ran.clear()

    both = moved.then(dab("layer6"))
    renderer.render(both)
    assert ran == everything[6:]
    ran.clear()

    renderer.render(moved.then(dab("layer6", x=4)))
    assert ran == everything[6:]  # what the strokes below did is kept
    ran.clear()

    renderer.render(moved.then(dab("layer6", x=4)))
    assert ran == []  # the same edit, built anew

    renderer.render(moved.then(dab("layer4", x=4)))
    assert ran == everything[4:]


def test_an_edit_that_a_restore_took_away_costs_nothing_new() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    everywhere = Stroke(np.ones((1, 1), np.float32), None, Mode.RESTORE)
    assert np.array_equal(renderer.render(Edit((dab("layer4"), everywhere))), renderer.render())


def test_features_are_the_unedited_layer_outputs() -> None:
    renderer = Renderer(GENERATOR, "cpu", "bfloat16")
    renderer.set_latent(LATENTS[3])
    renderer.render(Edit((dab("layer2"),)))
    for layer in ("layer2", "layer7"):
        with hooks.observe(GENERATOR, [layer]) as activations:
            GENERATOR(torch.from_numpy(LATENTS[3:4]))
        np.testing.assert_allclose(renderer.features(layer), activations[layer][0], atol=1e-4)
    with pytest.raises(UnknownNameError, match="no layer 'layer9'"):
        renderer.features("layer9")


def test_features_show_an_edit_that_is_asked_about() -> None:
    renderer = Renderer(GENERATOR, "cpu", "bfloat16")
    renderer.set_latent(LATENTS[3])
    edit = Edit((dab("layer4"), dab("layer6", x=4)))
    clean = {layer: renderer.features(layer) for layer in ("layer2", "layer4", "layer6")}
    maps = {layer: edit.compile(layer, *GENERATOR.layer_shape(layer)) for layer in edit.layers()}
    assert not np.array_equal(clean["layer6"], renderer.features("layer6", edit))
    for _ in range(2):  # from whatever was rendered before
        np.testing.assert_array_equal(renderer.features("layer2", edit), clean["layer2"])
        four = clean["layer4"] * (1 - maps["layer4"].alpha)
        four += maps["layer4"].value * maps["layer4"].alpha
        np.testing.assert_allclose(renderer.features("layer4", edit), four, atol=1e-4)
        forced = maps["layer6"].alpha == 1
        six = renderer.features("layer6", edit)
        np.testing.assert_allclose(six[forced], maps["layer6"].value[forced], atol=1e-4)
        np.testing.assert_allclose(renderer.features("layer6"), clean["layer6"], atol=1e-4)
        renderer.render(edit, exact=True)


@pytest.mark.parametrize("layer", ["layer2", "layer4", "layer8"])
def test_a_patch_on_its_own_place_leaves_the_picture_and_elsewhere_moves_it(layer: str) -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(LATENTS[1])
    plain, features = renderer.render(), renderer.features(layer)
    grid = features.shape[1:]
    patch = Patch.taken(layer, features, Box(1, 0, 3, 2), "patch of seed 1")

    def put(row: int, column: int) -> Edit:
        stamp = Stamp(patch, row, column)
        return Edit((Stroke(stamp.mask(grid, (32, 32)), None, stamp=stamp),))

    assert difference(renderer.render(put(1, 0)), plain) <= 1
    beside = renderer.features(layer, put(1, 1))
    np.testing.assert_allclose(beside[:, 1:3, 1:3], features[:, 1:3, 0:2], rtol=2**-10)
    np.testing.assert_array_equal(beside[:, 1:3, 0], features[:, 1:3, 0])
    shifted = renderer.render(put(1, 1))
    assert difference(shifted, plain) > 1
    assert difference(shifted, from_scratch(GENERATOR, LATENTS[1], put(1, 1))) <= 1


def test_pictures_belong_to_the_caller() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    picture = renderer.render()
    assert picture.shape == (32, 32, 3)
    assert picture.dtype == np.uint8
    picture[:] = 0
    assert renderer.render().any()


@pytest.mark.parametrize(
    "form",
    [
        lambda z: z,
        lambda z: z[None],
        lambda z: z[None, :, None, None],
        lambda z: torch.from_numpy(z),
        lambda z: z.astype(np.float64),
        lambda z: z.tolist(),
    ],
)
def test_forms_of_a_latent(form: Callable[[np.ndarray], object]) -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    z = LATENTS[5].copy()
    renderer.set_latent(form(z))
    z[:] = 0  # it was copied
    assert difference(renderer.render(), from_scratch(GENERATOR, LATENTS[5], Edit())) <= 1


@pytest.mark.parametrize(
    "z", [np.zeros(15), np.zeros((2, 16)), np.zeros((16, 1)), np.full(16, np.nan)]
)
def test_other_latents_are_refused(z: np.ndarray) -> None:
    with pytest.raises(BadInputError, match="16"):
        Renderer(GENERATOR, "cpu", "float32").set_latent(z)


def test_a_brush_of_another_network_is_refused_and_forgotten() -> None:
    renderer = Renderer(GENERATOR, "cpu", "float32")
    renderer.set_latent(LATENTS[0])
    good = Edit((dab("layer4"), dab("layer4", x=3)))
    strange = Stroke(disc((32, 32), 16, 16, 5), brush("layer4", units=(2, 8)))
    expected = renderer.render(good)
    with pytest.raises(BadInputError, match="names unit 8 of layer4, which has units 0 to 7"):
        renderer.render(good.then(strange).then(dab("layer4", x=30)))
    with pytest.raises(UnknownNameError, match=r"no layer 'layer12'; this network has layer1,"):
        renderer.render(good.then(dab("layer12")))
    assert np.array_equal(renderer.render(good), expected)


def test_the_generator_is_left_alone() -> None:
    generator = tiny_generator()
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    renderer = Renderer(generator, "cpu", "bfloat16")
    renderer.set_latent(LATENTS[0])
    renderer.render(Edit((dab("layer4"),)), exact=True)
    for name, tensor in generator.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, before[name])
