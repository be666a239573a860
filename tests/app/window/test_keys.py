"""Everything can be reached by the keyboard, and letters that are typed stay letters."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from dissection.vocabulary import Concept, Vocabulary
from ganpaint.painter.canvas.comparison import View
from ganpaint.toolkit.shortcuts import SHORTCUTS
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse
from support.synthetic import make_dissection


@pytest.fixture
def many(open_window: Callable[..., MainWindow], model: Path, tmp_path: Path) -> MainWindow:
    """A window with fourteen concepts of three categories."""
    categories = ("object", "material", "part")
    vocabulary = Vocabulary([Concept(f"thing{n}", categories[n % 3]) for n in range(15)])
    shapes = {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}
    made = make_dissection("tiny", file_digest(model), shapes, vocabulary)
    save_dissection(made, tmp_path / "many")
    return open_window("--model", str(model), "--dissection", str(tmp_path / "many"))


def reached(window: MainWindow) -> list[QWidget]:
    """What Tab visits, beginning at the canvas."""
    window.canvas.setFocus()
    found: list[QWidget] = []
    while True:
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus in found:
            return found
        found.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)


def test_tab_reaches_every_control_and_comes_back(many: MainWindow) -> None:
    found = reached(many)
    tools, concepts = many.tools, many.concepts
    wanted = [
        *(many.canvas, concepts.search, concepts.cards, concepts.categories.buttons[""]),
        *(tools.diameter.slider, tools.units.slider, tools.strength.slider, tools.open_brush),
        *(many.scenes.seed, many.scenes.strip),
    ]
    for widget in wanted:
        assert widget in found, widget
    names = {widget.objectName() for widget in found}
    assert {*View, "draw", "erase", "restore"} <= names
    order = [found.index(w) for w in (concepts.search, concepts.categories.buttons[""])]
    assert order[1] == order[0] + 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_focus_can_be_seen(window: MainWindow, theme: str) -> None:
    window.set_theme(theme)
    for widget in (window.concepts.cards, window.tools.open_brush, window.concepts.search):
        window.canvas.setFocus()
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        ringed = widget.grab().toImage()
        middle = widget.height() // 2
        assert ringed.pixelColor(0, middle) == QColor(window.theme.colors.draw), widget
        assert without.pixelColor(0, middle) != ringed.pixelColor(0, middle), widget
    window.set_theme("dark")


def test_letters_stay_letters_while_text_is_typed(window: MainWindow) -> None:
    letters = [
        key for row in SHORTCUTS.values() for key in row.keys if len(key) == 1 and key.isalpha()
    ]
    assert len(letters) >= 9
    before = state(window)
    window.concepts.search.setFocus()
    for letter in letters:
        key = getattr(Qt.Key, f"Key_{letter}")
        QTest.keyClick(window.concepts.search, key)
    assert window.concepts.search.text() == "".join(letters).lower()
    assert state(window) == before
    window.concepts.search.clear()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_S)
    assert state(window) != before


def state(window: MainWindow) -> tuple[object, ...]:
    toggled = [window.commands[n].isChecked() for n, row in SHORTCUTS.items() if row.toggle]
    seed, comparison = window.document.scene.seed, window.canvas.comparison
    return window.document.choice, seed, comparison.view, comparison.held, toggled


def test_categories_narrow_the_palette_together_with_the_text(many: MainWindow) -> None:
    concepts = many.concepts
    rows = concepts.cards.model()

    def shown() -> set[str]:
        return {rows.index(r, 0).data() for r in range(rows.rowCount())}

    assert concepts.categories.isVisible()
    assert list(concepts.categories.buttons) == ["", "object", "part", "material"]
    everything = shown()
    QTest.mouseClick(concepts.categories.buttons["part"], Qt.MouseButton.LeftButton)
    parts = shown()
    assert parts == {f"thing{n}" for n in (2, 5, 8, 11)}
    concepts.search.setText("thing1")
    assert shown() == {"thing11"}
    concepts.search.clear()
    QTest.mouseClick(concepts.categories.buttons[""], Qt.MouseButton.LeftButton)
    assert shown() == everything


def test_few_concepts_need_no_categories(window: MainWindow) -> None:
    assert not window.concepts.categories.isVisible()


def test_space_pans_where_the_mouse_went_and_acts_where_the_focus_went(
    window: MainWindow, mouse: Mouse
) -> None:
    panned: list[bool] = []
    window.keys.space.connect(panned.append)
    cards = window.concepts.cards
    window.activateWindow()
    window.canvas.setFocus()
    cards.setFocus()
    QTest.keyClick(cards, Qt.Key.Key_Space)
    assert panned == []
    mouse.move(8, 8)  # a card was clicked, then the hand went to the picture
    QTest.keyClick(cards, Qt.Key.Key_Space)
    assert panned == [True, False]
    window.canvas.setFocus()
    cards.setFocus()  # by the keyboard; the mouse was left lying where it was
    QTest.keyClick(cards, Qt.Key.Key_Space)
    assert panned == [True, False]
