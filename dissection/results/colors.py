"""The colors of charts: one table of hues, and one of what category of concepts has which.

Hues are those of Okabe and Ito, "Color universal design" (2008), which people of all kinds of color
vision tell apart. Pages, plots, experiments and the window read them here. Free of torch.
"""

BLACK, BLUE, SKY, GREEN = "#000000", "#0072b2", "#56b4e9", "#009e73"
ORANGE, VERMILION, PURPLE = "#e69f00", "#d55e00", "#cc79a7"
#: Of what is there for comparison, and of categories that have no hue.
GRAY = "#8a8f98"
#: What bars, lines and dots need to be seen on their ground, and letters to be read (WCAG 2.1).
SEEN, READ = 3.0, 4.5
_STEPS = 100

#: By category. Yellow, the set's eighth, is left out: nobody sees it on white.
CATEGORY_COLORS = {
    "object": BLUE,
    "part": GREEN,
    "material": ORANGE,
    "color": PURPLE,
    "texture": SKY,
    "scene": VERMILION,
}


def category_color(category: str) -> str:
    """The color of a category, as #rrggbb; gray for none and for those that nobody knows."""
    return CATEGORY_COLORS.get(category, GRAY)


def contrast(one: str, other: str) -> float:
    """The contrast of two colors, each as #rrggbb: 1, of the same, to 21 (WCAG 2.1)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def against(color: str, ground: str, least: float = SEEN) -> str:
    """A color, as little darker or lighter as it must be to stand out from a ground.

    Args:
        color: as #rrggbb.
        ground: the same.
        least: the contrast to reach; black and white reach 4.5 on every ground.

    Returns:
        The color itself where its contrast is enough; else one of its hue, as #rrggbb.

    Example:
        >>> against("#e69f00", "#212429"), against("#e69f00", "#ffffff")
        ('#e69f00', '#c68900')
    """
    end = BLACK if contrast(BLACK, ground) > contrast("#ffffff", ground) else "#ffffff"
    for step in range(_STEPS + 1):
        found = _mixed(color, end, step / _STEPS)
        if contrast(found, ground) >= least:
            return found
    return end


def _channels(color: str) -> tuple[int, int, int]:
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def _luminance(color: str) -> float:
    shares = (channel / 255 for channel in _channels(color))
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
