"""People and animals."""

from dissection.data.storybook.palette import Array, rgb
from dissection.data.storybook.scenes.figure import Figure

_CLOTHES = (
    *(rgb(0.8, 0.2, 0.2), rgb(0.2, 0.35, 0.7), rgb(0.95, 0.8, 0.3), rgb(0.25, 0.5, 0.3)),
    *(rgb(0.9, 0.9, 0.9), rgb(0.2, 0.2, 0.25), rgb(0.85, 0.45, 0.2), rgb(0.55, 0.3, 0.6)),
)
_SKIN = (rgb(0.93, 0.75, 0.62), rgb(0.72, 0.5, 0.36), rgb(0.45, 0.3, 0.2))
_HAIR = (rgb(0.15, 0.1, 0.08), rgb(0.45, 0.28, 0.12), rgb(0.8, 0.65, 0.35), rgb(0.6, 0.6, 0.6))
_WOOL, _HIDE, _PATCH = rgb(0.93, 0.9, 0.83), rgb(0.93, 0.9, 0.86), rgb(0.2, 0.16, 0.14)
_BROWN = rgb(0.5, 0.3, 0.18)


def person(f: Figure) -> None:
    """A person standing or walking."""
    pick = f.style.textures
    shirt, legs = (_CLOTHES[k] for k in pick.permutation(len(_CLOTHES))[:2])
    skin, hair = _SKIN[int(pick.integers(len(_SKIN)))], _HAIR[int(pick.integers(len(_HAIR)))]
    stride = float(f.rng.uniform(0.02, 0.1))
    f.shadow(0.2)
    f.bar((-stride, 0), (-0.04, 0.48), 0.11, legs, "leg", "fabric")
    f.bar((stride, 0), (0.04, 0.48), 0.11, legs * 0.85, "leg", "fabric")
    f.polygon([(-0.1, 0.44), (0.1, 0.44), (0.13, 0.82), (-0.13, 0.82)], shirt, "body", "fabric")
    for side in (-1, 1):
        f.bar(
            (side * 0.12, 0.8), (side * (0.15 + stride), 0.47), 0.06, shirt * 0.9, "body", "fabric"
        )
    f.oval(0, 0.91, 0.075, 0.09, skin, "head", "skin")
    f.polygon(
        [(-0.08, 0.91), (-0.06, 1.0), (0.06, 1.0), (0.08, 0.91), (0, 0.96)], hair, "head", "skin"
    )


def cow(f: Figure) -> None:
    """A cow, side view, patched or brown."""
    patched = f.rng.random() < 0.6
    hide = _HIDE if patched else _BROWN
    _animal(f, hide, hide * 0.75)
    if patched:
        for _ in range(3):
            x, y = float(f.rng.uniform(-0.45, 0.4)), float(f.rng.uniform(0.55, 0.8))
            f.oval(x, y, 0.14, 0.11, _PATCH, "body", "fur")


def sheep(f: Figure) -> None:
    """A sheep, side view."""
    _animal(f, _WOOL, _PATCH * 1.3)
    for x, y in ((-0.4, 0.8), (-0.15, 0.88), (0.12, 0.88), (0.36, 0.8), (-0.5, 0.6), (0.45, 0.6)):
        f.oval(x, y, 0.2, 0.16, _WOOL, "body", "fur", relief=0.2)


def _animal(f: Figure, hide: Array, head: Array) -> None:
    """Four legs, a body and a head that grazes or looks up."""
    f.shadow(0.75)
    for x in (-0.45, -0.3, 0.3, 0.45):
        f.box(x - 0.05, 0, x + 0.05, 0.45, head, "leg", "fur")
    f.oval(0, 0.65, 0.6, 0.27, hide, "body", "fur")
    y = 0.3 if f.rng.random() < 0.5 else 0.9
    f.bar((0.45, 0.7), (0.72, y), 0.17, hide, "head", "fur")
    f.oval(0.76, y, 0.17, 0.12, head, "head", "fur")
