"""A generator's file that holds only what differs from another one."""

from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from dissection.data.latents import standard
from dissection.errors import BadInputError, ModelFileError
from dissection.models.bundled import bundled_generators
from dissection.models.classifiers.load import load_network
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.compact import save_compact
from dissection.models.generators.overlay import differing, save_overlay
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.weights.compact import finest_scale, round_to
from dissection.models.weights.files import is_compact_file, is_overlay_file, safetensors_bytes
from dissection.runtime import model_names, resources
from dissection.runtime.files import file_digest
from dissection.training.start import read_start
from support.tiny import tiny_generator

CHANGED = ["layer8.conv.weight", "layer8.wscale.b", "output_32x32.conv.weight"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ships is ``little-church``, in 8 bits; nothing was fetched, and nobody stands there."""
    folder, fetched = tmp_path / "resources" / "models", tmp_path / "fetched"
    folder.mkdir(parents=True)
    fetched.mkdir()
    tensors = {
        key: round_to(tensor, finest_scale(tensor)) if tensor.ndim == 4 else tensor
        for key, tensor in tiny_generator().state_dict().items()
    }
    save_compact(tensors, folder / "little-church.safetensors", {"images": "7"})
    monkeypatch.setattr(resources, "resources_folder", lambda: folder.parent)
    monkeypatch.setattr(model_names, "fetched_folder", lambda: fetched)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def base(folder: Path) -> ProgressiveGenerator:
    return load_generator("little-church")


@pytest.fixture
def tuned(base: ProgressiveGenerator, tmp_path: Path) -> ProgressiveGenerator:
    """Made of the base, and stored in float16 as a training does."""
    generator = load_generator("little-church")
    own = generator.state_dict()
    for key in CHANGED:
        own[key].add_(0.1)
    save_generator(generator, tmp_path / "tuned.safetensors", {"tuned_from": base.digest})
    return load_generator(tmp_path / "tuned.safetensors")


@pytest.fixture
def path(tuned: ProgressiveGenerator, base: ProgressiveGenerator, tmp_path: Path) -> Path:
    path = tmp_path / "over.safetensors"
    assert save_overlay(tuned, base, path) == CHANGED
    return path


def test_what_differs_is_as_it_was_and_the_rest_is_the_bases_own(
    tuned: ProgressiveGenerator, base: ProgressiveGenerator, path: Path
) -> None:
    stored = safetensors.torch.load_file(path)
    assert sorted(stored) == sorted(CHANGED)
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    assert is_overlay_file(path)
    assert not is_compact_file(path)
    loaded = load_generator(path)
    assert (loaded.name, loaded.digest) == ("over", file_digest(path))
    assert (loaded.units, loaded.depth, loaded.training) == (base.units, base.depth, False)
    assert not any(p.requires_grad for p in loaded.parameters())
    for key, tensor in loaded.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, (tuned if key in CHANGED else base).state_dict()[key]), key
    assert not torch.equal(tuned.layer2.conv.weight, base.layer2.conv.weight)  # it is rounded
    z = torch.from_numpy(standard(2, 16))[..., None, None]
    assert torch.equal(loaded.run(z, until="layer7"), base.run(z, until="layer7"))
    assert not torch.equal(loaded(z), base(z))


def test_texts_name_the_base_until_all_weights_are_saved(
    base: ProgressiveGenerator, path: Path, tmp_path: Path
) -> None:
    loaded = load_generator(path)
    own = {"tuned_from": base.digest, "base": "little-church", "base_sha256": base.digest}
    assert loaded.metadata == own
    again = tmp_path / "again.safetensors"
    save_overlay(loaded, base, again)
    assert again.read_bytes() == path.read_bytes()
    save_generator(loaded, again)
    whole = load_generator(again)
    assert whole.metadata == {"tuned_from": base.digest}
    assert torch.equal(whole.layer8.conv.weight, loaded.layer8.conv.weight)


def test_it_is_a_generator_wherever_one_is_asked_for(path: Path, folder: Path) -> None:
    network = load_network(path)
    assert (network.takes, network.depth) == ("latents", 16)
    start = read_start(path)
    assert start.alone
    assert torch.equal(
        start.tensors["generator.body.layer8.wscale.b"], load_generator(path).layer8.wscale.b
    )
    path.replace(folder / "tuned-church.safetensors")
    assert bundled_generators() == ["little-church", "tuned-church"]
    assert load_network("tuned-church").name == "tuned-church"


def test_the_base_may_lie_beside_it_or_be_fetched(
    base: ProgressiveGenerator, path: Path, folder: Path, tmp_path: Path
) -> None:
    shipped, loaded = folder / "little-church.safetensors", load_generator(path)
    for place in ("little-church.safetensors", "fetched/little-church.safetensors"):
        moved = shipped.replace(tmp_path / place)
        assert torch.equal(load_generator(path).layer1.conv.weight, loaded.layer1.conv.weight)
        moved.replace(shipped)
    # A later release may ship another one by that name; the one that is meant still serves.
    shipped.replace(tmp_path / "little-church.safetensors")
    save_generator(tiny_generator(seed=9), shipped)
    assert torch.equal(load_generator(path).layer1.conv.weight, base.layer1.conv.weight)


def weights(**changed: Tensor) -> dict[str, Tensor]:
    return {key.replace("__", "."): tensor for key, tensor in changed.items()}


FITS = weights(layer8__wscale__b=torch.zeros(4).half())


@pytest.mark.parametrize(
    ("tensors", "texts", "complaint"),
    [
        (FITS, {"base": "big-church"}, "differs from big-church, which is not here; fetch that"),
        (FITS, {"base_sha256": "ab" * 32}, "with SHA-256 abababababab, and .*little-church.* has"),
        (FITS, {"weights_version": "2"}, "form overlay, version 2, .* newer program"),
        (FITS, {"base_sha256": "AB"}, "base_sha256 should be the 64 hexadecimal digits"),
        *(
            (FITS, {"base": name}, "base should be the bare name of a model, such as")
            for name in (
                "", "../little-church", "models/little-church", "/etc/passwd", "~", "..",
                "C:little-church", "a\\b", "torchvision:x", "little-church\n", "a" * 200,
            )
        ),
        ({}, {}, "it holds no tensors, so nothing differs from little-church"),
        (
            weights(layer9__wscale__b=torch.zeros(4)), {},
            r"the tensor layer9\.wscale\.b, which its base little-church does not have",
        ),
        (
            weights(layer8__wscale__b=torch.zeros(5)), {},
            r"layer8\.wscale\.b has the shape \(5,\), and \(4,\) in its base little-church",
        ),
        (weights(layer8__wscale__b=torch.full((4,), torch.nan)), {}, "b has values that are not"),
        (weights(layer8__wscale__b=torch.zeros(4).int()), {}, r"numbers but torch\.int32"),
    ],
)  # fmt: skip
def test_the_first_thing_wrong_is_named(
    tensors: dict[str, Tensor],
    texts: dict[str, str],
    complaint: str,
    base: ProgressiveGenerator,
    tmp_path: Path,
) -> None:
    path = tmp_path / "broken.safetensors"
    known = {"weights_form": "overlay", "weights_version": "1"}
    known |= {"base": "little-church", "base_sha256": base.digest}
    path.write_bytes(safetensors_bytes(tensors, known | texts))
    told = rf"broken\.safetensors cannot be used as a generator: [^\n]*{complaint}[^\n]*\.$"
    with pytest.raises(ModelFileError, match=told):
        load_generator(path)


def test_nothing_is_laid_over_what_is_laid_over_another(path: Path, tmp_path: Path) -> None:
    texts = {"weights_form": "overlay", "weights_version": "1", "base": "over"}
    texts["base_sha256"] = file_digest(path)
    chained = tmp_path / "chained.safetensors"
    chained.write_bytes(safetensors_bytes(FITS, texts))
    with pytest.raises(ModelFileError, match=r"its base .*over.* holds only what differs from ano"):
        load_generator(chained)


def test_a_base_that_is_no_generator_is_named(folder: Path, tmp_path: Path) -> None:
    other = folder / "other.safetensors"
    safetensors.torch.save_file({"head.weight": torch.zeros(1)}, other)
    texts = {"weights_form": "overlay", "weights_version": "1", "base": "other"}
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors_bytes(FITS, texts | {"base_sha256": file_digest(other)}))
    with pytest.raises(ModelFileError, match=r"its base .*other\.safetensors cannot be used"):
        load_generator(path)


Refused = Callable[[ProgressiveGenerator, ProgressiveGenerator, Path], object]


@pytest.mark.parametrize(
    ("refused", "complaint"),
    [
        (lambda t, b, p: save_overlay(b, b, p), "little-church has the weights of little-church"),
        (lambda t, b, p: save_overlay(b, t, p), "no bundled or fetched model is called tuned"),
        (lambda t, b, p: save_overlay(t, tiny_generator(), p), "no bundled or fetched model"),
        (lambda t, b, p: save_overlay(tiny_generator((8, 8)), b, p), "only networks of the same"),
        (
            lambda t, b, p: save_overlay(t, b, p.parent / f"resources/models/{b.name}.safetensors"),
            "is the base itself",
        ),
    ],
)  # fmt: skip
def test_what_could_not_be_read_again_is_not_written(
    refused: Refused,
    complaint: str,
    tuned: ProgressiveGenerator,
    base: ProgressiveGenerator,
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInputError, match=complaint):
        refused(tuned, base, tmp_path / "new.safetensors")
    assert not (tmp_path / "new.safetensors").exists()
    assert load_generator("little-church").digest == base.digest


def test_an_overlay_is_no_base(path: Path, tuned: ProgressiveGenerator, folder: Path) -> None:
    path.replace(folder / "over.safetensors")
    with pytest.raises(BadInputError, match=r"over holds only what differs .* as the base"):
        save_overlay(tuned, load_generator("over"), path)


def test_values_that_float16_cannot_hold_differ(base: ProgressiveGenerator) -> None:
    large, other = load_generator("little-church"), load_generator("little-church")
    large.layer2.wscale.b[3], other.layer2.wscale.b[3] = 1e5, 2e5
    assert differing(large, large) == {}
    with pytest.raises(BadInputError, match=r"layer2\.wscale\.b of little-church has values that"):
        differing(large, other)
