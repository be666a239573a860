"""What pictures are besides their class: tags of Storybook's scenes, folders, tables.

Tags are what a sample is cut into slices by: a name such as ``season``, and a value for each
picture. Free of torch.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dissection.data.storybook import Storybook
from dissection.errors import BadInputError
from dissection.runtime.files import user_path
from dissection.runtime.reading import read_ordinary
from dissection.vocabulary import readable_name

#: Name of a tag to its value for each picture, (N,) texts; "" where nothing is known.
Tags = Mapping[str, NDArray[np.str_]]
#: Values of one tag; a column with more is a name or a number, and no kind of picture.
MOST_VALUES = 64
#: Bytes of a table.
_LARGEST_TABLE = 256 << 20


def storybook_tags(layouts: Sequence[int | str], domain: str = "scenes") -> Tags:
    """Time of day, season, snow, material of the walls, and ground of Storybook's scenes.

    Args:
        layouts: seeds, or the names that pictures of them have.
        domain: see ``Storybook``.

    Raises:
        BadInputError: a name is no seed.
        UnknownNameError: there is no such domain.
    """
    book = Storybook(domain)
    try:
        rows = [book.tags(int(layout)) for layout in layouts]
    except ValueError as error:
        raise BadInputError(f"Pictures of storybook:{domain} are named by numbers: {error}.") from (
            error
        )
    return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else ())}


def folder_tags(names: Sequence[str]) -> Tags:
    """Folders inside of the folders of classes: ``folder``, or ``folder 1``, ``folder 2`` ...

    Args:
        names: files relative to the sample's folder, such as ``farm/night/3.jpg``.

    Returns:
        No tag where all pictures lie in their class's folder.
    """
    parts = [name.split("/")[1:-1] for name in names]
    deep = max((len(part) for part in parts), default=0)
    called = ["folder"] if deep == 1 else [f"folder {level + 1}" for level in range(deep)]
    table = {
        name: np.array([readable_name(part[level]) if len(part) > level else "" for part in parts])
        for level, name in enumerate(called)
    }
    return {name: values for name, values in table.items() if 1 < len(set(values)) <= MOST_VALUES}


def table_tags(path: str | Path, names: Sequence[str]) -> Tags:
    """Tags of a table: CSV with a row for each picture, its file in the first column.

    Args:
        path: of the table; its first row names the tags.
        names: files of the sample; a row is found by the whole name, or else by that of the file.

    Raises:
        BadInputError: it cannot be read, is no such table, or tells nothing of these pictures.
    """
    file = user_path(path)
    try:
        text = read_ordinary(file, _LARGEST_TABLE).decode("utf-8-sig")
        rows = [row for row in csv.reader(text.splitlines()) if row]
    except (OSError, ValueError, csv.Error) as error:
        raise BadInputError(f"{file} cannot be read as a table of tags ({error}).") from error
    if len(rows) < 2 or len(rows[0]) < 2:
        raise BadInputError(
            f"{file} is no table of tags; its first row names the columns, the first column holds "
            "the pictures' files, and every other one a tag."
        )
    heads, told = rows[0], {row[0]: row for row in rows[1:]}
    found = [told.get(name) or told.get(name.rpartition("/")[2]) for name in names]
    if not any(found):
        raise BadInputError(
            f"{file} names none of the held-out pictures in its first column, such as {names[0]}."
        )
    tags: dict[str, NDArray[np.str_]] = {}
    for column, head in enumerate(heads[1:], 1):
        cells = [row[column].strip() if row and len(row) > column else "" for row in found]
        values = [readable_name(cell) for cell in cells]
        if 1 < len(set(values)) <= MOST_VALUES:
            tags[readable_name(head.strip()) or f"column {column + 1}"] = np.array(values)
    if not tags:
        raise BadInputError(
            f"No column of {file} divides the pictures: each has one value, or more than "
            f"{MOST_VALUES}."
        )
    return tags
