"""On the smallest screens every page of the Classifier tab is as wide as the window."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea
from pytestqt.qtbot import QtBot

from ganpaint.classifier.pages.combination_chart import CombinationChart
from ganpaint.classifier.pages.flips_panel import FlipsPanel
from ganpaint.classifier.view import PAGES, ClassifierView
from ganpaint.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none

Shown = tuple[MainWindow, ClassifierView]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_wider_than_the_window(dissected: Shown, page: str, qtbot: QtBot) -> None:
    window, view = dissected
    window.resize(1024, 600)
    view.show_page(page)
    qtbot.wait(100)
    wider = [
        (type(area).__name__, area.horizontalScrollBar().maximum())
        for area in window.findChildren(QAbstractScrollArea)
        if area.isVisible() and area.horizontalScrollBar().maximum() > 0
    ]
    assert wider == []


@pytest.mark.parametrize("width", [1024, 1366, 1920])
def test_all_columns_of_combinations_are_seen(dissected: Shown, width: int, qtbot: QtBot) -> None:
    window, view = dissected
    window.resize(width, 600)
    view.show_page("combinations")
    chart = view.combinations_page.chart
    view.combinations_page.choose((0, 1, 2))
    qtbot.waitUntil(lambda: chart.width() <= view.combinations_page.around.viewport().width())
    places = [chart.column(place) for place in range(3)]
    assert all(chart.rect().contains(place) for place in places)
    assert all(one.right() < other.left() for one, other in pairwise(places))
    head = QPoint(places[2].center().x(), 10)
    with qtbot.waitSignal(chart.picked) as picked:
        QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=head)
    assert picked.args == [(), 2]


def test_pictures_give_way_before_columns(dissected: Shown, qtbot: QtBot) -> None:
    view = dissected[1]
    chart = CombinationChart(view.session.theme, view)
    study = view.session.study
    assert study is not None
    chart.show_units(study, (0, 1, 2), ())
    chart.resize(chart.sizeHint())
    liked = chart.column(0)
    chart.resize(chart.width() - 50, chart.height())
    assert chart.column(0).width() == liked.width()
    assert chart.column(0).left() <= liked.left() - 50
    chart.resize(chart.minimumWidth(), chart.height())
    assert chart.column(0).width() < liked.width()
    assert chart.column(2).right() < chart.width()


def test_names_have_room_before_changes(dissected: Shown) -> None:
    table = dissected[1].classes
    table.resize(260, 400)
    assert table.table.isColumnHidden(3)
    table.resize(420, 400)
    assert not table.table.isColumnHidden(3)


def test_slices_leave_out_what_others_tell(dissected: Shown) -> None:
    view = dissected[1]
    view.show_page("slices")
    table = view.pages["slices"].table  # type: ignore[attr-defined]
    table.resize(1200, 300)
    assert not table.isColumnHidden(4)
    wide = sum(map(table.horizontalHeader().sectionSize, range(1, 9))) + 120
    table.resize(wide - 20, 300)
    assert table.isColumnHidden(4)
    assert table.isColumnHidden(7)
    assert not table.isColumnHidden(8)
    assert table.columnWidth(0) >= 120


def test_pictures_that_flip_are_smaller_where_there_is_little_room(dissected: Shown) -> None:
    view = dissected[1]
    flips = FlipsPanel(view.session.theme, view)
    flips.show_changes((), [])
    flips.resize(400, 300)
    liked = flips.area(0, 3)
    flips.resize(flips.minimumWidth(), 300)
    assert flips.area(0, 3).right() < flips.width()
    assert flips.area(0, 3).width() < liked.width()
