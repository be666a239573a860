"""What a person sees of a result at a prompt and in a notebook, and that results can be pickled."""

import base64
import io
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dissection.errors import UnknownNameError
from dissection.results.dissection import Dissection
from dissection.results.sheets import Sheets
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource
from support.synthetic import make_dissection


@pytest.fixture(scope="module")
def bundled() -> Dissection:
    return load_dissection(resource("dissections/storybook-church"))


def test_text_is_short_and_tells_of_every_layer(bundled: Dissection) -> None:
    lines = repr(bundled).splitlines()
    assert len(lines) == 1 + len(bundled) < 20
    for line, (name, layer) in zip(lines[1:], bundled.items(), strict=True):
        best = int(layer.label_iou.argmax())
        assert line.split()[:2] == [name, str(layer.shape[0])]
        assert f"best {best}: {layer.vocabulary[int(layer.labels[best])].name} (" in line
    assert len(repr(bundled["layer4"])) < 100


def test_a_deep_network_is_as_short() -> None:
    shapes = {f"block{n}.\nconv": (32, 8, 8) for n in range(60)}
    deep = make_dissection(shapes=shapes)
    lines = repr(deep).splitlines()
    assert len(lines) < 20
    assert lines[-1].strip() == "and 46 more"
    assert "and 20 more" in deep._repr_html_()


def test_figures_on_paper(synthetic_dissection: Dissection) -> None:
    """Units 4c to 4c + 3 show concept c, 1 to 4, and boat never occurs."""
    layer = synthetic_dissection["layer3"]
    matching = int((layer.label_iou > 0.04).sum())
    line = repr(synthetic_dissection).splitlines()[1]
    assert f"32 units, 8 x 8 cells: {matching} match 4 concepts; best 4: tree" in line


def test_html_has_the_table_and_pictures_below_200_kb(bundled: Dissection) -> None:
    html = bundled._repr_html_()
    assert len(html.encode()) < 200_000
    assert html.count("<tr>") == 1 + len(bundled)
    images = re.findall(r"data:image/webp;base64,([^\"]+)", html)
    assert len(images) == 8
    with Image.open(io.BytesIO(base64.b64decode(images[0]))) as image:
        assert image.size == (4 * 80, 80)


def test_large_pictures_keep_the_limit(synthetic_dissection: Dissection) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 1, 240, 240, 3), np.uint8)
    layer = replace(synthetic_dissection["layer3"], pictures=Sheets.of(noise, quality=90))
    heavy = replace(synthetic_dissection, measured={"layer3": layer})
    html = heavy._repr_html_()
    assert 0 < html.count("<figure") < 4
    assert len(html.encode()) < 200_000


def test_names_are_text_in_html(synthetic_dissection: Dissection) -> None:
    html = replace(synthetic_dissection, model="<script>alert(1)</script>")._repr_html_()
    assert "<script" not in html
    assert "<figure" not in html  # it has no pictures


def test_a_dissection_can_be_pickled(bundled: Dissection) -> None:
    again = pickle.loads(pickle.dumps(bundled))
    assert repr(again) == repr(bundled)
    layer, before = again["layer4"], bundled["layer4"]
    assert np.array_equal(layer.iou, before.iou)
    assert np.array_equal(layer.threshold_table, before.threshold_table)
    assert layer.pictures is not None
    assert before.pictures is not None
    assert np.array_equal(layer.pictures[7], before.pictures[7])
    assert [b.brush for b in again.brushes()] == [b.brush for b in bundled.brushes()]
    assert again.provenance == bundled.provenance


def test_a_layer_that_it_lacks_is_not_in_it(synthetic_dissection: Dissection) -> None:
    assert "layer9" not in synthetic_dissection
    assert synthetic_dissection.get("layer9") is None
    with pytest.raises(UnknownNameError, match=r"^The dissection of .* has no layer 'layer9'; "):
        synthetic_dissection["layer9"]
