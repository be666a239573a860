"""The list of what is published, and a user's own."""

from pathlib import Path

import pytest

from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.generators.checkpoints import load_generator
from dissection.models.segmenters.load import load_segmenter
from dissection.models.zoo.fetch import fetch
from dissection.models.zoo.manifest import (
    Kind,
    entries,
    find_entry,
    own_entries_file,
    read_manifest,
)
from dissection.models.zoo.shelf import State, place_of, state_of
from dissection.runtime.model_names import find_model
from dissection.runtime.resources import bundled_models

OWN = """
[[collection]]
kind = "classifier"
hosts = ["https://example.org/models"]
license = "CC0"
entries = [{ name = "mine", files = [{ file = "mine.pth", size = 12 }] }]
"""


def write_own(text: str) -> Path:
    path = own_entries_file()
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_what_is_published() -> None:
    found = {entry.name: entry for entry in entries()}
    assert (
        len(
            [
                e
                for e in found.values()
                if e.kind is Kind.GENERATOR and not e.unusable and not e.bundled
            ]
        )
        == 15
    )
    assert {e.name for e in found.values() if e.bundled} == set(bundled_models())
    for entry in found.values():
        assert (state_of(entry) is State.UNUSABLE) == bool(entry.unusable)
        for file in entry.files:
            assert entry.urls(file)
            if file.sha256_prefix:
                assert file.sha256_prefix in file.file
        if entry.unusable:
            with pytest.raises(BadInputError, match=r"cannot load|names no place"):
                fetch(entry)
        else:
            place = place_of(entry)
            assert (
                entry.bundled
                or entry.name in (place.name, place.stem)
                or (place.name == "segmodel")
            )
    vgg = found["vgg16-places365"]
    assert vgg.urls(vgg.files[0]) == [
        "https://dissect.csail.mit.edu/models/vgg16_places365-0bafbc55.pth"
    ]
    assert fetch(found["storybook-church"]) == find_model("storybook-church").path


def test_own_entries_stand_beside_them() -> None:
    write_own(OWN)
    mine = find_entry("mine")
    assert (mine.own, mine.size, mine.license) == (True, 12, "CC0")
    assert mine.urls(mine.files[0]) == ["https://example.org/models/mine.pth"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"mine"', '"vgg16-places365"', "taken"),
        ('"mine"', '"../mine"', "name"),
        ('"mine.pth"', '"../mine.pth"', "no plain name"),
        ('"mine.pth"', '"/mine.pth"', "no plain name"),
        ("https://", "file://", "http://"),
        ("size = 12", 'sha256 = "12"', "sha256"),
        ("size = 12", "sizes = 12", "sizes"),
        ('"classifier"', '"classifiers"', "kind"),
        ('license = "CC0"', "bundled = true", "bundled"),
        ("[[collection]]", "[[collection", "TOML"),
        ('hosts = ["https://example.org/models"]', "", "no address"),
    ],
)
def test_a_wrong_list_is_told_by_its_place(old: str, new: str, told: str) -> None:
    path = write_own(OWN.replace(old, new, 1))
    with pytest.raises(BadInputError, match=told) as raised:
        entries()
    assert str(path) in str(raised.value)
    with pytest.raises(BadInputError):
        read_manifest(path.with_name("nothing.toml"))


def test_names_that_are_not_fetched_say_how() -> None:
    with pytest.raises(UnknownNameError, match="dissection fetch proggan-bedroom"):
        load_generator("proggan-bedroom")
    with pytest.raises(UnknownNameError, match="StyleGAN2"):
        load_generator("stylegan2-car")
    with pytest.raises(ModelFileError, match="dissection fetch netpqc"):
        load_segmenter("netpqc")
    with pytest.raises(UnknownNameError, match="dissection models"):
        find_entry("nothing")
