"""What the Classifier tab calls its accuracies, and from where its bars begin."""

from pathlib import Path

from PySide6.QtGui import QPainter, QPicture
from pytestqt.qtbot import QtBot

from ganpaint.classifier.charts.chart import Chart
from ganpaint.classifier.view import ClassifierView


def _axis(chart: Chart) -> str:
    return str(chart.plot.getAxis("left").labelText)


def _ticks(chart: Chart) -> list[str]:
    """What stands beside the axis."""
    painter = QPainter(QPicture())
    *_, texts = chart.plot.getAxis("left").generateDrawSpecs(painter)
    painter.end()
    return [text for _, _, text in texts]


def test_bars_begin_at_zero_and_chance_is_named(
    loaded: ClassifierView, ablation: Path, qtbot: QtBot
) -> None:
    page = loaded.class_page
    loaded.classes.choose(1)
    page.refill()
    loaded.slices_page.fill()
    for chart in (page.bars, page.curve, loaded.slices_page.chart):
        low, high = chart.plot.getPlotItem().getViewBox().viewRange()[1]
        assert low <= 0 < 100 < high
        assert _axis(chart) == "balanced accuracy, %"
        assert {"0", "chance", "100"} <= set(_ticks(chart))
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
    from PySide6.QtCore import Qt

    tip = classes.model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Balanced accuracy" in tip


def test_names_of_classes_keep_room(loaded: ClassifierView, qtbot: QtBot) -> None:
    """Of a narrow list the columns go that tell what the others do."""
    table = loaded.classes.table
    for width, hidden in ((360, []), (270, [3]), (200, [2, 3])):
        loaded.classes.resize(width, 400)
        table.resize(width, 380)
        assert [n for n in range(4) if table.isColumnHidden(n)] == hidden, width
    with qtbot.waitSignal(loaded.session.without_changed, timeout=10_000):
        loaded.removal_bar.slider.slider.setValue(4)
    assert [n for n in range(4) if table.isColumnHidden(n)] == [1, 3]  # what is now counts
