"""What the random test does to the painter: canvas, keys, brush, history, looking, scenes."""

from PySide6.QtCore import QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ganpaint.rendering.scene import Scene
from support.monkey import CONTROL, NONE, SHIFT, WORDS, Monkey, action

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
