"""The domain *churches*: a church, basilica or house in a landscape."""

from dataclasses import dataclass

import numpy as np

from dissection.data.storybook.buildings import Building
from dissection.data.storybook.canvas import Canvas
from dissection.data.storybook.land import Fence, Ground, Lake, Path, Ridge
from dissection.data.storybook.sky import Clouds, paint_sky
from dissection.data.storybook.style import Style
from dissection.data.storybook.trees import Tree, TreeLine

CONCEPTS = {
    "object": ("sky", "cloud", "mountain", "tree", "grass", "path", "water", "building", "fence"),
    "part": ("door", "window", "roof", "dome", "spire", "tower", "wall", "trunk", "canopy"),
    "material": (
        *("brick", "stone", "plaster", "wood", "tile"),
        *("foliage", "snow", "water", "glass", "metal", "earth"),
    ),
}
"""Names of the concepts this domain can show, by category."""


@dataclass(frozen=True)
class ChurchLayout:
    """What stands where in one scene, in coordinates that hold at every size.

    Attributes:
        horizon: its height, 0 the top and 1 the bottom of the picture.
        trees_behind: trees that the building hides.
        trees_before: trees that hide the building.
    """

    horizon: float
    clouds: Clouds | None
    ridges: tuple[Ridge, ...]
    ground: Ground
    lake: Lake | None
    tree_line: TreeLine | None
    trees_behind: tuple[Tree, ...]
    building: Building
    path: Path | None
    trees_before: tuple[Tree, ...]
    fence: Fence | None

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "ChurchLayout":
        """Draw a layout."""
        horizon = rng.uniform(0.55, 0.7)
        clouds = Clouds.draw(rng) if rng.random() < 0.7 else None
        chains = int(rng.integers(1, 3)) if rng.random() < 0.55 else 0
        ridges = tuple(Ridge.draw(rng, rank) for rank in range(chains))
        ground = Ground.draw(rng)
        lake = Lake.draw(rng) if rng.random() < 0.22 else None
        tree_line = TreeLine.draw(rng) if rng.random() < 0.6 else None
        places = [rng.uniform(0.05, 0.2), rng.uniform(0.8, 0.95), rng.uniform(0.3, 0.7)]
        behind = rng.permutation(places)[: rng.integers(0, 3)].tolist()
        trees_behind = tuple(
            Tree.draw(rng, x, horizon + rng.uniform(0.02, 0.08), rng.uniform(0.28, 0.42))
            for x in behind
        )
        building = Building.draw(rng, horizon)
        path = _draw_path(rng, building) if rng.random() < 0.75 else None
        trees_before = tuple(
            _draw_near_tree(rng, building.front.ground) for _ in range(rng.integers(0, 3))
        )
        fence = Fence(rng.uniform(0.86, 0.94)) if rng.random() < 0.25 else None
        return cls(
            horizon=horizon,
            clouds=clouds,
            ridges=ridges,
            ground=ground,
            lake=lake,
            tree_line=tree_line,
            trees_behind=trees_behind,
            building=building,
            path=path,
            trees_before=trees_before,
            fence=fence,
        )

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint the scene, back to front."""
        paint_sky(canvas, style, self.horizon)
        far = (self.clouds, *self.ridges, self.ground, self.lake, self.tree_line)
        for distant in far:
            if distant is not None:
                distant.paint(canvas, style, self.horizon)
        for tree in self.trees_behind:
            tree.paint(canvas, style)
        self.building.paint(canvas, style)
        if self.path is not None:
            self.path.paint(canvas, style, self.building.door.sill, self.ground)
        for tree in self.trees_before:
            tree.paint(canvas, style)
        if self.fence is not None:
            self.fence.paint(canvas, style)


def _draw_path(rng: np.random.Generator, building: Building) -> Path:
    door = building.door
    half, end = rng.uniform(0.06, 0.16), door.x + rng.uniform(-0.2, 0.2)
    return Path((door.x, door.half_width), (end, half))


def _draw_near_tree(rng: np.random.Generator, ground: float) -> Tree:
    x = rng.uniform(0.0, 0.2) if rng.random() < 0.5 else rng.uniform(0.8, 1.0)
    return Tree.draw(rng, x, ground + rng.uniform(0.02, 0.2), rng.uniform(0.34, 0.62))
