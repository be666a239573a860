"""The finest layers of a generator, tuned towards what an upscaler makes of its pictures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.training.local_energy import energy_difference
from dissection.training.sharpening import (
    Sharpening,
    SharpeningSettings,
    require_sharpenable,
    sharpen,
)
from dissection.training.sharpness_goals import sharpness_goals
from dissection.training.upscaler import Upscaler, save_upscaler, shrunk

UNITS = (8, 8, 8, 8, 8, 8)
PIXELS = SharpeningSettings(
    "", "", steps=14, batch=2, resolutions=2, texture=0.0, contrast=0.0, kept=6,
    energy=0.0, projections=0, rim=0,
)  # fmt: skip
SETTINGS = replace(PIXELS, energy=1.0, projections=1, rim=4)


@pytest.fixture
def generator() -> ProgressiveGenerator:
    torch.manual_seed(0)
    return ProgressiveGenerator(UNITS, depth=16).eval()


@pytest.fixture
def upscaler() -> Upscaler:
    torch.manual_seed(1)
    return Upscaler((4, 4, 4, 4)).requires_grad_(False).eval()


def distance(generator: ProgressiveGenerator, goals: Tensor, z: Tensor) -> float:
    with torch.no_grad():
        return float((generator(z).clamp(-1, 1) - goals).abs().mean())


def test_pictures_come_nearer_to_the_upscaled_ones(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    z = torch.randn(8, 16, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        goals = upscaler(shrunk(generator(z).clamp(-1, 1))).clamp(-1, 1)
    settings = replace(PIXELS, steps=120, rate=1e-2, kept=20)
    run = sharpen(settings, generator, upscaler, tmp_path, save_every=40)
    assert distance(run.layers.generator(), goals, z) < 0.5 * distance(generator, goals, z)
    rows = [json.loads(x) for x in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [40, 80, 120]
    assert rows[-1]["apart"] < rows[0]["apart"]
    assert (tmp_path / "samples.png").stat().st_size > 0


def test_goals_are_what_the_upscaler_makes_neither_darker_nor_brighter(
    generator: ProgressiveGenerator, upscaler: Upscaler
) -> None:
    run = Sharpening(PIXELS, generator, upscaler)
    assert run.prepare()
    for number, goal in enumerate(run.goals):
        z = np.random.default_rng((0, 1, number)).standard_normal(16, np.float32)
        with torch.no_grad():
            made = upscaler(shrunk(generator(torch.from_numpy(z)[None]).clamp(-1, 1)))[0]
        levels = made.clamp(-1, 1).permute(1, 2, 0).add(1).mul(127.5)
        assert abs(float((goal - levels).mean())) < 0.2


def test_goals_keep_texture_and_strengthen_outlines_as_the_settings_say(
    generator: ProgressiveGenerator, upscaler: Upscaler
) -> None:
    z = np.stack(
        [np.random.default_rng((0, 1, n)).standard_normal(16, np.float32) for n in range(6)]
    )
    with torch.no_grad():
        before = generator(torch.from_numpy(z)).clamp(-1, 1)
        upscaled = upscaler(shrunk(before)).clamp(-1, 1)
    chosen = ((0.0, 0.0), (1.0, 0.0), (0.0, 2.0), (1.0, 2.0))
    wanted = [sharpness_goals(before, upscaled, *shares) for shares in chosen]
    for number, (texture, contrast) in enumerate(chosen):
        run = Sharpening(replace(PIXELS, texture=texture, contrast=contrast), generator, upscaler)
        assert run.prepare()
        goals = torch.stack(run.goals).permute(0, 3, 1, 2).float().div(127.5).sub(1)
        apart = [float((goals - each).abs().mean()) for each in wanted]
        own = apart.pop(number)
        assert own < 0.02  # of bfloat16
        assert min(apart) > 2 * own, (apart, own)


def test_goals_are_back_projected_as_the_settings_say(
    generator: ProgressiveGenerator, upscaler: Upscaler
) -> None:
    z = np.stack(
        [np.random.default_rng((0, 1, n)).standard_normal(16, np.float32) for n in range(6)]
    )
    with torch.no_grad():
        small = shrunk(generator(torch.from_numpy(z)).clamp(-1, 1))
    off = []
    for projections in (0, 1, 3):
        run = Sharpening(replace(PIXELS, projections=projections), generator, upscaler)
        assert run.prepare()
        goals = torch.stack(run.goals).permute(0, 3, 1, 2).float().div(127.5).sub(1)
        off.append(float((shrunk(goals) - small).abs().mean()))
    assert off == sorted(off, reverse=True)
    assert off[2] < 0.5 * off[0]


def test_goals_have_no_frame(generator: ProgressiveGenerator, upscaler: Upscaler) -> None:
    run = Sharpening(replace(PIXELS, rim=4), generator, upscaler)
    assert run.prepare()
    for goal in run.goals:
        assert torch.equal(goal[:4, 8:-8], goal[4:5, 8:-8].expand(4, -1, 3))
        assert torch.equal(goal[8:-8, -1], goal[8:-8, -5])


def test_how_strong_details_are_is_learned_too(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    run = Sharpening(replace(PIXELS, energy=50.0), generator, upscaler)
    assert run.prepare()
    maps, goals, judged = run.pieces(np.random.default_rng((0, 2, 0)))
    with torch.no_grad():
        made = run.layers.pictures(maps).clamp(-1, 1)
    told = run.step()
    assert told["energy"] == pytest.approx(float(energy_difference(made, goals, judged)), rel=1e-3)
    settings = replace(PIXELS, steps=90, rate=1e-2, kept=12, energy=50.0)
    rows = sharpen(settings, generator, upscaler, tmp_path / "with", save_every=30).rows
    assert rows[-1]["energy"] < 0.7 * rows[0]["energy"]
    # Without weight it is not measured, and other weights come out.
    settings = replace(settings, steps=2, energy=0.0)
    plain = sharpen(settings, generator, upscaler, tmp_path / "without")
    assert "energy" not in plain.rows[-1]
    settings = replace(settings, energy=50.0)
    other = sharpen(settings, generator, upscaler, tmp_path / "other")
    own, its = (x.layers.generator().layer12.conv.weight for x in (plain, other))
    assert not torch.equal(own, its)


def test_a_run_of_before_texture_goes_on_without(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    settings = replace(PIXELS, steps=2)
    sharpen(settings, generator, upscaler, tmp_path)
    file = tmp_path / "settings.json"
    stored = json.loads(file.read_text())
    for name in ("texture", "contrast", "energy", "projections", "rim", "start"):
        del stored[name]
    file.write_text(json.dumps(stored))
    assert sharpen(settings, generator, upscaler, tmp_path).step_number == 2
    with pytest.raises(BadInputError, match="texture 0"):
        sharpen(replace(settings, texture=1.0), generator, upscaler, tmp_path)
    with pytest.raises(BadInputError, match="energy 0"):
        sharpen(replace(settings, energy=10.0), generator, upscaler, tmp_path)


def test_a_tuning_goes_on_from_another_ones_layers(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    """Towards the goals of the generator that was there first, not of what was made of it."""
    settings = replace(PIXELS, steps=40, rate=1e-2)
    tuned = sharpen(settings, generator, upscaler, tmp_path / "first").layers.generator()
    again = replace(settings, steps=1, rate=1e-9, start="other")
    run = sharpen(again, generator, upscaler, tmp_path / "second", start=tuned)
    for own, given in zip(run.layers.generator().parameters(), tuned.parameters(), strict=True):
        assert torch.allclose(own, given, atol=1e-6)
    plain = Sharpening(settings, generator, upscaler)
    assert run.prepare()
    assert plain.prepare()
    assert all(torch.equal(a, b) for a, b in zip(run.goals[:4], plain.goals[:4], strict=True))
    with pytest.raises(
        BadInputError, match=r"--start has 16 numbers of latents and units \[8, 8\]"
    ):
        Sharpening(again, generator, upscaler, start=ProgressiveGenerator((8, 8), depth=16).eval())


def test_only_the_finest_layers_are_tuned(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    before = {k: t.clone() for k, t in generator.state_dict().items()}
    after = sharpen(SETTINGS, generator, upscaler, tmp_path).layers.generator().state_dict()
    changed = {k.split(".")[0] for k, t in after.items() if not torch.equal(t, before[k])}
    assert changed == {"layer9", "layer10", "layer11", "layer12", "output_128x128"}
    assert all(torch.equal(t, before[k]) for k, t in generator.state_dict().items())


@pytest.mark.parametrize("resolutions", [1, 2, 3])
def test_where_a_piece_is_judged_the_whole_picture_looks_the_same(
    resolutions: int, upscaler: Upscaler
) -> None:
    """Pieces begin anywhere; what lies beside them never changes what is learned."""
    torch.manual_seed(0)
    generator = ProgressiveGenerator((*UNITS, 8), depth=16).eval()
    run = Sharpening(replace(SETTINGS, resolutions=resolutions), generator, upscaler)
    assert run.prepare()
    whole = [run.layers.pictures(m.permute(2, 0, 1)[None]).detach()[0] for m in run.maps]
    seen = 0
    for seed in range(6):
        maps, goals, judged = run.pieces(np.random.default_rng(seed))
        made = run.layers.pictures(maps).detach()
        for piece, goal, where in zip(made, goals, judged, strict=True):
            places = [
                (full, y, x)
                for full, own in zip(whole, run.goals, strict=True)
                for y in range(0, 65, 2)
                for x in range(0, 65, 2)
                if torch.equal((goal + 1).mul(127.5).round().byte().permute(1, 2, 0),
                               own[y : y + 192, x : x + 192])
            ]  # fmt: skip
            assert places
            full, y, x = places[0]
            apart = (piece - full[:, y : y + 192, x : x + 192]).abs() * where
            assert float(apart.max()) < 0.05  # of bfloat16
            seen += int(where.sum())
            # The picture's own rim is judged, and no other.
            assert bool(where[0, 0].any()) == (y == 0)
            assert bool(where[0, :, -1].any()) == (x == 64)
    assert seen > 0.6 * 12 * 192 * 192


def test_a_stopped_run_goes_on_to_the_same_weights(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    whole = sharpen(SETTINGS, generator, upscaler, tmp_path / "whole", save_every=5)
    taken: list[int] = []
    first = sharpen(
        SETTINGS, generator, upscaler, tmp_path / "parts", save_every=5,
        stop=lambda: len(taken) >= 8, progress=lambda done, _: taken.append(done),
    )  # fmt: skip
    assert first.step_number == 8
    again = sharpen(SETTINGS, generator, upscaler, tmp_path / "parts", save_every=5)
    assert [row["step"] for row in again.rows] == [5, 8, 10, 14]
    weights = [run.layers.generator().parameters() for run in (whole, again)]
    assert all(torch.equal(one, other) for one, other in zip(*weights, strict=True))
    with pytest.raises(BadInputError, match="rate"):
        sharpen(replace(SETTINGS, rate=0.5), generator, upscaler, tmp_path / "parts")


def test_one_stopped_while_scenes_are_made_has_taken_no_step(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    run = sharpen(SETTINGS, generator, upscaler, tmp_path, stop=lambda: True)
    assert run.step_number == 0
    assert not (tmp_path / "state.pt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "--steps must be at least 1"),
        ({"batch": 0}, "--batch must be at least 1"),
        ({"resolutions": 0}, "--resolutions must be at least 1"),
        ({"kept": 0}, "--kept must be at least 1"),
        ({"rate": 1.0}, "--rate must be above 0 and below 1"),
        ({"rate": float("nan")}, "--rate must be above 0"),
        ({"texture": 3.0}, "--texture must be 0 to 2, not 3"),
        ({"texture": float("nan")}, "--texture must be 0 to 2"),
        ({"contrast": -0.1}, "--contrast must be 0 to 2, not -0.1"),
        ({"energy": -1.0}, "--energy must be 0 or more, not -1"),
        ({"energy": float("nan")}, "--energy must be 0 or more"),
        ({"projections": -1}, "--projections must be 0 to 20, not -1"),
        ({"rim": -1}, "--rim must be 0 to 15 px, not -1"),
        ({"rim": 16}, "--rim must be 0 to 15 px, not 16"),
        ({"projections": 21}, "--projections must be 0 to 20, not 21"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        replace(SETTINGS, **change)  # type: ignore[arg-type]


def test_generators_that_cannot_be_sharpened_are_refused() -> None:
    with pytest.raises(BadInputError, match="makes 32 px; generators are sharpened from 64 px on"):
        require_sharpenable(ProgressiveGenerator(UNITS[:4], depth=16), 1)
    with pytest.raises(BadInputError, match="6 resolutions, of which at most 5 are tuned"):
        require_sharpenable(ProgressiveGenerator(UNITS, depth=16), 6)


def test_the_command_writes_another_generator(
    generator: ProgressiveGenerator, upscaler: Upscaler, tmp_path: Path
) -> None:
    model, large = tmp_path / "model.safetensors", tmp_path / "upscaler.safetensors"
    save_generator(generator, model)
    save_upscaler(upscaler, large, {})
    words = f"train sharpness {model} --out {tmp_path / 'run'} --upscaler"
    fast = "--steps 2 --batch 2 --kept 4"
    result = CliRunner().invoke(app, [*words.split(), str(large), *fast.split()])
    assert result.exit_code == 0, result.output
    made = load_generator(tmp_path / "run" / "generator.safetensors")
    assert made.metadata["tuned_from"] == load_generator(model).digest
    assert torch.equal(made.layer6.conv.weight, load_generator(model).layer6.conv.weight)
    assert not torch.equal(made.layer12.conv.weight, load_generator(model).layer12.conv.weight)
    more = f"--start {tmp_path / 'run' / 'generator.safetensors'} --steps 1 --batch 2 --kept 4"
    words_on = words.replace(str(tmp_path / "run"), str(tmp_path / "on"))
    result = CliRunner().invoke(app, [*words_on.split(), str(large), *more.split()])
    assert result.exit_code == 0, result.output
    stored = json.loads((tmp_path / "on" / "settings.json").read_text())
    assert stored["start"] == made.digest
    on = load_generator(tmp_path / "on" / "generator.safetensors")
    assert on.metadata["started_from"] == made.digest
    missing = CliRunner().invoke(app, [*words.split(), str(tmp_path / "none")])
    assert "There is no upscaler" in str(missing.exception)
