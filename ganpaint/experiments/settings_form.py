"""A form made of an experiment's own settings."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from dissection.experiments.settings import ExperimentSettings, SettingField, Size
from ganpaint.experiments.results import WORDS
from ganpaint.jobs.paths import PathLine
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import GRID, Theme

_MOST = 2**31 - 1
_NUMBER_PX = 120
_DECIMALS = 6


class SettingsForm(QWidget):
    """One row for each setting; what is not changed follows the size.

    Args:
        settings: the experiment's class of settings.
        offers: names that can be chosen for fields of a kind, such as "generator".
        theme: the one in force.
        parent: the dialog.

    Signals:
        changed: any field.
    """

    changed = Signal()

    def __init__(
        self,
        settings: type[ExperimentSettings],
        offers: Callable[[SettingField], Sequence[str]],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._settings, self._theme, self._offers = settings, theme, offers
        self._fields: dict[str, tuple[QWidget, Callable[[], Any], Callable[[Any], None]]] = {}
        self._size: Size = "default"
        self._touched: set[str] = set()
        self._filling = False
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in settings.described():
            widget = self._add(field)
            widget.setToolTip(plain_tip(field.description))
            widget.setAccessibleName(field.name)
            form.addRow(field.name.replace("_", " ").capitalize(), widget)
        self.use_size("default")

    def widget_of(self, name: str) -> QWidget:
        """The field of a setting."""
        return self._fields[name][0]

    def use_size(self, size: Size) -> None:
        """Fill the fields that a person has not changed with what a size has."""
        self._size = size
        untouched = {f.name: f.defaults[size] for f in self._settings.described()}
        self.fill({name: v for name, v in untouched.items() if name not in self._touched})

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values into fields; those follow the size no longer only if they differ from it."""
        defaults = {f.name: f.defaults[self._size] for f in self._settings.described()}
        self._filling = True
        for name, value in values.items():
            if name in self._fields:
                self._fields[name][2](value)
                if value != defaults[name]:
                    self._touched.add(name)
        self._filling = False
        self.changed.emit()

    @property
    def settings(self) -> ExperimentSettings:
        """What is in the form.

        Raises:
            BadInputError: a value cannot be; the sentence tells which.
        """
        return self._settings.of(
            self._size, **{n: read() for n, (_, read, _) in self._fields.items()}
        )

    def _add(self, field: SettingField) -> QWidget:
        made = self._box(field)
        self._fields[field.name] = made
        return made[0]

    def _box(self, field: SettingField) -> tuple[QWidget, Callable[[], Any], Callable[[Any], None]]:
        touch = self._touch(field.name)
        if field.type is bool:
            check = QCheckBox(self)
            check.toggled.connect(touch)
            return check, check.isChecked, check.setChecked
        if field.type is int:
            least, most = (
                int(field.least or 0),
                int(field.most if field.most is not None else _MOST),
            )
            number = QSpinBox(self, minimum=min(least, 0) if field.least is None else least)
            number.setMaximum(most)
            number.setFixedWidth(_NUMBER_PX)
            number.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet gives none
            number.valueChanged.connect(touch)
            return number, number.value, number.setValue
        if field.type is float:
            real = QDoubleSpinBox(self)
            real.setDecimals(_DECIMALS)
            real.setRange(
                -float(_MOST) if field.least is None else field.least,
                float(_MOST) if field.most is None else field.most,
            )
            real.setFixedWidth(_NUMBER_PX)
            real.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
            real.valueChanged.connect(touch)
            return real, real.value, real.setValue
        if field.choices:
            combo = Combo(self._theme, self)
            for choice in field.choices:
                combo.addItem(WORDS.get(choice, choice), choice)
            combo.currentIndexChanged.connect(touch)
            return (
                combo,
                combo.currentData,
                lambda value: combo.setCurrentIndex(combo.findData(value)),
            )
        return self._text_box(field, touch)

    def _text_box(
        self, field: SettingField, touch: Callable[..., None]
    ) -> tuple[QWidget, Callable[[], Any], Callable[[Any], None]]:
        listed = field.type is tuple

        def taken(text: str) -> Any:
            if not listed:
                return text.strip()
            return tuple(part.strip() for part in text.split(",") if part.strip())

        def written(value: Any) -> str:
            return ", ".join(value) if listed else str(value)

        offers = self._offers(field)
        if offers:
            combo = Combo(self._theme, self)
            combo.setEditable(True)
            combo.setLineEdit(QLineEdit(combo, placeholderText=_said_of_empty(field)))
            combo.addItems(list(offers))
            combo.currentTextChanged.connect(touch)
            return (
                combo,
                lambda: taken(combo.currentText()),
                lambda value: combo.setCurrentText(written(value)),
            )
        if field.kind == "folder":
            path = PathLine(field.description, parent=self)
            path.changed.connect(touch)

            def put(value: Any) -> None:
                path.path = written(value)

            return path, lambda: taken(path.path), put
        line = QLineEdit(self, placeholderText=_said_of_empty(field))
        line.textChanged.connect(touch)
        return line, lambda: taken(line.text()), lambda value: line.setText(written(value))

    def _touch(self, name: str) -> Callable[..., None]:
        def touched(*_: object) -> None:
            if not self._filling:
                self._touched.add(name)
                self.changed.emit()

        return touched


def _said_of_empty(field: SettingField) -> str:
    """What a description says of an empty field, such as *empty: all*."""
    for mark in ("empty: ", "none: "):
        _, found, rest = field.description.partition(mark)
        if found:
            return rest.split(";")[0].rstrip(".")
    return ""
