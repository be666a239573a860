import numpy as np
import pytest
from matplotlib.colors import to_hex

from dissection.report.drawing import draw, encode
from dissection.report.figures import (
    COLORS,
    GRAY,
    Bars,
    Curves,
    Figure,
    Heat,
    Points,
    Rule,
    Series,
    Sheet,
    color_of,
)
from dissection.report.looks import DARK

HEAT = np.array([[-1.0, 0.0], [0.5, 1.0]])
TREES = Series("tree", [0, 1, 2], [0.0, 0.5, np.nan], [0.0, 0.1, 0.1])
CONTROL = Series("random", [0, 1, 2], [0.0, 0.1, 0.1], control=True)


def test_curves_have_their_errors_and_controls_their_color() -> None:
    axes = draw(Curves("trees", "units", "share", (TREES, CONTROL), (Rule(0.5, "half"),))).axes[0]
    first, second, rule = axes.lines
    assert (first.get_color(), second.get_color(), rule.get_color()) == (COLORS[0], GRAY, GRAY)
    assert first.get_linestyle() != second.get_linestyle()
    band = axes.collections[0].get_datalim(axes.transData)
    assert (band.y0, band.y1) == (0.0, 0.6)
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_title()) == ("units", "share", "trees")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["tree", "random"]
    assert all(tick == int(tick) for tick in axes.get_xticks())


def test_all_that_is_drawn_can_be_told_from_dark_paper() -> None:
    many = [Series(f"s{k}", [0, 1], [0.1 * k, 0.2 * k]) for k in range(7)]
    figures: list[Figure] = [
        Curves("a", "x", "y", many),
        Points("a", "x", "y", many),
        Bars("a", "y", ["p", "q"], many),
        Heat("a", HEAT, "pixels", rows=["r", "s"], columns=["t", "u"], signed=True),
        Sheet("a", np.zeros((1, 2, 8, 8, 3), np.uint8), ["one"], ["b", "c"]),
    ]
    for figure in figures:
        canvas = draw(figure, DARK)
        assert to_hex(canvas.get_facecolor()) == DARK.paper
        axes = canvas.axes[0]
        shown = [axes.title, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
        legend = axes.get_legend()
        shown += legend.get_texts() if legend else []
        for text in shown:
            assert to_hex(text.get_color()) in (DARK.ink, DARK.quiet), text
        for line in axes.lines:
            assert to_hex(line.get_color()) not in ("#000000", DARK.paper)
    assert draw(figures[0]).get_facecolor() == (1.0, 1.0, 1.0, 1.0), "paper stays white elsewhere"


def test_bars_stand_beside_or_upon_one_another() -> None:
    series = (Series("object", (), [3, 1]), Series("part", [1], [2]))
    beside = draw(Bars("", "units", ["a", "b"], series)).axes[0].patches
    assert [bar.get_height() for bar in beside][:2] == [3, 1]
    assert beside[3].get_x() > beside[1].get_x()
    upon = draw(Bars("", "units", ["a", "b"], series, stacked=True)).axes[0].patches
    assert (upon[3].get_y(), upon[3].get_height()) == (1, 2)
    across = draw(Bars("", "units", ["a", "b"], series, across=True)).axes[0]
    assert across.patches[0].get_width() == 3
    assert across.yaxis_inverted()


def test_a_sheet_shows_each_picture_where_it_belongs() -> None:
    pictures = np.zeros((2, 3, 8, 8, 3), np.uint8)
    pictures[1, 2] = (255, 0, 0)
    axes = draw(Sheet("", pictures, ["one", "two"], ["a", "b", "c"])).axes[0]
    shown = np.asarray(axes.images[0].get_array())
    assert shown.shape == (17, 26, 3)
    assert (shown[9:, 18:] == (255, 0, 0)).all()
    assert (shown[8] == 255).all()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two"]


@pytest.mark.parametrize(
    "figure",
    [
        Curves("", "", "", ()),
        Points("", "x", "y", (TREES,), (Rule(1, upright=True),)),
        Bars("", "", [], ()),
        Heat("", np.array([[np.nan, -1.0], [0.5, 2.0]]), "pixels", signed=True),
        Heat("", np.zeros((2, 2)), "", np.zeros((4, 4, 3), np.uint8), rows=["a", "b"]),
        Heat("", np.zeros((0, 3)), "", rows=[], columns=["a", "b", "c"]),
        Heat("", np.zeros((3, 0)), ""),
        Sheet("none", np.zeros((0, 0, 8, 8, 3), np.uint8)),
    ],
)
def test_a_figure_is_the_same_file_each_time(figure: Figure) -> None:
    for form, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
        data = encode(draw(figure), form)
        assert data.startswith(start)
        assert encode(draw(figure), form) == data


@pytest.mark.parametrize("name", [r"$\foo$", "$a$ and $", "a\0b\nc", r"5 \$"])
def test_names_are_no_formulas(name: str) -> None:
    series = Series(name, [0, 1], [0.0, 1.0])
    pictures = np.zeros((1, 1, 8, 8, 3), np.uint8)
    for figure in (
        Curves(name, name, name, (series,), (Rule(0.5, name),)),
        Bars(name, name, [name, "b"], (series,)),
        Heat(name, np.eye(2), name, rows=[name, "b"], columns=[name, "b"]),
        Sheet(name, pictures, [name], [name]),
    ):
        drawn = encode(draw(figure), "svg").decode()
        assert "$" not in name or "$" in drawn
    if "\0" in name:
        assert draw(Curves(name, "", "", ())).axes[0].get_title() == r"a\x00b\nc"


def test_long_names_leave_room_for_what_is_shown() -> None:
    name = "W" * 300
    for figure in (
        Curves(name, "x", "y", (Series(name, [0, 1], [0.0, 1.0]),)),
        Bars(name, "y", [name, "b"], (Series("", (), [0.0, 1.0]),)),
        Heat(name, np.eye(2), "", rows=["a", "b"]),
    ):
        canvas = draw(figure)
        encode(canvas, "png")
        shown = canvas.axes[0].get_position()
        assert min(shown.width, shown.height) > 0.25


def test_a_row_of_a_sheet_may_have_two_lines() -> None:
    canvas = draw(Sheet("", np.zeros((1, 1, 8, 8, 3), np.uint8), ["87 building\ncoast"], ["\0"]))
    (row,), (column,) = canvas.axes[0].get_yticklabels(), canvas.axes[0].get_xticklabels()
    assert (row.get_text(), column.get_text()) == ("87 building\ncoast", r"\x00")


def test_letters_that_the_font_lacks_are_no_warning() -> None:
    assert encode(draw(Curves("\N{CASTLE} 界", "", "", (TREES,))), "png")


def test_colors_are_given_or_come_in_turn() -> None:
    assert color_of(Series("", [], []), 8) == COLORS[1]
    assert color_of(Series("", [], [], color=3), 0) == COLORS[3]
    assert color_of(Series("", [], [], color="#123456"), 0) == "#123456"


def test_pictures_stand_in_drawings_as_large_as_they_are() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 4, 32, 32, 3), np.uint8)
    canvas = draw(Sheet("noise", noise))
    plain = noise.nbytes * 4 / 3  # as text
    assert plain < len(encode(canvas, "svg")) < 1.5 * plain
    image = canvas.axes[0].images[0]
    assert image.get_interpolation() == "antialiased"  # in files of dots they are enlarged
