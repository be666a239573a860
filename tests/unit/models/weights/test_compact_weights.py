from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from dissection.models.weights.compact import Rounded, compacted, expanded, finest_scale, round_to
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import is_compact_file, read_tensors

#: Two units, three inputs, two taps: the largest of each unit and tap is exactly 127 steps.
WEIGHT = torch.tensor(
    [
        [[1.27, -2.54], [-0.50, 0.25], [0.013, 0.0]],
        [[0.0, 12.7], [0.0, -6.0], [0.0, 3.14]],
    ]
).reshape(2, 3, 2, 1)

Stored = tuple[dict[str, Tensor], dict[str, str]]


def stored(path: Path, damage: Callable[[Stored], None] = lambda _: None) -> Path:
    tensors = {"a.weight": Rounded(*_parts(WEIGHT)), "a.b": torch.tensor([0.5, 1e6])}
    content = compacted(tensors, {"images": "7"})
    damage(content)
    safetensors.torch.save_file(content[0], path, metadata=content[1])
    return path


def _parts(weight: Tensor) -> tuple[Tensor, Tensor]:
    rounded = round_to(weight, finest_scale(weight))
    return rounded.numbers, rounded.scale


def test_no_weight_is_farther_off_than_half_a_step(tmp_path: Path) -> None:
    path = stored(tmp_path / "w.safetensors")
    tensors, texts = read_tensors(path)
    assert texts == {"images": "7"}  # a copy in another form must not claim to be compact
    assert is_compact_file(path)
    assert set(tensors) == {"a.weight", "a.b"}
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32}
    assert tensors["a.b"].tolist() == [0.5, 1e6]
    steps = torch.tensor([[0.01, 0.02], [1.0, 0.1]]).reshape(2, 1, 2, 1)
    assert tensors["a.weight"].shape == WEIGHT.shape
    off = (tensors["a.weight"] - WEIGHT).abs()
    assert (off <= 0.5 * steps * (1 + 1e-5)).all()
    assert off.max() > 0.001  # 0.013 is no multiple of 0.01
    assert (tensors["a.weight"][1, :, 0] == 0).all()  # a tap without weights stays without


def test_what_is_stored_is_whole_numbers_of_8_bits(tmp_path: Path) -> None:
    content = safetensors.torch.load_file(stored(tmp_path / "w.safetensors"))
    assert sorted(content) == ["a.b", "a.weight.int8", "a.weight.scale"]
    assert content["a.weight.int8"].dtype == torch.int8
    assert content["a.weight.int8"][:, :, 1, 0].tolist() == [[-127, 12, 0], [127, -60, 31]]
    assert content["a.weight.scale"].shape == (2, 1, 2, 1)


def test_outliers_are_clipped_where_that_serves_the_rest() -> None:
    gauss = torch.randn(4, 200_000, 1, 1, generator=torch.Generator().manual_seed(0))
    gauss[2, 0] = 6.0
    full = gauss.abs().amax(1, keepdim=True) / 127
    best, plain = round_to(gauss, finest_scale(gauss)), round_to(gauss, full)
    errors = [(r.values() - gauss).square().mean((1, 2, 3)) for r in (best, plain)]
    assert (errors[0] <= errors[1]).all()
    assert errors[0][2] < 0.8 * errors[1][2]
    assert best.numbers[2].abs().max() == 127


def test_other_files_are_read_as_they_are(tmp_path: Path) -> None:
    plain = {"a.scale": torch.ones(2).half(), "a.int8": torch.ones(2).to(torch.int8)}
    tensors, texts = expanded(plain, {"size": "128"})
    assert tensors == plain
    assert texts == {"size": "128"}
    safetensors.torch.save_file(plain, tmp_path / "plain.safetensors")
    torch.save(plain, tmp_path / "plain.pth")
    assert not is_compact_file(tmp_path / "plain.safetensors")
    assert not is_compact_file(tmp_path / "plain.pth")


def changed(key: str, change: Callable[[Tensor], Tensor]) -> Callable[[Stored], None]:
    return lambda content: content[0].update({key: change(content[0][key])})


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda c: c[0].pop("a.weight.scale"), r"it lacks the tensor a\.weight\.scale"),
        (lambda c: c[0].pop("a.weight.int8"), r"it lacks the tensor a\.weight\.int8"),
        (changed("a.weight.scale", lambda t: t[:1, :, :1].repeat(3, 1, 1, 1)), r"\(3, 1, 1, 1\)"),
        (changed("a.weight.scale", lambda t: t[:, 0, 0, 0].clone()), r"shape \(2,\), which does"),
        (changed("a.weight.scale", lambda t: t * torch.nan), "not finite and positive"),
        (changed("a.weight.scale", lambda t: t * 0), "not finite and positive"),
        (changed("a.weight.scale", lambda t: t.long()), "does not hold floating-point numbers"),
        (
            changed("a.weight.int8", lambda t: t.short()),
            r"torch\.int16 and should hold torch\.int8",
        ),
        (lambda c: c[0].update({"a.weight": WEIGHT.clone()}), r"it holds a\.weight twice"),
        (
            lambda c: c[1].update(weights_version="2"),
            "form compact, version 2, and this program reads compact, version 1; open it with a",
        ),
        (lambda c: c[1].update(weights_form="packed"), "in the form packed, version 1"),
        (lambda c: c[1].pop("weights_form"), r"in the form \?, version 1"),
    ],
)
def test_the_first_thing_wrong_is_told(
    damage: Callable[[Stored], None], complaint: str, tmp_path: Path
) -> None:
    path = stored(tmp_path / "w.safetensors", damage)
    with pytest.raises(WeightsFault, match=complaint):
        read_tensors(path)
