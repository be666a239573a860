"""Details spread as in real pictures: ranks, meshes, and the tuning of the finest layers."""

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
from dissection.training.detail_training import (
    DetailSettings,
    DetailTraining,
    require_tunable,
    tune_details,
)
from dissection.training.details import Details, grid_dependence, targets
from dissection.training.upscaler import Upscaler

UNITS = (8, 8, 8, 8, 8, 8)
SETTINGS = DetailSettings("", steps=6, batch=2, real=30)


def textures(count: int, seed: int, contrast: float = 1.0) -> Tensor:
    """Slopes of light with fine noise, (N, 3, 128, 128)."""
    slope = torch.linspace(-0.5, 0.5, 128)[:, None].expand(128, 128)
    noise = np.random.default_rng(seed).normal(0, 0.05 * contrast, (count, 3, 128, 128))
    return slope + torch.from_numpy(noise).float()


def counted(fakes: Tensor) -> Details:
    details = Details(kinds=2)
    details.learn([textures(24, 0), textures(40, 1)])
    for part in fakes.split(8):
        details.observe(part)
    return details


def test_a_value_is_sent_to_the_real_one_of_its_rank() -> None:
    rng = np.random.default_rng(0)
    edges = np.linspace(-8, 8, 321)
    real, fake = rng.normal(1, 2, 400_000), rng.normal(0, 1, 400_000)
    counts = [torch.from_numpy(np.histogram(x, edges)[0]).float() for x in (real, fake)]
    table = targets(*counts).numpy() * 0.05 - 8
    middle = (edges[:-1] + edges[1:]) / 2
    inner = np.abs(middle) < 2
    # Ranks of one normal distribution lead to the same ranks of the other.
    assert table[inner] == pytest.approx(2 * middle[inner] + 1, abs=0.08)
    assert np.all(np.diff(table) >= 0)


def test_where_all_is_alike_nothing_is_pulled() -> None:
    alike, _ = counted(textures(64, 2)).loss(textures(8, 3))
    stronger, _ = counted(textures(64, 2, 1.3)).loss(textures(8, 3, 1.3))
    assert float(alike) < 0.05 * float(stronger)


def test_the_pull_leads_to_real_details() -> None:
    """Pictures that follow it get the contrast of real ones."""
    pictures = textures(8, 5, 2.0)
    details = counted(pictures)
    moved = pictures.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([moved], 0.02)
    for _ in range(40):
        optimizer.zero_grad()
        details.loss(moved)[0].backward()
        optimizer.step()
    contrasts = [float(x.diff(dim=3).std()) for x in (textures(8, 6), pictures, moved.detach())]
    assert contrasts[1] > 1.9 * contrasts[0]
    assert contrasts[2] == pytest.approx(contrasts[0], rel=0.25)


@pytest.mark.parametrize("period", [2, 4])
def test_a_mesh_that_keeps_to_the_grid_is_told_from_texture(period: int) -> None:
    """Lines that begin anywhere are texture; the same lines always at one place are a mesh."""
    rng = np.random.default_rng(0)
    lines = (torch.arange(64) % period == 0).float().expand(16, 1, 64, 64)
    starts = rng.integers(0, period, 16)
    anywhere = torch.stack([x.roll(int(n), 2) for x, n in zip(lines, starts, strict=True)])
    noise = torch.from_numpy(rng.normal(0, 0.1, (16, 1, 64, 64))).float()
    kinds = torch.zeros(16, 4, 4, dtype=torch.int64)
    mesh, texture = (
        float(grid_dependence(x - x.mean() + noise, kinds, 3)) for x in (lines, anywhere)
    )
    assert mesh > 10 * texture


def test_a_mesh_on_one_kind_of_places_is_not_lost_among_the_others() -> None:
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.normal(0, 0.1, (16, 1, 64, 64))).float()
    lines = noise.clone()
    lines[:, :, :16, :16] += (torch.arange(16) % 2 - 0.5) * 0.2
    kinds = torch.zeros(16, 4, 4, dtype=torch.int64)
    together = float(grid_dependence(lines, kinds, 2))
    kinds[:, 0, 0] = 1
    assert float(grid_dependence(lines, kinds, 2)) > 10 * together


def test_a_mesh_is_smoothed_away() -> None:
    lines = 0.05 * (1 - 2 * (torch.arange(128) % 2)).float()
    pictures = textures(4, 7) + lines
    details = counted(pictures)
    moved = pictures.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([moved], 0.01)
    for _ in range(50):
        optimizer.zero_grad()
        details.loss(moved)[1].backward()
        optimizer.step()
    found = [float((x.mean((0, 1, 2)) * lines).sum()) for x in (pictures, moved.detach())]
    assert abs(found[1]) < 0.2 * found[0]


@pytest.fixture
def generator() -> ProgressiveGenerator:
    torch.manual_seed(0)
    return ProgressiveGenerator(UNITS, depth=16).eval()


@pytest.fixture
def pictures() -> np.ndarray:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (30, 8, 8, 3), np.uint8)
    return coarse.repeat(16, 1).repeat(16, 2)


def test_only_the_finest_layers_are_tuned(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    before = {k: t.clone() for k, t in generator.state_dict().items()}
    run = tune_details(SETTINGS, generator, pictures, tmp_path / "run", save_every=2)
    after = run.generator().state_dict()
    changed = {k.split(".")[0] for k, t in after.items() if not torch.equal(t, before[k])}
    assert changed == {"layer9", "layer10", "layer11", "layer12", "output_128x128"}
    assert all(torch.equal(t, before[k]) for k, t in generator.state_dict().items())
    rows = [json.loads(x) for x in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4, 6]
    assert (tmp_path / "run" / "samples.png").stat().st_size > 0
    state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
    assert len(state["tuned"]) == len(state["average"]) == 10  # weight and bias of each


def test_details_come_nearer_while_the_scene_is_held(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, steps=24, batch=2, rate=1e-2, hold=1.0)
    free = tune_details(settings, generator, pictures, tmp_path / "free", save_every=6)
    assert free.rows[-1]["details"] < 0.8 * free.rows[0]["details"]
    held = tune_details(
        replace(settings, hold=1000.0), generator, pictures, tmp_path / "held", save_every=6
    )
    assert held.rows[-1]["moved"] < 0.5 * free.rows[-1]["moved"]


def test_an_upscaler_keeps_pictures_as_it_makes_them(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    upscaler = Upscaler((4, 4, 4, 4)).requires_grad_(False).eval()
    settings = replace(SETTINGS, steps=24, rate=1e-2, hold=0.0, upscaler="some")
    runs = [
        tune_details(
            replace(settings, toward=weight), generator, pictures, tmp_path / f"{weight:g}",
            upscaler=upscaler, save_every=12,
        )
        for weight in (0.0, 100.0)
    ]  # fmt: skip
    free, kept = (run.rows[-1]["apart"] for run in runs)
    assert kept < 0.7 * free
    with pytest.raises(BadInputError, match="upscaler some, not "):
        tune_details(
            replace(settings, toward=0.0, upscaler=""), generator, pictures, tmp_path / "0"
        )


def test_what_an_upscaler_keeps_has_the_generators_own_texture(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    """Before the first step all that differs is where it is led to."""
    torch.manual_seed(1)
    upscaler = Upscaler((4, 4, 4, 4)).requires_grad_(False).eval()
    settings = replace(SETTINGS, steps=1, upscaler="some")
    apart = [
        tune_details(
            replace(settings, texture=share), generator, pictures, tmp_path / f"{share:g}",
            upscaler=upscaler,
        ).rows[-1]["apart"]
        for share in (0.0, 1.0)
    ]  # fmt: skip
    assert apart[1] < 0.98 * apart[0]
    with pytest.raises(BadInputError, match="texture 1"):
        tune_details(
            replace(settings, texture=0.5), generator, pictures, tmp_path / "1", upscaler=upscaler
        )


def test_a_run_of_before_upscalers_goes_on(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    tune_details(replace(SETTINGS, steps=2), generator, pictures, tmp_path)
    file = tmp_path / "settings.json"
    stored = json.loads(file.read_text())
    del stored["upscaler"], stored["toward"], stored["texture"]
    file.write_text(json.dumps(stored))
    assert tune_details(replace(SETTINGS, steps=2), generator, pictures, tmp_path).step_number == 2


def test_a_stopped_run_goes_on(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    steps = iter([False] * (SETTINGS.steps + 200))
    taken: list[int] = []
    first = tune_details(
        SETTINGS, generator, pictures, tmp_path, save_every=2,
        stop=lambda: len(taken) >= 3 or next(steps), progress=lambda done, _: taken.append(done),
    )  # fmt: skip
    assert first.step_number == 3
    again = tune_details(SETTINGS, generator, pictures, tmp_path, save_every=2)
    assert again.step_number == SETTINGS.steps
    assert [row["step"] for row in again.rows] == [2, 3, 4, 6]
    done = tune_details(SETTINGS, generator, pictures, tmp_path, save_every=2)
    for one, other in zip(
        again.generator().parameters(), done.generator().parameters(), strict=True
    ):
        assert torch.equal(one, other)
    with pytest.raises(BadInputError, match="rate"):
        tune_details(replace(SETTINGS, rate=0.5), generator, pictures, tmp_path)


def test_one_stopped_while_details_are_counted_has_taken_no_step(
    generator: ProgressiveGenerator, pictures: np.ndarray, tmp_path: Path
) -> None:
    run = tune_details(SETTINGS, generator, pictures, tmp_path, stop=lambda: True)
    assert run.step_number == 0
    assert not (tmp_path / "state.pt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"steps": 0}, "--steps must be at least 1"),
        ({"batch": 0}, "--batch must be at least 1"),
        ({"real": 0}, "--real must be at least 1"),
        ({"resolutions": 0}, "--resolutions must be at least 1"),
        ({"rate": 0.0}, "--rate must be above 0"),
        ({"rate": float("nan")}, "--rate must be above 0"),
        ({"hold": -1.0}, "--hold must be 0 or more"),
        ({"hold": float("nan")}, "--hold must be 0 or more"),
        ({"grid": -1.0}, "--grid must be 0 or more"),
        ({"toward": -1.0}, "--toward must be 0 or more"),
        ({"texture": -1.0}, "--texture must be 0 to 2"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        replace(SETTINGS, **change)  # type: ignore[arg-type]


def test_generators_that_cannot_be_tuned_are_refused(
    generator: ProgressiveGenerator, pictures: np.ndarray
) -> None:
    with pytest.raises(BadInputError, match="makes 64 px; details are tuned from 128 px on"):
        require_tunable(ProgressiveGenerator(UNITS[:5], depth=16), 2)
    with pytest.raises(BadInputError, match="6 resolutions, of which at most 5 are tuned"):
        require_tunable(generator, 6)
    with pytest.raises(BadInputError, match="together with its digest"):
        DetailTraining(replace(SETTINGS, upscaler="some"), generator, pictures)
    with pytest.raises(BadInputError, match="have 64 px and the generator 128"):
        DetailTraining(SETTINGS, generator, pictures[:, :64, :64])
    with pytest.raises(BadInputError, match="from 128 px on; these pictures have 64"):
        Details().learn([torch.zeros(2, 3, 64, 64)])


@pytest.mark.parametrize("words", ["details storybook-church", "classifier"])
def test_states_between_which_no_step_lies_are_refused(words: str, tmp_path: Path) -> None:
    given = f"train {words} --out {tmp_path / 'run'} --save-every 0"
    ran = CliRunner().invoke(app, given.split())
    assert ran.exit_code == 2
    assert "--save-every" in ran.output
    assert not (tmp_path / "run").exists()


def test_the_command_writes_another_generator(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    file, out = tmp_path / "church.safetensors", tmp_path / "run"
    save_generator(generator, file, {"title": "churches"})
    words = (
        f"train details {file} --out {out} --count 4 --steps 2 --batch 2 --threads 1 "
        "--save-every 1 --progress none"
    )
    run = CliRunner().invoke(app, words.split(), catch_exceptions=False)
    assert run.exit_code == 0, run.output
    tuned = load_generator(str(out / "generator.safetensors"))
    assert tuned.metadata["tuned_from"] == load_generator(str(file)).digest
    assert tuned.metadata["title"] == "churches"
    assert torch.equal(tuned.layer1.conv.weight.half(), generator.layer1.conv.weight.half())
    refused = CliRunner().invoke(app, words.replace("--batch 2", "--batch 3").split())
    assert isinstance(refused.exception, BadInputError)
    assert "holds a run with batch 2, not 3" in str(refused.exception)
