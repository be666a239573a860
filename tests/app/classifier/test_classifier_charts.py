"""What the Classifier tab calls its accuracies, and from where its bars begin."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganpaint.classifier.charts.chart import Chart
from ganpaint.classifier.charts.slice_chart import SliceBar, SliceChart
from ganpaint.classifier.view import ClassifierView


def _axis(chart: Chart) -> str:
    return str(chart.plot.getAxis("left").labelText)


def test_bars_begin_at_zero_and_chance_is_named(
    loaded: ClassifierView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyqtgraph

    told: dict[Any, Any] = {}
    monkeypatch.setattr(
        pyqtgraph.AxisItem, "setTicks", lambda axis, ticks: told.update({axis: ticks})
    )
    page = loaded.class_page
    loaded.classes.choose(1)
    page.refill()
    slices = SliceChart(loaded.session.theme, loaded)
    study = loaded.session.study
    assert study is not None
    slices.show_bars(study, 1, [SliceBar("by night", 9, 0.9, 0.6)], (0,), "without 1")
    qtbot.waitUntil(lambda: page.curve.complete and page.curve.values.size > 0, timeout=20_000)
    for chart in (page.bars, page.curve, slices):
        low, high = chart.plot.getPlotItem().getViewBox().viewRange()[1]
        assert low <= 0 < 100 < high
        assert _axis(chart) == "balanced accuracy, %"
        ticks = dict(told[chart.plot.getAxis("left")][0])
        assert (ticks[0], ticks[50], ticks[100]) == ("0", "chance", "100")
        lines = [
            item for item in chart.plot.getPlotItem().items if hasattr(item, "sigPositionChanged")
        ]
        assert any(line.value() == 50 and line.angle == 0 for line in lines)


def test_plain_and_balanced_accuracy_are_told_apart(loaded: ClassifierView, qtbot: QtBot) -> None:
    bar, classes = loaded.removal_bar, loaded.classes
    assert "told rightly (plain accuracy)" in bar.about.text()
    for word in ("Plain accuracy", "Balanced accuracy", "50 % is chance"):
        assert word in bar.about.toolTip()
    with qtbot.waitSignal(loaded.session.without_changed, timeout=10_000):
        bar.slider.slider.setValue(4)
    assert "(plain accuracy); without 4 units" in bar.about.text()
    frame = loaded.classes_page.frames[0]
    loaded.classes_page.refill()
    loaded.classes_page.fill()
    assert frame.about.text().startswith("Mean of balanced accuracies")
    assert "Balanced accuracy" in frame.about.toolTip()
    tip = classes.model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Balanced accuracy" in tip


def test_names_of_classes_keep_room(loaded: ClassifierView) -> None:
    """Of a narrow list the columns go that tell what the others do."""
    table = loaded.classes.table
    for width, hidden in ((360, []), (270, [3]), (200, [1, 3])):
        loaded.classes.resize(width, 400)
        table.resize(width, 380)
        QApplication.sendPostedEvents()
        assert [n for n in range(4) if table.isColumnHidden(n)] == hidden, width
    loaded.classes.model.follow(None)  # nothing is known of now: what there is is shown
    assert [n for n in range(4) if table.isColumnHidden(n)] == [2, 3]
