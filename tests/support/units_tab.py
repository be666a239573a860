"""Opens the tab of units as a person does."""

from ganpaint.units.tab import Units
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow


def close_opened(view: UnitsView) -> None:
    """Let go of the dissection that was opened last, as its second coming does."""
    window = view.window()
    assert isinstance(window, MainWindow)
    window.context.remove_dissection(window.context.dissections[-1])


def show_units(window: MainWindow) -> UnitsView:
    """The view of the tab, which shows now."""
    window.stack.show_tab("units")
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    return tab.view
