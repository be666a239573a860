"""Opens the tab of units as a person does."""

from ganpaint.units.tab import Units
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow


def show_units(window: MainWindow) -> UnitsView:
    """The view of the tab, which shows now."""
    window.stack.show_tab("units")
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    return tab.view
