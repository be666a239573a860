"""The table of everything that the random test does to the window.

An action is a function of a ``Monkey`` with a weight; to have another part of the window tried,
write one below, with ``@action(weight)``.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QItemSelectionModel, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu
from pytestqt.qtbot import QtBot

from dissection.painting.movie import MovieSettings
from ganpaint.rendering.scene import Scene
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse

Action = Callable[["Monkey"], object]
T = TypeVar("T")
ACTIONS: dict[Action, int] = {}
KEYS = (
    *("D", "E", "R", "1", "2", "3", "4", "5", "F", "N", "G", "A", "S", "X", "P", "T", "W", "I"),
    *("V", "Left", "Right", "BracketLeft", "BracketRight", "Space", "Escape", "Delete", "Tab"),
)
COMMANDS = (
    *("undo", "redo", "fit", "actual", "zoom_in", "zoom_out", "search", "copy", "copy_pair"),
    *(
        "new",
        "apply",
        "previous_painted",
        "next_painted",
        "split_left",
        "split_right",
        "save",
        "open",
    ),
    *("cells", "edited", "difference", "export", "export_pair"),
)
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
WORDS = ("tree", "sky", "x", "", "own one")


def action(weight: int) -> Callable[[Action], Action]:
    """Put a function into the table; of all weights its own is the share that it gets."""

    def put(function: Action) -> Action:
        ACTIONS[function] = weight
        return function

    return put


@dataclass
class Monkey:
    """Whoever does the actions.

    Attributes:
        window: the real one.
        mouse: over its canvas.
        qtbot: waits.
        dice: decides everything.
        folder: for files.
        models: generators that can be opened.
    """

    window: MainWindow
    mouse: Mouse
    qtbot: QtBot
    dice: random.Random
    folder: Path
    models: Sequence[Path]

    def act(self) -> str:
        """Do one action; its name."""
        (chosen,) = self.dice.choices(list(ACTIONS), list(ACTIONS.values()))
        chosen(self)
        return chosen.__name__

    def one_of(self, *things: T) -> T:
        """Any of some things."""
        return self.dice.choice(things)

    def place(self) -> tuple[float, float]:
        """Somewhere on the picture of 16 px, or beside it."""
        return self.dice.uniform(-4, 20), self.dice.uniform(-4, 20)

    def trigger(self, menu: QMenu) -> None:
        """Choose something of a menu."""
        able = [a for a in menu.actions() if a.isEnabled() and not a.isSeparator() and not a.menu()]
        if able:
            self.dice.choice(able).trigger()

    def file(self, *suffixes: str) -> Path:
        """A name for a file, of few, so that they are met again."""
        return self.folder / f"{self.dice.randint(0, 2)}{self.one_of(*suffixes)}"


# The canvas ---------------------------------------------------------------------------------------


@action(10)
def press(monkey: Monkey) -> None:
    held = monkey.one_of(NONE, NONE, NONE, CONTROL, SHIFT, CONTROL | SHIFT)
    monkey.mouse.press(*monkey.place(), monkey.one_of(*BUTTONS), held)


@action(20)
def move(monkey: Monkey) -> None:
    monkey.mouse.move(*monkey.place())


@action(12)
def release(monkey: Monkey) -> None:
    monkey.mouse.release()


@action(8)
def paint(monkey: Monkey) -> None:
    monkey.mouse.press(*monkey.place(), monkey.one_of(*BUTTONS[:2]))
    for _ in range(monkey.dice.randint(0, 3)):
        monkey.mouse.move(*monkey.place())
    monkey.mouse.release()


@action(2)
def turn_wheel(monkey: Monkey) -> None:
    canvas = monkey.window.canvas
    at = QPointF(canvas.viewport().rect().center())
    turned = QPoint(0, monkey.one_of(-240, -120, 120, 360))
    button, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        at, canvas.viewport().mapToGlobal(at), QPoint(), turned, button, NONE, phase, False
    )
    QApplication.sendEvent(canvas.viewport(), event)


# Keys and commands --------------------------------------------------------------------------------


@action(14)
def key(monkey: Monkey) -> None:
    QTest.keyClick(monkey.window, getattr(Qt.Key, f"Key_{monkey.one_of(*KEYS)}"))


@action(3)
def hold_key(monkey: Monkey) -> None:
    held = monkey.one_of(Qt.Key.Key_C, Qt.Key.Key_Space, Qt.Key.Key_Control)
    monkey.one_of(QTest.keyPress, QTest.keyRelease)(monkey.window, held)


@action(14)
def command(monkey: Monkey) -> None:
    monkey.window.commands[monkey.one_of(*COMMANDS)].trigger()


@action(1)
def clear(monkey: Monkey) -> None:
    monkey.window.commands["clear"].trigger()


@action(2)
def press_button_of_message(monkey: Monkey) -> None:
    button = monkey.window.canvas.message.button
    if button.isVisible():
        button.click()


# The brush ----------------------------------------------------------------------------------------


@action(5)
def slide(monkey: Monkey) -> None:
    tools = monkey.window.tools
    knob = monkey.one_of(tools.diameter, tools.units, tools.strength)
    knob.slider.setValue(monkey.dice.randint(0, 100))


@action(4)
def change_brush(monkey: Monkey) -> None:
    brush = monkey.window.tools.brush
    combo = monkey.one_of(brush.layer, brush.order, brush.level, brush.rule)
    if combo.count():
        combo.activated.emit(monkey.dice.randrange(combo.count()))
    brush.boost.slider.setValue(monkey.dice.randint(0, 40))
    if monkey.dice.random() < 0.3:
        monkey.one_of(brush.reset, brush.paper).click()


@action(4)
def choose_card(monkey: Monkey) -> None:
    cards = monkey.window.concepts.cards
    if cards.model().rowCount():
        cards.clicked.emit(cards.model().index(monkey.dice.randrange(cards.model().rowCount()), 0))


@action(2)
def search(monkey: Monkey) -> None:
    line = monkey.window.concepts.search
    line.setFocus()
    line.clear()
    QTest.keyClicks(line, monkey.one_of(*WORDS))
    QTest.keyClick(line, monkey.one_of(Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Down))


# The history --------------------------------------------------------------------------------------


@action(10)
def change_history(monkey: Monkey) -> None:
    window, dice = monkey.window, monkey.dice
    history, panel = window.document.history, window.history.panel
    if not history:
        return
    row = dice.randrange(len(history))
    window.history.rows.setCurrentIndex(window.history.strokes.index(row, 0))
    painted = dice.choice(history)
    combo = monkey.one_of(panel.concept, panel.level, panel.rule)
    knob = monkey.one_of(panel.strength, panel.units, panel.boost)
    monkey.one_of(
        lambda: window.document.toggle_stroke(painted),
        lambda: window.document.move_stroke(painted, dice.randint(-1, len(history))),
        lambda: window.document.delete_stroke(painted),
        lambda: combo.count() and combo.activated.emit(dice.randrange(combo.count())),
        lambda: knob.slider.setValue(dice.randint(0, 100)),
        lambda: dice.choice(panel.modes.buttons()).click(),
    )()


# Looking ------------------------------------------------------------------------------------------


@action(3)
def inspect(monkey: Monkey) -> None:
    panel, dice = monkey.window.inspector.panel, monkey.dice
    monkey.one_of(
        lambda: panel.count.slider.setValue(dice.randint(0, 64)),
        lambda: (
            panel.layer.count() and panel.layer.activated.emit(dice.randrange(panel.layer.count()))
        ),
        panel.unpin.click,
        panel.take_patch.click,
        panel.make_brush.click,
        lambda: QTest.keyClicks(panel.name, monkey.one_of(*WORDS)),
        lambda: panel.rows.setCurrentIndex(panel.units.index(0, 0)),
        lambda: QTest.keyClick(panel.rows, Qt.Key.Key_Space),
    )()


@action(1)
def change_own_brush(monkey: Monkey) -> None:
    own = monkey.window.inspector.own.brushes
    if own:
        monkey.trigger(monkey.window.inspector.cards.menu(monkey.dice.choice(own).concept))


# Scenes -------------------------------------------------------------------------------------------


@action(4)
def click_scene(monkey: Monkey) -> None:
    strip = monkey.window.scenes.strip
    held = monkey.one_of(NONE, CONTROL, SHIFT)
    at = QPoint(monkey.dice.randrange(strip.viewport().width()), 30)
    QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, held, at)


@action(2)
def choose_scenes(monkey: Monkey) -> None:
    strip = monkey.window.scenes.strip
    row = strip.currentIndex().row() + monkey.dice.randint(-3, 3)
    flag = QItemSelectionModel.SelectionFlag.Toggle
    strip.selectionModel().select(strip.scenes.index(max(row, 0), 0), flag)


@action(1)
def scroll_scenes(monkey: Monkey) -> None:
    bar = monkey.window.scenes.strip.horizontalScrollBar()
    bar.setValue(monkey.dice.randint(0, 3000))


@action(3)
def use_menu_of_scene(monkey: Monkey) -> None:
    model = monkey.window.document.scene.model
    menu = monkey.window.scenes.menu_of(Scene(model, monkey.dice.randint(0, 12)))
    monkey.trigger(menu)
    menu.deleteLater()


@action(2)
def type_seed(monkey: Monkey) -> None:
    box = monkey.one_of(monkey.window.scenes.seed, monkey.window.scenes.blend.toward)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, str(monkey.dice.randint(0, 12)))
    QTest.keyClick(box, Qt.Key.Key_Return)


@action(5)
def blend(monkey: Monkey) -> None:
    slider = monkey.window.scenes.blend.knob.slider
    for _ in range(monkey.dice.randint(1, 4)):
        slider.setValue(monkey.dice.randint(0, 100))
    if monkey.dice.random() < 0.4:
        slider.setValue(0)


# Files --------------------------------------------------------------------------------------------


@action(4)
def save_or_open(monkey: Monkey) -> None:
    path = monkey.file(".ganpaint")
    if monkey.dice.random() < 0.5 or not path.exists():
        monkey.window.projects.save_to(path)
    else:
        monkey.window.projects.open_path(path)


@action(1)
def drop_file(monkey: Monkey) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(monkey.file(".ganpaint", ".png", ".gif")))])
    center, drop = monkey.window.canvas.geometry().center(), Qt.DropAction.CopyAction
    button = Qt.MouseButton.LeftButton
    QApplication.sendEvent(monkey.window, QDragEnterEvent(center, drop, data, button, NONE))
    dropped = QDropEvent(QPointF(center), drop, data, button, NONE)
    QApplication.sendEvent(monkey.window, dropped)


@action(1)
def make_movie(monkey: Monkey) -> None:
    movies = monkey.window.movies
    if movies.dialog is not None and movies.dialog.isVisible():
        monkey.one_of(movies.dialog.accept, movies.dialog.reject)()
    elif movies.busy:
        monkey.one_of(movies.stop, movies.open)()
    elif monkey.dice.random() < 0.3:
        movies.open()
    else:
        settings = MovieSettings(fps=monkey.dice.randint(1, 12), side=32, stroke_seconds=0.2)
        movies.export(monkey.file(".gif", ".mp4"), settings)


@action(1)
def open_recent(monkey: Monkey) -> None:
    menu = QMenu(monkey.window)
    monkey.window.projects.fill_recent(menu)
    monkey.trigger(menu)
    menu.deleteLater()


@action(2)
def open_model(monkey: Monkey) -> None:
    """Another one, or a broken one; behind the picture as the menu does, or in its place."""
    document, bad = monkey.window.document, monkey.folder / "bad.pth"
    whole = monkey.models[1].read_bytes()
    bad.write_bytes(monkey.one_of(b"", b"no generator", whole[:999], whole[:-7]))
    missing = monkey.folder / "missing.safetensors"
    monkey.one_of(
        lambda: document.open_model(str(monkey.models[1])),
        lambda: document.open_model(str(bad)),
        lambda: monkey.window.models.use(str(monkey.models[1])),
        lambda: monkey.window.models.use(str(bad)),
        lambda: monkey.window.models.use(str(missing)),
        monkey.window.commands["open_dissection"].trigger,
    )()
    monkey.qtbot.wait(monkey.dice.randint(1, 60))
    home = str(monkey.models[0])
    if document.scene.model != home and monkey.dice.random() < 0.8:
        document.open_model(home, monkey.folder.parent / "dissection")


# The window ---------------------------------------------------------------------------------------


@action(2)
def show_cells(monkey: Monkey) -> None:
    """With the brush over the picture, whether there is one or not."""
    monkey.window.commands["cells"].trigger()
    monkey.mouse.move(*monkey.place())


@action(1)
def show_tab(monkey: Monkey) -> None:
    """Look at another tab, and come back to the painter before long."""
    stack = monkey.window.stack
    stack.show_tab(monkey.one_of(*stack.names))
    monkey.qtbot.wait(monkey.dice.randint(1, 40))
    if monkey.dice.random() < 0.8:
        stack.show_tab("painter")


@action(1)
def resize(monkey: Monkey) -> None:
    monkey.window.resize(monkey.dice.randint(960, 1300), monkey.dice.randint(600, 900))


@action(1)
def toggle_dock(monkey: Monkey) -> None:
    monkey.dice.choice(monkey.window.findChildren(QDockWidget)).toggleViewAction().trigger()


@action(1)
def show_dialog(monkey: Monkey) -> None:
    window = monkey.window
    monkey.one_of(window.show_shortcuts, window.models.show_details)()
    shown = [dialog for dialog in (window.help, window.models.details) if dialog is not None]
    if monkey.dice.random() < 0.7:
        monkey.dice.choice(shown).close()


@action(12)
def wait(monkey: Monkey) -> None:
    monkey.qtbot.wait(monkey.dice.randint(1, 20))


@action(1)
def rest(monkey: Monkey) -> None:
    monkey.qtbot.wait(250)
