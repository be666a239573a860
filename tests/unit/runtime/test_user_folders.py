"""A user without a home, as in a container: what ships works, and what needs a home says so."""

import platformdirs
import pytest

from dissection.errors import BadInputError
from dissection.runtime.model_names import ModelKind, fetched_dataset, fetched_folder, find_model
from dissection.runtime.user_folders import cache_folder, config_folder, data_folder


@pytest.fixture(autouse=True)
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("could not determine the home directory")

    for name in ("user_data_path", "user_cache_path", "user_config_path"):
        monkeypatch.setattr(platformdirs, name, refuse)


def test_there_are_no_folders() -> None:
    assert (data_folder(), cache_folder(), config_folder()) == (None, None, None)


def test_names_are_found_all_the_same() -> None:
    assert find_model("storybook-church").kind is ModelKind.BUNDLED
    assert find_model("nowhere").kind is ModelKind.FILE
    assert fetched_dataset("places") is None


def test_what_is_kept_for_the_user_says_what_to_do() -> None:
    with pytest.raises(BadInputError, match="set HOME or XDG_DATA_HOME"):
        fetched_folder()
