"""Pictures of the tab of experiments for the guide: the cards, and two results side by side."""

from windows import keep, open_window, wait

from dissection.runtime.resources import resources_folder
from ganpaint.experiments.tab import Experiments


def main() -> None:
    """Write both."""
    window = open_window("--theme", "light", "--seed", "4")
    window.stack.show_tab("experiments")
    tab = window.stack.tabs["experiments"]
    assert isinstance(tab, Experiments)
    view = tab.view
    wait(lambda: True, 500)
    keep(window, "experiments.webp")
    folder = resources_folder() / "experiments"
    for name, beside in (("erase", False), ("insert", True)):
        view.open(folder / name, beside)
        wait(lambda: not view.background.busy)
    wait(lambda: True, 500)
    keep(window, "experiments_result.webp")
    window.close()


if __name__ == "__main__":
    main()
