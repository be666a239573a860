"""Pictures of the tab of units for the guide: grid, a unit, a classifier's unit, charts."""

from PySide6.QtWidgets import QScrollArea
from windows import keep, open_window, wait

from dissection.results.store import load_dissection
from dissection.runtime.resources import resources_folder
from ganpaint.units.tab import Units


def main() -> None:
    """Write all four."""
    window = open_window("--theme", "light", "--seed", "4")
    window.stack.show_tab("units")
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    view, detail = tab.view, tab.view.detail
    view.browsed.choose_layer("layer4")
    view.wait_for_pictures()
    keep(window, "units_grid.webp")
    view.browsed.choose_unit(view.model.units[0])
    wait(lambda: len(detail.exemplars.views) >= 9)
    view.wait_for_pictures()
    wait(lambda: detail.intervention.after.image is not None, 500)
    keep(window, "units_detail.webp")
    view.browsed.choose_unit(None)
    view.bar.charts.setChecked(True)
    wait(lambda: True, 500)
    keep(window, "units_charts.webp")
    view.bar.charts.setChecked(False)
    folder = resources_folder() / "dissections" / "storybook-scenes"
    view.browsed.open(load_dissection(folder), folder)
    view.browsed.choose_unit(view.model.units[1])
    wait(lambda: len(detail.exemplars.views) >= 5)
    detail.exemplars.choose_mode("seen")
    view.wait_for_pictures()
    area = detail.findChild(QScrollArea)
    assert area is not None
    wait(lambda: True, 1000)
    keep(window, "units_classifier.webp")
    window.close()


if __name__ == "__main__":
    main()
