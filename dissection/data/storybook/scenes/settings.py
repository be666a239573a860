"""Settings: what the ground of a scene is, and where in it things can stand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas
from dissection.data.storybook.land import Ground, Lake
from dissection.data.storybook.noise import Noise, Profile
from dissection.data.storybook.scenes import surfaces
from dissection.data.storybook.style import Style

Paint = Callable[[Canvas, Style, np.random.Generator, float], None]


@dataclass(frozen=True)
class Setting:
    """A kind of ground.

    Attributes:
        paint: paints it from the horizon down.
        horizon: the range of its height.
        land: depths, 0 the horizon and 1 the lower edge, where things stand.
        water: depths of the water, or None.
        gap: half the width of what is kept free in the middle (a road, a river), at the horizon
            and at the lower edge.
        snow: "may" lie, "never" or "always".
    """

    paint: Paint
    horizon: tuple[float, float] = (0.45, 0.62)
    land: tuple[float, float] = (0.08, 0.95)
    water: tuple[float, float] | None = None
    gap: tuple[float, float] = (0.0, 0.0)
    snow: str = "may"


def _grass(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    Ground(Noise.draw(rng, 6, 6, stretch=3)).paint(canvas, style, top)


def _plain(kind: str) -> Paint:
    def paint(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
        surfaces.paint_plain(canvas, style, rng, top, kind)

    return paint


def _furrows(kind: str) -> Paint:
    def paint(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
        surfaces.paint_furrows(canvas, style, rng, top, kind)

    return paint


def _lake(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    _grass(canvas, style, rng, top)
    Lake(0.4 * (1 - top), Profile.draw(rng, 3, 3)).paint(canvas, style, top)


def _sea(shore: float, land: str) -> Paint:
    def paint(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
        bottom = top + shore * (1 - top)
        if land == "quay":
            surfaces.paint_paving(canvas, style, rng, bottom - 0.06)
        elif land:
            surfaces.paint_plain(canvas, style, rng, bottom - 0.06, land)
        surfaces.paint_sea(canvas, style, rng, top, bottom if land else 1.0)

    return paint


def _river(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    _grass(canvas, style, rng, top)
    surfaces.paint_river(canvas, style, rng, top)


def _pond(land: str) -> Paint:
    def paint(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
        if land == "grass":
            _grass(canvas, style, rng, top)
        else:
            surfaces.paint_plain(canvas, style, rng, top, land)
        center = (0.5 + rng.uniform(-0.12, 0.12), top + 0.5 * (1 - top))
        surfaces.paint_pond(canvas, style, rng, center, rng.uniform(0.3, 0.42))

    return paint


def _marsh(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    _grass(canvas, style, rng, top)
    for depth in (0.22, 0.5, 0.85):
        center = (rng.uniform(0.15, 0.85), top + depth * (1 - top))
        surfaces.paint_pond(canvas, style, rng, center, rng.uniform(0.2, 0.34) * (0.6 + depth))


def _road(half: float, beside: str, lanes: bool = True) -> Paint:
    def paint(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
        if beside == "paving":
            surfaces.paint_paving(canvas, style, rng, top)
        elif beside == "sand":
            surfaces.paint_plain(canvas, style, rng, top, "sand")
        else:
            _grass(canvas, style, rng, top)
        surfaces.paint_road(canvas, style, rng, top, half, lanes)

    return paint


def _track(canvas: Canvas, style: Style, rng: np.random.Generator, top: float) -> None:
    _grass(canvas, style, rng, top)
    surfaces.paint_track(canvas, style, rng, top)


SETTINGS: dict[str, Setting] = {
    "meadow": Setting(_grass),
    "slope": Setting(_grass, horizon=(0.3, 0.45)),
    "lawn": Setting(_track, gap=(0.03, 0.16)),
    "snowy slope": Setting(_grass, horizon=(0.32, 0.48), snow="always"),
    "snow": Setting(_grass, snow="always"),
    "field": Setting(_furrows("crop")),
    "vine rows": Setting(_furrows("earth"), horizon=(0.36, 0.5)),
    "rocky ground": Setting(_plain("rock"), horizon=(0.5, 0.68)),
    "dunes": Setting(_plain("sand"), snow="never"),
    "square": Setting(surfaces.paint_paving, horizon=(0.48, 0.6)),
    "street": Setting(_road(0.42, "paving"), horizon=(0.48, 0.6), gap=(0.04, 0.4)),
    "road": Setting(_road(0.3, "grass"), gap=(0.03, 0.3)),
    "desert road": Setting(_road(0.3, "sand"), gap=(0.03, 0.3), snow="never"),
    "highway": Setting(_road(0.62, "grass"), horizon=(0.42, 0.55), gap=(0.06, 0.55)),
    "lake": Setting(_lake, land=(0.5, 0.95), water=(0.06, 0.34)),
    "beach": Setting(_sea(0.42, "sand"), land=(0.55, 0.95), water=(0.04, 0.3), snow="never"),
    "rocky shore": Setting(_sea(0.5, "rock"), land=(0.6, 0.98), water=(0.04, 0.36)),
    "quay": Setting(_sea(0.58, "quay"), land=(0.7, 0.98), water=(0.06, 0.5)),
    "sea": Setting(_sea(1.0, ""), land=(0.3, 0.6), water=(0.04, 0.95), snow="never"),
    "river": Setting(_river, water=(0.35, 0.9), gap=(0.08, 0.34)),
    "pond": Setting(_pond("grass"), land=(0.06, 0.3), water=(0.36, 0.6)),
    "oasis": Setting(_pond("sand"), land=(0.06, 0.32), water=(0.36, 0.6), snow="never"),
    "marsh": Setting(_marsh, water=(0.2, 0.85)),
    "forest floor": Setting(_grass, horizon=(0.42, 0.58)),
    "forest path": Setting(_track, horizon=(0.42, 0.58), gap=(0.03, 0.18)),
}
