"""Buildings: a front with a side wing, under a gable and a spire, a dome, or a plain roof."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.canvas import Canvas, Mask
from dissection.data.storybook.masonry import paint_roof, paint_wall
from dissection.data.storybook.openings import Door, RoseWindow, Window
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import label

KINDS = ("church", "basilica", "house")
_KIND_SHARES = (0.5, 0.25, 0.25)
_EAVES = 0.012


@dataclass(frozen=True)
class Front:
    """The body of a building: front face, wing and roof line.

    Attributes:
        x: middle of the front.
        width: of the front.
        eaves: height of its upper edge.
        ground: height of its lower edge.
        side: 1 where the wing stands to the right, -1 to the left.
        wing: width of the wing as seen.
        rise: of the gable above the eaves.
    """

    x: float
    width: float
    eaves: float
    ground: float
    side: int
    wing: float
    rise: float

    @property
    def left(self) -> float:
        """The front's left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The front's right edge."""
        return self.x + self.width / 2

    def paint(self, canvas: Canvas, style: Style, gabled: bool) -> None:
        """Paint shadow, wing, front, and either gable and roof or a flat cornice."""
        left, right, top, bottom = self.left, self.right, self.eaves, self.ground
        canvas.shade(canvas.ellipse((self.x, bottom + 0.005), (self.width * 0.75, 0.03)), 0.3)
        # The wing recedes: its far edge is shorter at both ends.
        near, far = (right, right + self.wing) if self.side > 0 else (left, left - self.wing)
        wing = [(near, top), (far, top + 0.02), (far, bottom - 0.015), (near, bottom)]
        corner = (min(near, far), top)
        paint_wall(canvas, style, canvas.polygon(wing), corner, shade=0.68)
        front = canvas.rectangle(left, top, right, bottom)
        paint_wall(canvas, style, front, (left, top))
        if gabled:
            self._paint_gable(canvas, style)
        else:
            cornice = canvas.polygon(
                [(left - 0.01, top), (right + 0.01, top), (right, top - 0.02), (left, top - 0.02)]
            )
            paint_roof(canvas, style, cornice, top, shade=0.9)

    def _paint_gable(self, canvas: Canvas, style: Style) -> None:
        top, ridge = self.eaves, self.eaves - self.rise
        near = self.right if self.side > 0 else self.left
        far = self.side * self.wing
        slope = [
            (self.x, ridge),
            (self.x + far + self.side * self.width * 0.1, ridge + 0.01),
            (near + far + self.side * 0.01, top + 0.025),
            (near, top),
        ]
        gable = canvas.polygon([(self.left, top), (self.x, ridge), (self.right, top)])
        paint_wall(canvas, style, gable, (self.left, ridge))
        paint_roof(canvas, style, canvas.polygon(slope), top)
        for edge, out in ((self.left, -_EAVES), (self.right, _EAVES)):
            verge = [
                (edge + out, top + _EAVES),
                (self.x, ridge - _EAVES),
                (self.x, ridge + _EAVES),
                (edge, top + _EAVES),
            ]
            paint_roof(canvas, style, canvas.polygon(verge), top, shade=0.8)


@dataclass(frozen=True)
class Tower:
    """A tower with a spire and one window."""

    left: float
    width: float
    top: float
    bottom: float
    spire: float

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint tower, spire with its shaded half, and window."""
        left, right, top = self.left, self.left + self.width, self.top
        middle = left + self.width / 2
        face = canvas.rectangle(left, top, right, self.bottom)
        paint_wall(canvas, style, face, (left, top), shade=1.04, part="tower")
        outline = [(left - 0.008, top), (middle, top - self.spire), (right + 0.008, top)]
        spire = canvas.polygon(outline)
        paint_roof(canvas, style, spire, top, part="spire")
        canvas.shade(Mask(spire.box, spire.alpha * (canvas.x(spire.box) > middle)), 0.22)
        Window(middle, top + 0.07, self.width * 0.18, 0.026, True).paint(canvas, style)


@dataclass(frozen=True)
class Dome:
    """A dome on a drum, with a finial."""

    x: float
    base: float
    radius: float
    height: float

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint drum, dome and finial."""
        x, radius, rim = self.x, self.radius, self.base - 0.035
        drum = canvas.rectangle(x - radius * 0.9, rim, x + radius * 0.9, self.base)
        paint_wall(canvas, style, drum, (x - radius, self.base), shade=0.95, part="tower")
        dome = canvas.ellipse((x, rim), (radius, self.height), (180, 360))
        color = style.dome * style.tint
        across = (canvas.x(dome.box) - x) / radius + 0.3
        shine = np.clip(1.15 - across**2, 0.4, 1.3)
        canvas.put(dome, color * shine, label("building", "dome", "metal"))
        foot, tip = self.base - 0.03 - radius * 0.9, self.base - 0.12 - radius * 1.1
        finial = canvas.polygon([(x - 0.006, foot), (x, tip), (x + 0.006, foot)])
        canvas.put(finial, color * 0.8, label("building", "spire", "metal"))


@dataclass(frozen=True)
class Building:
    """A whole building of one of ``KINDS``."""

    kind: str
    front: Front
    tower: Tower | None
    dome: Dome | None
    door: Door
    windows: tuple[Window, ...]
    rose: RoseWindow | None

    @classmethod
    def draw(cls, rng: np.random.Generator, horizon: float) -> "Building":
        """Draw a building that stands a little below the horizon."""
        kind = KINDS[int(rng.choice(len(KINDS), p=_KIND_SHARES))]
        x, width = rng.uniform(0.36, 0.64), rng.uniform(0.3, 0.46)
        ground, height = horizon + rng.uniform(0.1, 0.18), rng.uniform(0.22, 0.34)
        front = Front(
            x=x,
            width=width,
            eaves=ground - height,
            ground=ground,
            side=1 if rng.random() < 0.5 else -1,
            wing=rng.uniform(0.07, 0.17),
            rise=rng.uniform(0.1, 0.17),
        )
        tower = _draw_tower(rng, front) if kind == "church" else None
        dome = _draw_dome(rng, front) if kind == "basilica" else None
        arched = kind != "house" or bool(rng.random() < 0.3)
        offset = rng.uniform(-0.3, 0.3) * width if kind == "house" else 0.0
        door = Door(x + offset, ground, rng.uniform(0.03, 0.045), rng.uniform(0.075, 0.105), arched)
        windows = _draw_windows(rng, front, door)
        rose = None
        if kind == "church" and rng.random() < 0.5:
            rose = RoseWindow(x, front.eaves - front.rise * 0.3)
        return cls(kind, front, tower, dome, door, windows, rose)

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint the building, back to front."""
        self.front.paint(canvas, style, gabled=self.dome is None)
        for piece in (self.tower, self.dome, self.door, *self.windows, self.rose):
            if piece is not None:
                piece.paint(canvas, style)


def _draw_tower(rng: np.random.Generator, front: Front) -> Tower:
    """A tower astride the gable, or at the edge of the front away from the wing."""
    width, height = rng.uniform(0.09, 0.13), rng.uniform(0.12, 0.2)
    top = front.eaves - front.rise - height * 0.6
    if rng.random() < 0.6:
        left, bottom = front.x - width / 2, front.eaves - front.rise * 0.4
    else:
        left = front.left if front.side > 0 else front.right - width
        bottom = front.ground
    return Tower(left, width, top, bottom, rng.uniform(0.1, 0.17))


def _draw_dome(rng: np.random.Generator, front: Front) -> Dome:
    radius = rng.uniform(0.32, 0.42) * front.width
    return Dome(front.x, front.eaves - 0.02, radius, radius * rng.uniform(0.9, 1.25))


def _draw_windows(rng: np.random.Generator, front: Front, door: Door) -> tuple[Window, ...]:
    """Rows of windows across the front, leaving out those that the door is in the way of."""
    count = int(rng.integers(2, 5))
    low = front.ground - front.eaves < 0.27
    half_width, half_height = rng.uniform(0.018, 0.025), rng.uniform(0.026, 0.038)
    left, right = front.left + 0.045, front.right - 0.045
    windows = []
    for y in [front.eaves + 0.075] if low else [front.eaves + 0.07, front.eaves + 0.19]:
        for x in np.linspace(left, right, count).tolist():
            beside = abs(x - door.x) >= door.half_width * 1.6 + half_width
            above = y + half_height <= door.sill - door.height * 1.25
            if beside or above:
                windows.append(Window(x, y, half_width, half_height, door.arched))
    return tuple(windows)
