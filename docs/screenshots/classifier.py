"""Pictures of every page of the tab of classifiers for the guide, from the real window."""

from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

from ganpaint.__main__ import parser
from ganpaint.classifier.tab import Classifier
from ganpaint.classifier.view import ClassifierView
from ganpaint.jobs.ablation_dialog import AblationDialog
from ganpaint.toolkit.settings import Settings
from ganpaint.window.application import make_application, make_window
from ganpaint.window.main_window import MainWindow

CLASS, UNITS, SLICE = "ski slope", 20, "time"


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(there: Callable[[], bool]) -> None:
    """Let the window work until something is there, and is drawn."""
    while not there():
        wait(100)
    wait(500)


def class_and_picture(window: MainWindow, view: ClassifierView) -> None:
    """A class without its most important units, and one of its pictures."""
    view.choose_class(view.session.names.index(CLASS))
    view.removal_bar.slider.slider.setValue(UNITS)
    curve, flips = view.class_page.curve, view.class_page.flips
    until(lambda: bool(flips.changes) and not flips.wanted() and curve.complete)
    window.grab().save("classifier.png")
    flip = next(flip for change in flips.changes for flip in change.examples)
    view.class_page.picture_chosen.emit(flip.place)
    page = view.picture_page
    until(lambda: page.looked is not None)
    page.fewest.click()
    until(lambda: bool(page.few) and page.pictures.pictures.complete)
    window.grab().save("classifier_picture.png")


def main() -> None:
    """Write all of them."""
    make_application()
    window = make_window(parser().parse_args(["--theme", "light", "--seed", "4"]), Settings())
    window.resize(1280, 800)
    window.show()
    window.stack.show_tab("classifier")
    tab = window.stack.tabs["classifier"]
    assert isinstance(tab, Classifier)
    view = tab.view
    until(lambda: view.session.loaded is not None)
    class_and_picture(window, view)
    view.show_page("slices")
    page = view.slices_page
    until(lambda: SLICE in view.session.tags)
    page.divide_by(SLICE)
    wait(500)
    window.grab().save("classifier_slices.png")
    for name in ("classes", "units", "combinations"):
        view.show_page(name)
        wait(1000)
        window.grab().save(f"classifier_{name}.png")
    window.dissecting.ablate()
    dialog = window.dissecting.dialog
    assert isinstance(dialog, AblationDialog)
    until(dialog.start.isEnabled)
    dialog.foretell.click()
    until(lambda: dialog.forecast.text().startswith("About"))
    dialog.grab().save("ablate.png")
    dialog.reject()
    window.close()


if __name__ == "__main__":
    main()
