"""What the random test does to the tabs beside the painter, to the jobs and to dialogs.

A tab is played with as somebody does who does not know it: whatever can be pressed, chosen, typed
into or dragged is, so that what is added to a tab is tried too.
"""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollBar,
    QSlider,
    QTextEdit,
    QToolButton,
    QWidget,
)

from support.monkey import CONTROL, NONE, SHIFT, WORDS, Monkey, action

_TYPED = (*WORDS, "tiny/layer4/3", "0.2", "²", "9" * 40)
_KEYS = (
    *(Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space),
    *(Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Home, Qt.Key.Key_End),
)


def touch(monkey: Monkey, area: QWidget) -> None:
    """Use any one thing of an area that can be seen and used."""
    able = [
        part
        for part in area.findChildren(QWidget)
        if part.isVisible() and part.isEnabled() and not isinstance(part, QScrollBar | QHeaderView)
    ]
    if not able:
        return
    kinds: list[type] = [QAbstractButton, QComboBox, QLineEdit, QSlider, QAbstractItemView, QWidget]
    kind = monkey.one_of(*kinds)
    use(monkey, monkey.dice.choice([part for part in able if isinstance(part, kind)] or able))


def use(monkey: Monkey, part: QWidget) -> None:
    """Use one thing as its kind is used; on what is of no kind it is clicked."""
    dice = monkey.dice
    if isinstance(part, QPushButton | QToolButton) and part.menu() is not None:
        part.menu().aboutToShow.emit()
        monkey.trigger(part.menu())
    elif isinstance(part, QAbstractButton):
        part.click()
    elif isinstance(part, QComboBox):
        if part.count():
            place = dice.randrange(part.count())
            part.setCurrentIndex(place)
            part.activated.emit(place)
    elif isinstance(part, QLineEdit | QTextEdit):
        part.clear()
        QTest.keyClicks(part, monkey.one_of(*_TYPED))
        QTest.keyClick(part, monkey.one_of(Qt.Key.Key_Return, Qt.Key.Key_Tab))
    elif isinstance(part, QSlider):
        part.setValue(dice.randint(part.minimum(), part.maximum()))
    elif isinstance(part, QAbstractItemView):
        use_items(monkey, part)
    else:
        at = QPoint(dice.randrange(max(part.width(), 1)), dice.randrange(max(part.height(), 1)))
        QTest.mouseClick(part, Qt.MouseButton.LeftButton, NONE, at)
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def use_items(monkey: Monkey, view: QAbstractItemView) -> None:
    """Press an item, or a key."""
    model, dice = view.model(), monkey.dice
    if model is None or not model.rowCount() or dice.random() < 0.3:
        QTest.keyClick(view, monkey.one_of(*_KEYS))
        return
    columns = 1 if isinstance(view, QListView) else model.columnCount(view.rootIndex())
    index = model.index(dice.randrange(model.rowCount()), dice.randrange(columns))
    view.scrollTo(index)
    held = monkey.one_of(NONE, NONE, CONTROL, SHIFT)
    click: Callable[..., None] = monkey.one_of(
        QTest.mouseClick, QTest.mouseClick, QTest.mouseDClick
    )
    at = view.visualRect(index).center()
    click(view.viewport(), Qt.MouseButton.LeftButton, held, at)


def visit(monkey: Monkey, name: str) -> None:
    """Play with a tab for a while, and come back to the painter mostly."""
    stack = monkey.window.stack
    stack.show_tab(name)
    for _ in range(monkey.dice.randint(1, 6)):
        if stack.current == name:
            touch(monkey, stack.tabs[name].widget)
        monkey.qtbot.wait(monkey.dice.randint(1, 15))
    if monkey.dice.random() < 0.8:
        stack.show_tab("painter")


@action(3)
def play_with_units(monkey: Monkey) -> None:
    visit(monkey, "units")


@action(3)
def play_with_classifier(monkey: Monkey) -> None:
    """Of a tiny classifier; the first time its ablation is read and its pictures loaded."""
    visit(monkey, "classifier")


@action(1)
def look_at_a_unit(monkey: Monkey) -> None:
    """Choose a unit from elsewhere, as the cards and the inspector do; known or not."""
    context = monkey.window.context
    layer = monkey.one_of("layer3", "layer4", "layer9")
    context.show_unit(layer, monkey.dice.randint(0, 40))
    monkey.qtbot.wait(monkey.dice.randint(1, 15))
    if monkey.dice.random() < 0.8:
        monkey.window.stack.show_tab("painter")


@action(1)
def ask_for_a_job(monkey: Monkey) -> None:
    """By the menu Dissect, or at once where few are on the list."""
    jobs, menu = monkey.window.jobs, monkey.window.dissecting
    if len(jobs.processes) < 4 and monkey.dice.random() < 0.6:
        jobs.submit("Something", ["dissect", str(monkey.dice.random())])
        return
    entries = (
        *(menu.dissect, menu.dissect_classifier, menu.measure_brushes, menu.measure_units),
        *(menu.export, menu.import_dissection, menu.ablate),
    )
    monkey.one_of(*entries)()


@action(2)
def play_with_jobs(monkey: Monkey) -> None:
    """Stop, resume, remove, open, look at the log."""
    dock = monkey.window.jobs_dock
    dock.show()
    touch(monkey, dock.panel)
    if dock.panel.log is not None and monkey.dice.random() < 0.5:
        dock.panel.log.close()
    if monkey.dice.random() < 0.5:
        dock.dock.hide()


@action(10)
def answer_dialog(monkey: Monkey) -> None:
    """Change something in the dialog that is open, accept it, or leave it."""
    dialog = QApplication.activeModalWidget()
    if not isinstance(dialog, QDialog):
        return
    if monkey.dice.random() < 0.4:
        touch(monkey, dialog)
    elif monkey.dice.random() < 0.5:
        dialog.reject()
    else:
        buttons = [b for b in dialog.findChildren(QPushButton) if b.isDefault() and b.isEnabled()]
        (buttons[0].click if buttons else dialog.reject)()
