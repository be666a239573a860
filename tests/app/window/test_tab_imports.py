from types import ModuleType

import pytest

from ganpaint.window import tab_registry
from ganpaint.window.tab_registry import TABS, make_tab


def test_a_tab_whose_import_met_another_thread_is_imported_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def import_module(name: str) -> ModuleType:
        asked.append(name)
        if len(asked) == 1:
            raise ImportError("cannot import name from partially initialized module")
        return ModuleType(name)

    monkeypatch.setattr(tab_registry, "import_module", import_module)
    with pytest.raises(AttributeError):  # the second module is empty, but it was looked into
        make_tab(TABS[0], None)  # type: ignore[arg-type]
    assert asked == 2 * [TABS[0].path.partition(":")[0]]
