"""A picture of one's own under a dissected classifier, compared with plain computations."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.image_files import MOST_PIXELS, Crop, read_own
from dissection.errors import BadInputError, StoreError
from dissection.measurement.own_picture import OwnPicture
from dissection.measurement.picture_peaks import peaks_on_picture
from dissection.measurement.sample_again import SampleAgain
from dissection.measurement.unit_reading import read_unit
from dissection.models.classifiers.transforms import IMAGENET
from dissection.results.dissection import Dissection
from dissection.results.rarity import rarity
from dissection.results.store import load_dissection
from support.pictures import make_folder
from support.small_classifiers import tiny_vgg, units_last
from support.synthetic import make_dissection

LAYER = "features.relu2"


def dissected(folder: Path, model: str, layer: str) -> Dissection:
    pictures = make_folder(folder / "pictures", each=6)
    arguments = ["dissect", "--model", f"support.small_classifiers:{model}", "--layers", layer]
    arguments += ["--images", str(pictures), "--size", "12", "--crop", "32", "--threads", "1"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(folder / "dissection")])
    assert result.exit_code == 0, result.output
    return load_dissection(folder / "dissection")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Dissection:
    """A small classifier, dissected with 12 pictures of 40 px, cut to 32."""
    return dissected(tmp_path_factory.mktemp("shown"), "tiny_vgg", LAYER)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Wider than high, on its side: the EXIF data say so."""
    rng = np.random.default_rng(3)
    cells = rng.integers(0, 256, (6, 9, 3)).astype(np.uint8)
    image = Image.fromarray(cells).resize((90, 60), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise shows it upright
    image.save(tmp_path / "photo.png", exif=exif)
    return tmp_path / "photo.png"


def plainly(path: Path, dissection: Dissection) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What the network was shown and its maps, by Pillow and torch alone."""
    turned = Image.open(path).transpose(Image.Transpose.ROTATE_270)
    fit, resize, size = dissection.provenance["sample"]["crop"]
    assert fit == "squeeze"
    edge = (resize - size) // 2
    large = turned.resize((resize, resize), Image.Resampling.BILINEAR)
    pixels = np.asarray(large.crop((edge, edge, edge + size, edge + size)))
    x = torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255
    x = (x - torch.tensor(IMAGENET.mean)[:, None, None]) / torch.tensor(IMAGENET.std)[:, None, None]
    network = tiny_vgg()
    with torch.no_grad():
        for name, step in network.features.named_children():
            x = step(x[None])[0]
            if name == LAYER.rpartition(".")[2]:
                break
    return pixels, x.numpy()


def test_maps_are_those_of_the_picture_cut_as_the_sample_was(
    shown: Dissection, photo: Path
) -> None:
    pixels, maps = plainly(photo, shown)
    own = OwnPicture(SampleAgain(shown), photo)
    np.testing.assert_array_equal(own.pixels, pixels)
    np.testing.assert_allclose(own.maps(LAYER), maps, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(
        peaks_on_picture(shown, LAYER, photo, own.sample.network), own.maps(LAYER).max((1, 2))
    )


def test_a_picture_of_the_sample_has_the_peak_that_was_stored(shown: Dissection) -> None:
    sample = SampleAgain(shown)
    folder = Path(shown.provenance["settings"]["images"])
    found = [OwnPicture(sample, path).read(LAYER, 2, 32) for path in folder.rglob("*.png")]
    assert len(found) == 18  # of which 12 were dissected
    for peak in shown[LAYER].peaks[2].tolist():
        assert any(reading.peak == pytest.approx(peak, rel=1e-4) for reading in found)


def test_a_unit_is_read_as_the_dissection_measured(shown: Dissection, photo: Path) -> None:
    _, maps = plainly(photo, shown)
    own, layer = OwnPicture(SampleAgain(shown), photo), shown[LAYER]
    for unit in range(layer.shape[0]):
        found = own.read(LAYER, unit, 40)
        assert found.peak == pytest.approx(maps[unit].max(), rel=1e-4, abs=1e-6)
        assert found.mean == pytest.approx(maps[unit].mean(), rel=1e-4, abs=1e-6)
        assert found.level == layer.activation_threshold[unit]
        expected = rarity(layer, maps.max((1, 2)))[unit]
        assert found.rarity == pytest.approx(expected, abs=1e-4)
        assert found.activations.shape == (40, 40)


def test_how_much_of_the_picture_is_above_the_level() -> None:
    made = make_dissection()  # unit 8 has the level 9
    raw = np.full((8, 8), 8.0, np.float32)
    raw[:4] = 36.0
    found = read_unit(made, "layer3", 8, raw, 64)
    # As published: bilinear, and beyond the border there are zeros.
    padded = functional.pad(torch.from_numpy(raw)[None, None], (1, 1, 1, 1))
    large = functional.interpolate(padded, scale_factor=7, mode="bilinear")[0, 0, 7:-7, 7:-7]
    assert found.above == pytest.approx(float((large > 9).float().mean()))
    assert found.level == 9.0
    assert found.rarity == 0.0  # no activation of the sample was above 5
    assert found.among.higher == 0
    assert read_unit(made, "layer3", 8, raw * 0, 64).above == 0.0


def test_another_networks_map_is_refused() -> None:
    with pytest.raises(BadInputError, match="another network's"):
        read_unit(make_dissection(), "layer3", 8, np.zeros((4, 4), np.float32), 64)


def test_units_that_stand_last_are_read_so(tmp_path: Path, photo: Path) -> None:
    made = dissected(tmp_path / "last", "units_last", "act")
    sample = SampleAgain(made)
    own = OwnPicture(sample, photo)
    maps: list[torch.Tensor] = []
    network = units_last()
    network.act.register_forward_hook(lambda *given: maps.append(given[2]))
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET.mean, IMAGENET.std))
    with torch.no_grad():
        x = torch.from_numpy(own.pixels.copy()).permute(2, 0, 1).float() / 255
        network(((x - mean) / std)[None])
    expected = maps[0][0].permute(2, 0, 1).numpy()
    assert expected.shape[0] == 8
    np.testing.assert_allclose(own.maps("act"), expected, rtol=1e-4, atol=1e-5)
    peaks = peaks_on_picture(made, "act", photo, sample.network)
    np.testing.assert_allclose(peaks, expected.max((1, 2)), rtol=1e-4, atol=1e-5)


def test_iou_with_the_label_on_this_picture(shown: Dissection, photo: Path) -> None:
    own = OwnPicture(SampleAgain(shown), photo)
    assert own.segmenter is not None
    layer, side = shown[LAYER], shown.provenance["levels"]["grid"]
    labels = own.labels(side)
    known = 0
    for unit in range(layer.shape[0]):
        concept = layer.vocabulary[int(layer.labels[unit])]
        found = own.iou(LAYER, unit)
        if layer.labels[unit] == 0:
            assert found is None
            continue
        region = read_unit(shown, LAYER, unit, own.maps(LAYER)[unit], side).activations
        above = region > np.float32(layer.activation_threshold[unit])
        there = (labels == own.segmenter.vocabulary.id(concept)).any(0)
        union = (above | there).sum()
        assert found == (pytest.approx((above & there).sum() / union) if union else None)
        known += bool(union)
    assert known


def test_a_picture_is_computed_once(shown: Dissection, photo: Path) -> None:
    own = OwnPicture(SampleAgain(shown), photo)
    first = own.maps(LAYER)
    photo.unlink()
    assert own.maps(LAYER) is first
    assert own.thumbnail(16).shape == (16, 16, 3)


def test_another_network_is_refused(shown: Dissection, photo: Path) -> None:
    other = make_dissection("support.small_classifiers:tiny_vgg", "ab" * 32)
    with pytest.raises(StoreError):
        OwnPicture(SampleAgain(other), photo).maps("layer3")


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    crop = Crop(32, 36)
    with pytest.raises(BadInputError, match="it is not there"):
        read_own(crop, tmp_path / "none.png")
    with pytest.raises(BadInputError, match=r"cannot be read \(is a directory|is no ordinary file"):
        read_own(crop, tmp_path)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(BadInputError, match=r"text.png cannot be used: it is no image"):
        read_own(crop, tmp_path / "text.png")
    with pytest.raises(BadInputError, match="The picture cannot be used: it is empty"):
        read_own(crop, np.zeros((0, 0, 3), np.uint8))
    huge = np.broadcast_to(np.zeros(3, np.uint8), (MOST_PIXELS // 4096 + 1, 4096, 3))
    with pytest.raises(BadInputError, match="too many pixels"):
        read_own(crop, huge)


@pytest.mark.parametrize("mode", ["CMYK", "RGBA", "P", "L", "I;16"])
def test_pictures_of_all_kinds_are_read(tmp_path: Path, mode: str) -> None:
    gray = Image.new("L", (50, 40), 128)
    if mode == "I;16":
        image = Image.fromarray(np.full((40, 50), 128 * 257, np.uint16))
    else:
        image = gray.convert("RGB").convert(mode) if mode != "P" else gray.convert("P")
    path = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    image.save(path)
    seen = read_own(Crop(32, 36), path)
    assert seen.shape == (32, 32, 3)
    assert np.abs(seen.astype(int) - 128).max() <= 1


def test_of_an_animation_the_first_frame_is_seen(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    seen = read_own(Crop(32, 36), tmp_path / "a.gif")
    assert seen[..., 0].min() > 200
    assert seen[..., 2].max() < 50
