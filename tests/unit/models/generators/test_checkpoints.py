import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from dissection.data.latents import standard
from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.runtime import resources
from dissection.runtime.files import file_digest
from support.tiny import tiny_generator

State = dict[str, Tensor]


def old_naming(state: State) -> State:
    """As the older published files name it, with the extra key that they carry."""
    renamed = {}
    for key, tensor in state.items():
        layer, rest = key.split(".", 1)
        if layer.startswith("layer"):
            renamed[f"features.{int(layer.removeprefix('layer')) - 1}.{rest}"] = tensor
        else:
            renamed[f"output.{rest}"] = tensor
    return renamed | {"features.0.wscale.scale": torch.ones(1)}


def save_new(generator: ProgressiveGenerator, path: Path) -> None:
    torch.save(dict(generator.state_dict()), path)


def save_wrapped(generator: ProgressiveGenerator, path: Path) -> None:
    torch.save({"state_dict": generator.state_dict(), "epoch": 3, "loss": 0.5}, path)


def save_old(generator: ProgressiveGenerator, path: Path) -> None:
    torch.save(old_naming(generator.state_dict()), path)


def save_ours(generator: ProgressiveGenerator, path: Path) -> None:
    save_generator(generator, path, {"images": "7"}, dtype=torch.float32)


FORMS = [save_new, save_wrapped, save_old, save_ours]
SIZES = [((8, 6), 16), ((8, 6, 4), 24), ((8, 8, 6, 4), 512)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("units", "depth"), SIZES)
def test_every_form_gives_the_same_picture(
    form: Callable[[ProgressiveGenerator, Path], None],
    units: tuple[int, ...],
    depth: int,
    tmp_path: Path,
) -> None:
    generator = tiny_generator(units, depth)
    path = tmp_path / "church.model"
    form(generator, path)
    loaded = load_generator(path)
    z = torch.from_numpy(standard(2, depth))
    assert torch.equal(loaded(z), generator(z))
    assert (loaded.units, loaded.depth) == (units, depth)
    assert (loaded.name, loaded.digest) == ("church", file_digest(path))
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())


def test_our_files_are_half_precision_and_keep_their_texts(tmp_path: Path) -> None:
    generator, path = tiny_generator(), tmp_path / "a.safetensors"
    save_generator(generator, path, {"images": "168784", "licence": "MIT"})
    assert {t.dtype for t in safetensors.torch.load_file(path).values()} == {torch.float16}
    loaded = load_generator(str(path))
    assert loaded.metadata == {"images": "168784", "licence": "MIT"}
    assert {p.dtype for p in loaded.parameters()} == {torch.float32}
    z = torch.from_numpy(standard(2, 16))
    assert (loaded(z) - generator(z)).abs().mean() < 2e-3
    save_generator(loaded, tmp_path / "b.safetensors")
    assert load_generator(tmp_path / "b.safetensors").metadata == loaded.metadata
    assert torch.equal(load_generator(tmp_path / "b.safetensors")(z), loaded(z))


def test_weights_that_half_precision_cannot_hold_are_not_written(tmp_path: Path) -> None:
    generator = tiny_generator()
    generator.layer2.wscale.b[3] = 1e5
    with pytest.raises(BadInputError, match=r"layer2\.wscale\.b has values that float16"):
        save_generator(generator, tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []
    save_generator(generator, tmp_path / "a.safetensors", dtype=torch.float32)


def without(key: str) -> Callable[[State], object]:
    return lambda state: {k: v for k, v in state.items() if k != key}


def changed(key: str, tensor: object) -> Callable[[State], object]:
    return lambda state: {**state, key: tensor}


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (without("layer3.wscale.b"), "it lacks the tensor layer3.wscale.b"),
        (without("layer5.conv.weight"), "it lacks the tensor layer5.conv.weight"),
        (without("layer8.conv.weight"), "it lacks the tensor layer8.conv.weight"),
        (without("output_32x32.conv.weight"), "it lacks the tensor output_32x32.conv.weight"),
        (without("layer1.conv.weight"), "it has no tensor layer1.conv.weight"),
        (
            lambda s: without("features.2.wscale.b")(old_naming(s)),
            "it lacks the tensor features.2.wscale.b",
        ),
        (
            lambda s: without("output.wscale.b")(old_naming(s)),
            "it lacks the tensor output.wscale.b",
        ),
        (
            changed("layer4.conv.weight", torch.zeros(8, 7, 3, 3)),
            r"layer4.conv.weight has the shape \(8, 7, 3, 3\) and should have \(8, 8, 3, 3\)",
        ),
        (changed("layer3.conv.weight", torch.zeros(8)), r"has the shape \(8,\)"),
        (changed("layer2.wscale.b", torch.zeros(9)), r"shape \(9,\) and should have \(8,\)"),
        (changed("layer2.wscale.b", torch.full((8,), torch.nan)), "layer2.wscale.b has values"),
        (changed("layer2.wscale.b", torch.full((8,), torch.inf)), "layer2.wscale.b has values"),
        (changed("layer2.wscale.b", torch.zeros(8).long()), r"numbers but torch\.int64"),
        (changed("layer2.wscale.b", [0.0] * 8), "layer2.wscale.b is a list, not a tensor"),
        (changed("layer2.wscale.b", torch.zeros(1).expand(8)), "claims more values"),
        (changed("layer9.bias", torch.zeros(1)), "it has the tensor layer9.bias, which"),
        (lambda s: {"layer1.conv.weight": s["layer1.conv.weight"]}, "it has 1 layers"),
        (lambda s: [1, 2], "it holds a list, not named tensors"),
        (lambda s: {"weights": 3}, "it has no tensor layer1.conv.weight"),
    ],
)
def test_the_first_thing_wrong_is_named(
    damage: Callable[[State], object], complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.pth"
    torch.save(damage(dict(tiny_generator().state_dict())), path)
    with pytest.raises(
        ModelFileError, match=rf"broken\.pth cannot be used as a generator: .*{complaint}.*\.$"
    ):
        load_generator(path)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize(
    ("protocol", "complaint"),
    [
        (None, "asks for .*mkdir, which may run code"),
        (2, "asks for .*mkdir, which"),
        (5, "damaged"),
    ],
)
def test_code_in_a_pickle_is_never_run(
    protocol: int | None, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bomb.pth"
    state = dict(tiny_generator().state_dict())
    if protocol is None:
        torch.save({"state_dict": state, "x": Bomb()}, path)
    else:
        path.write_bytes(pickle.dumps({"layer1.conv.weight": Bomb()}, protocol))
    with pytest.raises(ModelFileError, match=rf"bomb\.pth cannot be used .*{complaint}"):
        load_generator(path)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("form", FORMS)
def test_cut_files_are_refused(
    form: Callable[[ProgressiveGenerator, Path], None], tmp_path: Path
) -> None:
    path = tmp_path / "cut.pth"
    form(tiny_generator(), path)
    data = path.read_bytes()
    for length in (0, 5, 9, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(ModelFileError, match=r"cut\.pth cannot be used as a generator: it is"):
            load_generator(path)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    for name, data in {"a.txt": b"some text", "a.zip": b"PK\x03\x04", "a.png": b"\x89PNG"}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ModelFileError, match="is no PyTorch or safetensors file"):
            load_generator(tmp_path / name)


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    save_generator(tiny_generator(), folder / "little-church.safetensors")
    safetensors.torch.save_file({"head.weight": torch.zeros(1)}, folder / "seg.safetensors")
    monkeypatch.setattr(resources, "resources_folder", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load_generator("little-church").name == "little-church"
    with pytest.raises(
        UnknownNameError, match="called 'big-church'; bundled are little-church, and the path"
    ):
        load_generator("big-church")
    with pytest.raises(ModelFileError, match=r"There is no model file big\.pth"):
        load_generator("big.pth")
    with pytest.raises(ModelFileError, match="models is a folder"):
        load_generator("models")
