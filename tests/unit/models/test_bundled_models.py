import hashlib
import re

import numpy as np
import pytest
import torch

from dissection.data import latents
from dissection.data.storybook.book import Storybook
from dissection.data.storybook.vocabulary import STORYBOOK
from dissection.errors import ModelFileError, UnknownNameError
from dissection.models.bundled import bundled_classifiers, bundled_generators, bundled_segmenters
from dissection.models.classifiers.load import load_network
from dissection.models.generators.checkpoints import load_generator
from dissection.models.segmenters.storybook import load_segmenter
from dissection.results.store import load_dissection
from dissection.runtime import resources
from dissection.runtime.files import file_digest
from dissection.training.classes import ClassPictures
from dissection.training.classifier_quality import predicted, quality
from dissection.training.picture_readings import read_pictures
from dissection.training.pictures import HELD_OUT, Pictures
from dissection.training.quality import generated, histogram_gap
from dissection.training.segmenter import concept_ious, mean_iou


@pytest.fixture(scope="module")
def held_out() -> Pictures:
    book = Storybook("churches")
    scenes = [book.paint(HELD_OUT + i, size=128) for i in range(120)]
    images, maps = np.stack([s.image for s in scenes]), np.stack([s.maps for s in scenes])
    return Pictures(images, maps, "held-out scenes")


def test_the_segmenter_reads_held_out_scenes(held_out: Pictures) -> None:
    segmenter = load_segmenter("storybook")
    assert segmenter.vocabulary == STORYBOOK
    ious = concept_ious(segmenter, held_out)
    assert mean_iou(ious["object"]) >= 0.85
    assert mean_iou(ious["part"]) >= 0.70
    assert mean_iou(ious["material"]) >= 0.70
    shown = {c.name for c in Storybook("churches").concepts if c.category == "object"}
    assert set(ious["object"]) == shown


def test_generated_pictures_show_what_scenes_show(held_out: Pictures) -> None:
    """Objects in about the shares of real scenes."""
    segmenter = load_segmenter("storybook")
    objects = STORYBOOK.of("object")
    scenes = torch.from_numpy(held_out.images).permute(0, 3, 1, 2) / 127.5 - 1
    real = read_pictures(scenes.split(30), segmenter).shares[objects]
    generator = load_generator("storybook-church")
    fake = read_pictures(generated(generator, 50), segmenter).shares[objects]
    gap = histogram_gap(real, fake)
    assert gap < 0.1
    for parameter in generator.parameters():
        parameter.normal_(generator=torch.Generator().manual_seed(0))
    noise = read_pictures(generated(generator, 10), segmenter).shares[objects]
    assert histogram_gap(real, noise) > 2.5 * gap


def test_the_generator_is_that_of_its_card() -> None:
    generator = load_generator("storybook-church")
    assert generator.size == 128
    assert generator.depth == 512
    z = torch.from_numpy(latents.standard(2))
    pictures = generator(z)
    assert pictures.shape == (2, 3, 128, 128)
    assert float(pictures.std()) > 0.2


@pytest.mark.parametrize("name", resources.bundled_models())
def test_every_model_has_a_card_with_its_hash(name: str) -> None:
    data = resources.resource(f"models/{name}.safetensors").read_bytes()
    card = resources.resource(f"models/{name}.md").read_text()
    assert hashlib.sha256(data).hexdigest() in card
    for heading in ("Data", "Command", "Steps", "Hardware", "Quality", "License"):
        assert re.search(rf"^\| {heading} \|", card, re.M), heading


def test_what_ships_is_small() -> None:
    folder = resources.resources_folder() / "models"
    sizes = {p.stem: p.stat().st_size for p in folder.glob("*.safetensors")}
    assert sizes["storybook"] <= 4e6
    assert sum(sizes.values()) <= 30e6  # the published sizes alone take 18.5


def test_the_classifier_tells_most_scenes_and_not_all() -> None:
    """As a good classifier does on photographs: with a few easy classes no effect could show."""
    network = load_network("storybook-scenes")
    book = Storybook("scenes")
    assert network.classes == book.classes
    count = 4 * len(book.classes)
    scenes = [book.paint(HELD_OUT + i, size=network.size) for i in range(count)]
    targets = np.array([book.class_of(HELD_OUT + i) for i in range(count)])
    pictures = ClassPictures(np.stack([s.image for s in scenes]), targets, book.classes, "scenes")
    told = quality(predicted(network.module, pictures), pictures).accuracy
    assert 0.55 <= told <= 0.85
    names = {name for name, _ in network.module.named_modules()}
    assert {"features.relu5_3", "features.conv1_1", "classifier.fc8a"} <= names


def test_generators_segmenters_and_classifiers_are_told_apart() -> None:
    generators, classifiers = bundled_generators(), bundled_classifiers()
    assert "storybook-church" in generators
    assert bundled_segmenters() == ["storybook"]
    assert classifiers == ["storybook-scenes"]
    kinds = [*generators, *bundled_segmenters(), *classifiers]
    assert sorted(kinds) == resources.bundled_models()
    for name in generators:
        assert load_network(name).takes == "latents"
    with pytest.raises(UnknownNameError) as said:
        load_generator("no-such-model")
    assert "storybook-church" in str(said.value)
    assert "storybook-scenes" not in str(said.value)
    with pytest.raises(ModelFileError, match="cannot be used as a generator"):
        load_generator("storybook-scenes")


def test_the_dissection_of_the_classifier_is_of_the_classifier_that_ships() -> None:
    digest = file_digest(resources.resource("models/storybook-scenes.safetensors"))
    found = load_dissection(resources.resource("dissections/storybook-scenes"), digest)
    assert list(found) == ["features.relu3_3", "features.relu4_3", "features.relu5_3"]
    assert found["features.relu5_3"].pictures is not None
    assert "storybook-scenes" in resources.bundled_dissections()
    counts = [int((layer.label_iou > 0.04).sum()) for layer in found.values()]
    assert all(counts)
    assert counts[0] < counts[2]  # later layers match more concepts
