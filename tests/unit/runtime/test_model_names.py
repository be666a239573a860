"""One way from a name to a model."""

from pathlib import Path

import pytest

from dissection.errors import BadInputError
from dissection.runtime import model_names
from dissection.runtime.model_names import ModelKind, find_model


@pytest.fixture(autouse=True)
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "fetched"
    folder.mkdir()
    monkeypatch.setattr(model_names, "fetched_folder", lambda: folder)
    return folder


def test_what_ships_comes_first(fetched: Path) -> None:
    (fetched / "storybook-church.pth").touch()
    found = find_model(" storybook-church ")
    assert (found.name, found.kind) == ("storybook-church", ModelKind.BUNDLED)
    assert found.path is not None
    assert found.path.is_file()


def test_what_was_fetched_is_found_by_its_name(fetched: Path, tmp_path: Path) -> None:
    (fetched / "church.pth").touch()
    for name in ("church", "church.pth"):
        assert find_model(name).kind is ModelKind.FETCHED
        assert find_model(name).path == fetched / "church.pth"
    (tmp_path / "church").touch()  # a path that exists is meant where it is written so
    assert find_model(tmp_path / "church").kind is ModelKind.FILE
    assert find_model("../fetched/church").kind is ModelKind.FILE  # names are no paths


def test_files_need_not_exist(tmp_path: Path) -> None:
    found = find_model(tmp_path / "nothing.pth")
    assert (found.kind, found.path) == (ModelKind.FILE, tmp_path / "nothing.pth")
    with pytest.raises(BadInputError):
        find_model("a\0b")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("torchvision:resnet18", ModelKind.TORCHVISION),
        ("package.module:make", ModelKind.DOTTED),
        ("package.module:Net.small", ModelKind.DOTTED),
    ],
)
def test_code_has_no_file(name: str, kind: ModelKind) -> None:
    assert find_model(name) == model_names.NamedModel(name, kind)
