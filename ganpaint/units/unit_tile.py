"""How a unit appears in the grid: its exemplars, number, label, category and IoU."""

from collections import OrderedDict

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from dissection.results.colors import category_color
from dissection.results.rows import UnitRow
from dissection.vocabulary import NOTHING
from ganpaint.toolkit.theme import CORNER, FIGURES_PX, Theme
from ganpaint.units.grid_model import AnyIndex, TileContent, UnitModel
from ganpaint.units.unit_pictures import IMAGES, PICTURE_PX

_PAD, _TEXT = 8, 20
_BAR = 3
#: The least width of a picture on the screen.
_LEAST_PX = 60


def tile_size(room: int) -> QSize:
    """How large tiles are so that as many as fit fill a width, in whole pixels of a picture."""
    wide = room // max(1, room // TILE.width())
    side = min(max((wide - 2 * _PAD - 2) // IMAGES, _LEAST_PX), PICTURE_PX)
    return QSize(max(wide, TILE.width()), side + _TEXT + _BAR + 3 * _PAD)


TILE = QSize(IMAGES * _LEAST_PX + 2 * _PAD + 2, _LEAST_PX + _TEXT + _BAR + 3 * _PAD)
_DIMMED = 0.4
#: Tiles that were drawn and are kept: two large screens of them, 15 MB.
_KEPT = 96
#: What speaks against a label: the halves of the sample choose others; a much lower held-out IoU.
_TORN, _BELOW = "\N{NOT EQUAL TO}", "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"
#: An IoU at which the bar is full.
_FULL_IOU = 0.4


class UnitTile(QStyledItemDelegate):
    """Paints units; those below the bar are dimmed, the one looked at has a ring."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._drawn: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Qt calls this."""
        view = self.parent()
        size = view.gridSize() if isinstance(view, QListView) else TILE
        return size if size.isValid() else TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Qt calls this; tiles that were drawn before are shown again, which costs next to nothing.

        They are opaque, so that they are copied and not blended.
        """
        content = self._content(index)
        if content is None:
            return
        ratio = painter.device().devicePixelRatioF()
        area: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        look = (self._theme.name, ratio, area.width(), area.height(), chosen, hovered)
        key = (*content.key, *look)
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = QPixmap(area.size() * ratio)
            drawn.setDevicePixelRatio(ratio)
            drawn.fill(option.palette.base().color())
            on_tile = QPainter(drawn)
            on_tile.setFont(painter.font())
            whole = QRect(0, 0, area.width(), area.height())
            self._draw(on_tile, whole, content, chosen, hovered)
            on_tile.end()
            self._drawn[key] = drawn
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        else:
            self._drawn.move_to_end(key)
        painter.drawPixmap(area.topLeft(), drawn)

    def draw(self, painter: QPainter, area: QRect, index: AnyIndex) -> None:
        """Draw a tile as it is when nobody points at it, in lines and letters where these are kept.

        Args:
            painter: of a drawing.
            area: where on it.
            index: which unit.
        """
        content = self._content(index)
        if content is not None:
            self._draw(painter, area, content, False, False)

    @staticmethod
    def _content(index: AnyIndex) -> TileContent | None:
        model = index.model()
        assert isinstance(model, UnitModel), "tiles are those of units"
        return model.tile(index.row())

    def _draw(
        self, painter: QPainter, area: QRect, content: TileContent, chosen: bool, hovered: bool
    ) -> None:
        row = content.row
        colors = self._theme.colors
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if chosen or hovered:
            painter.setPen(QPen(QColor(colors.draw), 2) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(QRectF(area).adjusted(3, 3, -3, -3), CORNER, CORNER)
        side = area.height() - _TEXT - _BAR - 3 * _PAD
        strip = QRect(area.left() + _PAD + 1, area.top() + _PAD, IMAGES * side, side)
        painter.setOpacity(1.0 if row.matches else _DIMMED)
        _draw_strip(painter, content.strip, strip, QColor(colors.border))
        painter.setOpacity(1.0)
        line = QRect(strip.left(), strip.bottom() + 4, strip.width(), _TEXT)
        self._draw_text(painter, line, content)
        bar = QRectF(strip.left(), line.bottom() + 3, strip.width(), _BAR)
        painter.setOpacity(1.0 if row.matches else _DIMMED)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.border))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        bar.setWidth(bar.width() * min(row.iou / _FULL_IOU, 1.0))
        painter.setBrush(self._theme.hue(category_color(row.label.category), ground=colors.border))
        painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()

    def _draw_text(self, painter: QPainter, line: QRect, content: TileContent) -> None:
        """Number, label and category at the left, IoU at the right, and what speaks against it."""
        row, colors = content.row, self._theme.colors
        text, muted = QColor(colors.text), QColor(colors.muted)
        body = painter.font()
        small = painter.font()
        small.setPixelSize(FIGURES_PX)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        iou = f"{row.iou:.3f}" if row.label != NOTHING else ""
        marks = doubt_marks(row)
        other = f"  {marks}" if marks else ""
        if content.other is not None:
            iou, other = f"{content.other[0]} {content.other[1]:.3f}", ""
        if content.rarity is not None:  # on one picture that is what counts
            iou, other = f"top {content.rarity:.2%}", ""
        painter.setFont(small)
        metrics = painter.fontMetrics()
        widths = [metrics.horizontalAdvance(part) for part in (iou, other)]
        at = QRect(line)
        painter.setPen(muted)
        painter.drawText(at, right | middle, other)
        at.setRight(at.right() - widths[1])
        painter.setPen(text if row.matches else muted)
        painter.drawText(at, right | middle, iou)
        at = QRect(line)
        at.setRight(line.right() - sum(widths) - 6)
        painter.setPen(muted)
        number = str(row.unit)
        painter.drawText(at, left | middle, number)
        at.setLeft(at.left() + metrics.horizontalAdvance(number) + 8)
        label = "no label" if row.label == NOTHING else row.label.name
        painter.setFont(body)
        painter.setPen(text if row.matches else muted)
        shown = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, at.width())
        painter.drawText(at, left | middle, shown)
        at.setLeft(at.left() + painter.fontMetrics().horizontalAdvance(shown) + 6)
        painter.setFont(small)
        painter.setPen(muted)
        category = "" if row.label == NOTHING else row.label.category
        own = f"\N{LEFT DOUBLE QUOTATION MARK}{content.title}\N{RIGHT DOUBLE QUOTATION MARK}"
        mark = " \N{PENCIL}" if content.noted else ""
        said = f"{own if content.title else category}{mark}"
        said = metrics.elidedText(said, Qt.TextElideMode.ElideRight, max(at.width(), 0))
        painter.drawText(at, left | middle, said)


def doubt_marks(row: UnitRow) -> str:
    """Marks of what speaks against the label of a unit that matches it; empty if nothing does."""
    if not row.matches:
        return ""
    marks = [_TORN] if row.torn else []
    marks += [f"{_BELOW}{row.held_out:.3f}"] if row.well_below else []
    return " ".join(marks)


def _draw_strip(painter: QPainter, strip: QPixmap | None, area: QRect, empty: QColor) -> None:
    if strip is None:
        faint = QColor(empty)
        faint.setAlpha(90)
        painter.fillRect(area, faint)
        return
    width = min(area.width(), strip.width() * area.height() // max(strip.height(), 1))
    painter.drawPixmap(
        QRect(area.left(), area.top(), width, area.height()),
        strip,
        QRect(0, 0, strip.height() * width // area.height(), strip.height()),
    )
