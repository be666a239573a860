"""Pictures of the tab of units for the guide: grid, a unit, charts; from the real window."""

from PySide6.QtCore import QEventLoop, QTimer

from ganpaint.__main__ import parser
from ganpaint.toolkit.settings import Settings
from ganpaint.units.tab import Units
from ganpaint.window.application import make_application, make_window


def wait(milliseconds: int) -> None:
    """Let the window work."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    """Write all three."""
    make_application()
    window = make_window(parser().parse_args(["--theme", "light", "--seed", "4"]), Settings())
    window.resize(1280, 800)
    window.show()
    while window.context.dissection is None:
        wait(100)
    window.stack.show_tab("units")
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    view = tab.view
    view.browsed.choose_layer("layer4")
    view.wait_for_pictures()
    wait(500)
    window.grab().save("units_grid.png")
    view.browsed.choose_unit(view.model.units[0])
    while len(view.detail.exemplars.views) < 9:
        wait(200)
    view.wait_for_pictures()
    wait(500)
    window.grab().save("units_detail.png")
    view.browsed.choose_unit(None)
    view.bar.charts.setChecked(True)
    wait(500)
    window.grab().save("units_charts.png")
    window.close()


if __name__ == "__main__":
    main()
