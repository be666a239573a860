from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor

from dissection.data.latents import standard
from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.compact import compact_generator, save_compact
from dissection.models.generators.difference import difference
from dissection.models.generators.feedback import round_with_feedback
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.weights.compact import Rounded, finest_scale, round_to
from dissection.runtime import resources
from dissection.runtime.files import file_digest
from dissection.runtime.progress import Progress
from support.tiny import tiny_generator

UNITS, DEPTH = (24, 24, 24), 32


@pytest.fixture(scope="module")
def generator() -> ProgressiveGenerator:
    return tiny_generator(UNITS, DEPTH)


@pytest.fixture(scope="module")
def tensors(generator: ProgressiveGenerator) -> dict[str, Tensor | Rounded]:
    return compact_generator(generator, sample=512)


@pytest.fixture
def path(tensors: dict[str, Tensor | Rounded], tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_compact(tensors, path, {"images": "7"})
    return path


def to_nearest(generator: ProgressiveGenerator) -> ProgressiveGenerator:
    """Every large tensor rounded without looking at what it computes."""
    rounded = tiny_generator(UNITS, DEPTH)
    for parameter in rounded.parameters():
        if parameter.numel() >= 4096:
            parameter.copy_(round_to(parameter, finest_scale(parameter)).values())
    return rounded


def test_the_loaded_generator_makes_nearly_the_same_pictures(
    generator: ProgressiveGenerator, path: Path
) -> None:
    loaded = load_generator(path)
    assert (loaded.units, loaded.depth, loaded.name) == (UNITS, DEPTH, "little")
    assert loaded.digest == file_digest(path)
    assert loaded.metadata == {"images": "7"}
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    assert list(loaded.state_dict()) == list(generator.state_dict())
    mean, rare = difference(generator, loaded)
    assert 0 < mean < 1
    assert mean < rare < 6
    nearest, _ = difference(generator, to_nearest(generator))
    assert mean < 0.85 * nearest


def test_what_is_large_is_stored_in_8_bits(path: Path, generator: ProgressiveGenerator) -> None:
    stored = safetensors.torch.load_file(path)
    whole = {key for key, tensor in stored.items() if tensor.dtype == torch.int8}
    assert whole == {f"layer{n}.conv.weight.int8" for n in range(1, 7)}
    assert stored["layer1.conv.weight.scale"].shape == (24, 1, 4, 4)
    assert stored["output_16x16.conv.weight"].dtype == torch.float32
    assert torch.equal(stored["layer1.wscale.b"], generator.layer1.wscale.b)
    assert not torch.equal(stored["layer2.wscale.b"], generator.layer2.wscale.b)
    save_generator(generator, path.with_name("half.safetensors"))
    assert path.stat().st_size < 0.65 * path.with_name("half.safetensors").stat().st_size


def test_a_copy_in_another_form_is_what_it_says(path: Path, tmp_path: Path) -> None:
    loaded = load_generator(path)
    save_generator(loaded, tmp_path / "whole.safetensors", dtype=torch.float32)
    again = load_generator(tmp_path / "whole.safetensors")
    for one, other in zip(loaded.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_same_twice_gives_the_same_weights(
    generator: ProgressiveGenerator, tensors: dict[str, Tensor | Rounded]
) -> None:
    told: list[Progress] = []
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    again = compact_generator(generator, sample=512, report=told.append)
    assert [p.done for p in told] == list(range(8))
    for name, tensor in tensors.items():
        other = again[name]
        if isinstance(tensor, Rounded):
            assert isinstance(other, Rounded)
            assert torch.equal(tensor.numbers, other.numbers)
        else:
            assert isinstance(other, Tensor)
            assert torch.equal(tensor, other)
    for name, tensor in generator.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_the_same_content_gives_the_same_bytes(
    tensors: dict[str, Tensor | Rounded], path: Path, tmp_path: Path
) -> None:
    """And so the same digest; the library itself writes texts in an order drawn by chance."""
    texts = dict.fromkeys("gfedcba", "ü")
    for n in range(6):
        save_compact(tensors, tmp_path / f"{n}.safetensors", texts)
        save_generator(load_generator(path), tmp_path / f"half{n}.safetensors", texts)
    for form in ("?", "half?"):
        assert len({p.read_bytes() for p in tmp_path.glob(f"{form}.safetensors")}) == 1
    assert load_generator(tmp_path / "0.safetensors").metadata == texts
    assert load_generator(tmp_path / "half0.safetensors").metadata == texts


def test_errors_cancel_on_inputs_that_are_alike() -> None:
    """Eight copies of one input: rounded together, the sum is right to half a step."""
    weight = torch.full((1, 8), 0.3)
    x = torch.ones(8, 1, dtype=torch.float64)
    moments = x @ x.T + 1e-3 * torch.eye(8, dtype=torch.float64)
    numbers = round_with_feedback(weight, torch.ones(1, 8), moments, 127)
    assert sorted(numbers[0].tolist()) == [0, 0, 0, 0, 0, 0, 1, 1]  # 2 for 2.4, not 0
    alone = round_with_feedback(weight, torch.ones(1, 8), torch.eye(8).double(), 127)
    assert (alone == 0).all()


def test_published_layout_is_checked_in_8_bits_too(path: Path) -> None:
    tensors = safetensors.torch.load_file(path)
    texts = {"weights_form": "compact", "weights_version": "1"}
    for key, change, complaint in [
        ("layer3.wscale.b", None, "it lacks the tensor layer3.wscale.b"),
        ("layer4.conv.weight.scale", None, "it lacks the tensor layer4.conv.weight.scale"),
        (
            "layer4.conv.weight.int8",
            torch.zeros(24, 23, 3, 3, dtype=torch.int8),
            r"layer4.conv.weight has the shape \(24, 23, 3, 3\) and should have \(24, 24, 3, 3\)",
        ),
        ("layer9.bias", torch.zeros(1), "it has the tensor layer9.bias, which"),
    ]:
        damaged = {k: v for k, v in tensors.items() if k != key}
        if change is not None:
            damaged[key] = change
        safetensors.torch.save_file(damaged, path, metadata=texts)
        told = rf"little\.safetensors cannot be used as a generator: {complaint}"
        with pytest.raises(ModelFileError, match=told):
            load_generator(path)
    safetensors.torch.save_file(tensors, path, metadata=texts | {"weights_version": "2"})
    with pytest.raises(ModelFileError, match=r"little\.safetensors .* version 2, .*newer program"):
        load_generator(path)


def test_a_bundled_generator_may_be_compact(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path.parent / "models").mkdir()
    path.rename(path.parent / "models" / path.name)
    monkeypatch.setattr(resources, "resources_folder", lambda: path.parent)
    assert load_generator("little").units == UNITS
    with pytest.raises(UnknownNameError, match="bundled are little, and"):
        load_generator("large")


def test_the_difference_counts_values_in_levels(generator: ProgressiveGenerator) -> None:
    assert difference(generator, generator, 3) == (0.0, 0.0)
    brighter = tiny_generator(UNITS, DEPTH)
    brighter.output_16x16.wscale.b += 0.02
    z = torch.from_numpy(standard(9, DEPTH))
    one, other = (((g(z) + 1) * 127.5).clamp(0, 255) for g in (generator, brighter))
    apart = (one - other).abs().numpy()
    mean, rare = difference(generator, brighter, 9)
    assert mean == pytest.approx(apart.mean(), abs=1e-3)
    assert rare == pytest.approx(np.percentile(apart, 99.9), abs=1 / 64 + 1e-3)
    with pytest.raises(BadInputError, match="of generators alike"):
        difference(generator, tiny_generator((8, 8), DEPTH))


def test_there_has_to_be_a_sample() -> None:
    with pytest.raises(BadInputError, match="at least one latent, not 0"):
        compact_generator(tiny_generator(), sample=0)
