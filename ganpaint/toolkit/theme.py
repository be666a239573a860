"""One table of named colors for each theme, and the palette and style sheet made from it.

Spacing follows a grid of 8 px, corners are 6 px, body text is 13 px and figures 11 px.
"""

from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from dissection.painting.edits import Mode
from dissection.results.colors import SEEN, against
from dissection.runtime.resources import resource

GRID = 8
CORNER = 6
BODY_PX = 13
FIGURES_PX = 11
ICON_PX = 20


@dataclass(frozen=True)
class Colors:
    """Every color of one theme; text colors reach a contrast of 4.5 on panels and windows."""

    window: str
    panel: str
    raised: str
    border: str
    canvas: str
    text: str
    muted: str
    draw: str
    on_draw: str
    draw_text: str
    erase: str
    on_erase: str
    erase_text: str
    restore: str
    on_restore: str
    restore_text: str

    def mode(self, mode: Mode) -> QColor:
        """The color in which strokes of a mode appear."""
        return QColor(getattr(self, mode))

    def mode_text(self, mode: Mode) -> QColor:
        """The mode's color where it is the color of text or of an icon on a panel."""
        return QColor(getattr(self, f"{mode}_text"))


THEMES: dict[str, Colors] = {
    "dark": Colors(
        window="#1a1c20",
        panel="#212429",
        raised="#2c3037",
        border="#393f48",
        canvas="#121316",
        text="#e8eaed",
        muted="#a3abb6",
        draw="#2ec4b6",
        on_draw="#06231f",
        draw_text="#2ec4b6",
        erase="#e5484d",
        on_erase="#250405",
        erase_text="#ff7a7e",
        restore="#9fb3c8",
        on_restore="#0d1722",
        restore_text="#9fb3c8",
    ),
    "light": Colors(
        window="#eff1f4",
        panel="#ffffff",
        raised="#e9ecf0",
        border="#ccd2d9",
        canvas="#d9dde2",
        text="#1b1f24",
        muted="#57606c",
        draw="#2ec4b6",
        on_draw="#06231f",
        draw_text="#0b6f66",
        erase="#e5484d",
        on_erase="#250405",
        erase_text="#b3242b",
        restore="#5d7891",
        on_restore="#ffffff",
        restore_text="#48617a",
    ),
}

_SHEET = Template(
    """
    QMainWindow, QDialog, QWidget#shortcuts { background: $window; }
    QMenuBar { background: $window; padding: 2px 8px; }
    QMenuBar::item { padding: 4px 8px; border-radius: 6px; }
    QMenuBar::item:selected { background: $raised; }
    QMenu { background: $panel; border: 1px solid $border; padding: 8px; }
    QMenu::item { padding: 6px 24px 6px 8px; border-radius: 6px; }
    QMenu::item:selected { background: $raised; }
    QMenu::item:disabled { color: $muted; }
    QMenu::icon { padding-left: 8px; }
    QMenu::separator { height: 1px; background: $border; margin: 8px 0; }
    QToolBar { background: $window; border: none; border-bottom: 1px solid $border;
               padding: 8px; spacing: 8px; }
    QToolBar#scenes { border-bottom: none; border-top: 1px solid $border; padding: 8px; }
    QToolBar::separator { width: 1px; background: $border; margin: 4px 0; }
    QToolButton, QPushButton { background: transparent; border: 1px solid transparent;
               border-radius: 6px; padding: 5px 6px; color: $text; }
    QPushButton { background: $raised; border-color: $border; padding: 6px 12px; }
    QPushButton:checked { background: $border; border-color: $draw; }
    QPushButton:disabled { color: $muted; background: transparent; }
    QToolButton:hover, QPushButton:hover:enabled { background: $raised; }
    QToolButton:pressed, QPushButton:pressed { background: $border; }
    QToolButton:disabled { color: $muted; }
    QToolButton:focus, QPushButton:focus { border-color: $draw; }
    QToolButton#panel { background: $raised; border-color: $border; padding-right: 10px; }
    QToolButton#menu { background: $raised; border-color: $border; padding-right: 20px; }
    QToolButton#panel:focus, QToolButton#menu:focus { border-color: $draw; }
    QToolButton::menu-indicator { subcontrol-position: right center; right: 6px; }
    QToolButton#draw:checked { background: $draw; color: $on_draw; }
    QToolButton#erase:checked { background: $erase; color: $on_erase; }
    QToolButton#restore:checked { background: $restore; color: $on_restore; }
    QPushButton#chip { background: transparent; border-color: transparent; color: $muted;
               padding: 3px 8px; font-size: 11px; }
    QPushButton#chip:hover { background: $raised; }
    QPushButton#chip:checked { background: $raised; border-color: $border; color: $text; }
    QPushButton#chip:focus { border-color: $draw; }
    QToolButton:checked { background: $border; }
    QFrame#modes { background: $raised; border-radius: 6px; }
    QLabel[role="muted"] { color: $muted; }
    QLabel[role="error"] { color: $erase_text; }
    QLabel[role="heading"] { font-weight: bold; padding-top: 12px; }
    QLabel[role="figure"] { font-size: 11px; color: $text; }
    QLineEdit, QSpinBox, QDoubleSpinBox, QPlainTextEdit { background: $raised;
               border: 1px solid $border; border-radius: 6px; padding: 5px 8px;
               selection-background-color: $draw;
               selection-color: $on_draw; color: $text; }
    QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
               QDoubleSpinBox::down-button { width: 0; border: none; }
    QSpinBox QLineEdit, QDoubleSpinBox QLineEdit { background: transparent; border: none;
               padding: 0 6px; }
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus {
               border-color: $draw; }
    QComboBox { background: $raised; border: 1px solid $border; border-radius: 6px;
               padding: 4px 8px; color: $text; }
    QComboBox:hover, QComboBox:focus { border-color: $draw; }
    QComboBox:disabled { color: $muted; background: transparent; }
    QComboBox::drop-down { border: none; width: 20px; }
    QComboBox QAbstractItemView { background: $panel; border: 1px solid $border; color: $text;
               selection-background-color: $raised; selection-color: $text; padding: 4px; }
    QFrame#brush { background: $panel; border: 1px solid $border; }
    QFrame#stroke { background: $panel; border-top: 1px solid $border; }
    QHeaderView { background: $panel; }
    QHeaderView::section { background: $panel; color: $muted; border: none; padding: 4px 6px;
               border-bottom: 1px solid $border; }
    QListView::indicator, QTableView::indicator, QCheckBox::indicator, QRadioButton::indicator {
               width: 14px; height: 14px; border: 1px solid $muted; border-radius: 3px;
               background: $window; }
    QRadioButton::indicator { border-radius: 8px; }
    QCheckBox { spacing: 8px; }
    QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $text; }
    QListView::indicator:checked, QTableView::indicator:checked, QCheckBox::indicator:checked {
               background: $draw; border-color: $draw_text; image: url("$check"); }
    QRadioButton::indicator:checked { border-color: $draw_text; background: qradialgradient(
               cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 $draw_text,
               stop: 0.5 $draw_text, stop: 0.6 $window, stop: 1 $window); }
    QCheckBox::indicator:focus, QRadioButton::indicator:focus { width: 12px; height: 12px;
               border: 2px solid $draw_text; }
    QCheckBox::indicator:checked:focus { border-color: $text; }
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: transparent;
               border-color: $border; }
    QCheckBox::indicator:checked:disabled { background: $muted; border-color: $muted; }
    QRadioButton::indicator:checked:disabled { border-color: $muted; background: qradialgradient(
               cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 $muted,
               stop: 0.5 $muted, stop: 0.6 $window, stop: 1 $window); }
    QCheckBox:disabled, QRadioButton:disabled { color: $muted; }
    QProgressBar { background: $raised; border: none; border-radius: 2px; }
    QProgressBar::chunk { background: $draw; border-radius: 2px; }
    QWidget#jobs { background: $panel; }
    QFrame#job { background: $window; border: 1px solid $border; border-radius: 6px; }
    QDockWidget { color: $muted; font-size: 11px; }
    QDockWidget::title { background: $panel; padding: 8px; text-align: left; }
    QDockWidget > QWidget { background: $panel; }
    QTabBar { background: $window; }
    QTabBar::tab { background: transparent; color: $muted; padding: 6px 8px 6px 16px; border: none;
               border-bottom: 2px solid transparent; }
    QTabBar::tab:selected { color: $text; border-bottom-color: $draw; }
    QTabBar::tab:hover { color: $text; }
    QTabBar QToolButton#cross { padding: 1px; }
    QListView { background: $panel; border: 1px solid transparent; border-radius: 6px;
               outline: none; }
    QListView:focus { border-color: $draw; }
    QMainWindow::separator { background: $border; width: 1px; height: 1px; }
    QStatusBar { background: $window; border-top: 1px solid $border; }
    QStatusBar::item { border: none; }
    QStatusBar QLabel, FieldRow { font-size: 11px; color: $muted; padding: 0 8px; }
    QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px; }
    QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
    QSlider::sub-page:horizontal { background: $muted; border-radius: 2px; }
    QSlider::handle:horizontal { background: $text; width: 14px; height: 14px; margin: -5px 0;
               border-radius: 7px; }
    QSlider::handle:horizontal:focus { background: $draw; }
    QSlider::handle:horizontal:disabled { background: $muted; }
    QScrollBar { background: transparent; border: none; }
    QScrollBar:vertical { width: 10px; }
    QScrollBar:horizontal { height: 10px; }
    QScrollBar::handle { background: $border; border-radius: 4px; margin: 1px; }
    QScrollBar::handle:vertical { min-height: 24px; }
    QScrollBar::handle:horizontal { min-width: 24px; }
    QScrollBar::handle:hover { background: $muted; }
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
               background: none; border: none; width: 0; height: 0; }
    QTableWidget { background: $panel; border: none; gridline-color: $border; }
    QFrame#notice { background: $panel; border: 1px solid $border; border-radius: 6px; }
    QFrame#notice[kind="error"] { border-color: $erase; }
    QFrame#notice QLabel { color: $text; }
    """
)


class Theme:
    """The theme in force: ``apply`` changes it, ``colors`` is what painters read."""

    def __init__(self, name: str = "dark") -> None:
        self.name = name

    @property
    def colors(self) -> Colors:
        """The table of the theme in force."""
        return THEMES[self.name]

    def hue(self, color: str, least: float = SEEN, ground: str = "") -> QColor:
        """A hue of ``dissection.results.colors`` as it is seen in the theme in force.

        Args:
            color: as #rrggbb.
            least: the contrast that it must have; ``READ`` for letters.
            ground: what it stands on, as #rrggbb; panels and the window itself unless said.
        """
        for each in (ground,) if ground else (self.colors.panel, self.colors.window):
            color = against(color, each, least)
        return QColor(color)

    def apply(self, application: QApplication, name: str) -> None:
        """Give the whole application one theme, ``dark`` or ``light``."""
        self.name = name
        sheet = _SHEET.substitute(asdict(self.colors), check=_check())
        if application.styleSheet() == sheet:
            return  # each of these goes through all widgets that there are, of other windows too
        application.setStyle("Fusion")
        application.setPalette(_palette(self.colors))
        font = application.font()
        font.setPixelSize(BODY_PX)
        application.setFont(tabular(font))
        application.setStyleSheet(sheet)


def tabular(font: QFont) -> QFont:
    """The font with digits of one width, where Qt can ask for them (6.7 and later)."""
    if hasattr(QFont, "Tag"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _check() -> str:
    """The mark of what is ticked; it has the color upon the accent, which both themes share."""
    return resource("icons/check.png").as_posix()


def _palette(colors: Colors) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: colors.window,
        QPalette.ColorRole.WindowText: colors.text,
        QPalette.ColorRole.Base: colors.panel,
        QPalette.ColorRole.AlternateBase: colors.raised,
        QPalette.ColorRole.Text: colors.text,
        QPalette.ColorRole.Button: colors.raised,
        QPalette.ColorRole.ButtonText: colors.text,
        QPalette.ColorRole.ToolTipBase: colors.raised,
        QPalette.ColorRole.ToolTipText: colors.text,
        QPalette.ColorRole.Highlight: colors.draw,
        QPalette.ColorRole.HighlightedText: colors.on_draw,
        QPalette.ColorRole.PlaceholderText: colors.muted,
        QPalette.ColorRole.Link: colors.draw_text,
        QPalette.ColorRole.Light: colors.raised,
        QPalette.ColorRole.Mid: colors.border,
        QPalette.ColorRole.Dark: colors.border,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colors.muted))
    return palette
