"""What the random test does to files, to models and to the window itself."""

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMenu

from dissection.painting.movie import MovieSettings
from support.monkey import NONE, Monkey, action

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
