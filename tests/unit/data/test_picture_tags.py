"""What pictures are besides their class: of scenes, of folders, of tables."""

from pathlib import Path

import numpy as np
import pytest

from dissection.data.picture_tags import folder_tags, storybook_tags, table_tags
from dissection.data.storybook import Storybook
from dissection.errors import BadInputError

NAMES = ("farm/day/1.jpg", "farm/night/2.jpg", "lake/day/3.jpg", "lake/4.jpg")


def test_scenes_are_told_without_painting_them() -> None:
    book = Storybook("scenes")
    layouts = [*range(40), 10_000_017]
    tags = storybook_tags([str(layout) for layout in layouts])
    assert set(tags) == {"time", "season", "snow", "walls", "ground"}
    walled = 0
    for place, layout in enumerate(layouts):
        scene = book.paint(layout, size=64)
        assert {name: values[place] for name, values in tags.items()} == scene.tags
        walls = scene.tags["walls"]
        if walls != "none":
            walled += 1
            seen = {book.vocabulary[value].name for value in np.unique(scene.maps[2]).tolist()}
            assert walls in seen, f"layout {layout}"
    assert walled > 3
    with pytest.raises(BadInputError, match="named by numbers"):
        storybook_tags(["a.jpg"])
    with pytest.raises(BadInputError, match="0 or more"):
        storybook_tags([-1])


def test_churches_have_tags_too() -> None:
    book = Storybook("churches")
    assert book.paint(3, size=64).tags == book.tags(3)
    assert set(book.tags(3)) == {"time", "season", "snow", "walls"}


def test_folders_inside_of_classes() -> None:
    (tags,) = folder_tags(NAMES).items()
    assert tags[0] == "folder"
    assert tags[1].tolist() == ["day", "night", "day", ""]
    assert folder_tags(["farm/1.jpg", "lake/2.jpg"]) == {}
    deep = folder_tags(["a/x/p/1.jpg", "a/y/q/2.jpg"])
    assert list(deep) == ["folder 1", "folder 2"]


def test_a_table_of_tags(tmp_path: Path) -> None:
    file = tmp_path / "tags.csv"
    file.write_text(
        "file,light,size,note\nfarm/day/1.jpg, bright ,3,a\n2.jpg,dark,3,b\n3.jpg,dark,3\n",
        encoding="utf-8-sig",
    )
    tags = table_tags(file, NAMES)
    assert tags["light"].tolist() == ["bright", "dark", "dark", ""]
    assert tags["note"].tolist() == ["a", "b", "", ""]
    file.write_text("file,light\nelse.jpg,dark\n")
    with pytest.raises(BadInputError, match="names none of the held-out pictures"):
        table_tags(file, NAMES)
    file.write_text("file,light\n1.jpg,x\n2.jpg,x\n3.jpg,x\n4.jpg,x\n")
    with pytest.raises(BadInputError, match=r"No column of .* divides the pictures"):
        table_tags(file, NAMES)
    file.write_text("file\n1.jpg\n")
    with pytest.raises(BadInputError, match="no table of tags"):
        table_tags(file, NAMES)
    with pytest.raises(BadInputError, match="cannot be read"):
        table_tags(tmp_path / "nowhere.csv", NAMES)


def test_names_of_folders_are_one_line() -> None:
    tags = folder_tags(["a/x\ny/1.png", "a/z/2.png"])
    assert tags["folder"].tolist() == [r"x\ny", "z"]
