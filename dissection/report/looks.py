"""In which colors figures are drawn: on paper, or for screens that are dark around them.

Free of torch and of matplotlib.
"""

from dataclasses import dataclass

from dissection.report.figures import COLORS

_BLACK = COLORS[-1]


@dataclass(frozen=True)
class Look:
    """Colors of what is not data.

    Attributes:
        ink: of titles and of lines of zero.
        quiet: of axes' numbers and names.
        edge: of axes.
        paper: what is drawn on.
    """

    ink: str
    quiet: str
    edge: str
    paper: str

    def settings(self) -> dict[str, object]:
        """As matplotlib's ``rc_context`` takes them."""
        return {
            "text.color": self.ink,
            "axes.edgecolor": self.edge,
            "axes.labelcolor": self.quiet,
            "xtick.color": self.quiet,
            "ytick.color": self.quiet,
            "axes.facecolor": self.paper,
            "figure.facecolor": self.paper,
            "font.size": 9,
        }

    def seen(self, color: str) -> str:
        """A series' color, as it can be told from the paper."""
        return self.ink if color == _BLACK and self is DARK else color


LIGHT = Look(ink="#202124", quiet="black", edge="#202124", paper="white")
#: The window's own colors in its dark theme.
DARK = Look(ink="#e8eaed", quiet="#a3abb6", edge="#393f48", paper="#1a1c20")
