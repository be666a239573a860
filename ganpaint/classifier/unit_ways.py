"""Ways from the Classifier tab to units: of a mark that was clicked, and of a class."""

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QWidget

from ganpaint.classifier.session import Session
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.studies.unit_sets import shown_numbers
from ganpaint.tabs.context import LoadedDissection, UnitsAsked, WindowContext
from ganpaint.toolkit.plain import in_menu, plain_tip

#: Units that the menu behind a click lists.
_LISTED = 20


class UnitWays(QObject):
    """Leads to the tab of units, or to a class, and says where there is nothing to show.

    Args:
        context: of the window.
        session: the study and the class that are shown.
        over: what the menu stands over.

    Signals:
        class_wanted(int): a class is to be chosen, and its page shown.
    """

    class_wanted = Signal(int)

    def __init__(self, context: WindowContext, session: Session, over: QWidget) -> None:
        super().__init__(over)
        self._context = context
        self._session = session
        self._over = over
        self.menu: QMenu | None = None

    def pick(self, units: object, number: object) -> None:
        """A mark was clicked: show its unit in Units, or offer its units and its class."""
        assert isinstance(units, tuple), "what charts give"
        chosen, of = tuple(int(unit) for unit in units), number
        if len(chosen) == 1:
            self.show_unit(int(chosen[0]))
        elif not chosen and isinstance(of, int):
            self.class_wanted.emit(of)
        elif chosen:
            self._offer_units([int(unit) for unit in chosen], of)

    def _offer_units(self, units: list[int], number: object) -> None:
        study = self._session.study
        if study is None:
            return
        self.menu = QMenu(self._over)
        if isinstance(number, int):
            name = self._session.names[number]
            entry = self.menu.addAction(in_menu(f"The class {name}"))
            entry.triggered.connect(lambda: self.class_wanted.emit(number))
            self.menu.addSeparator()
        for unit in units[:_LISTED]:
            name = study.unit_name(unit)
            entry = self.menu.addAction(in_menu(f"{name[:1].upper()}{name[1:]}"))
            entry.setToolTip(plain_tip("Show it in Units"))
            entry.triggered.connect(lambda _=False, unit=unit: self.show_unit(unit))
        if len(units) > _LISTED:
            more = self.menu.addAction(f"… and {len(units) - _LISTED} more")
            more.setEnabled(False)
        self.menu.popup(QCursor.pos())

    def show_unit(self, unit: int) -> None:
        """Show a unit in the tab of units."""
        study = self._session.study
        loaded = self._loaded_dissection(study) if study is not None else None
        if study is not None and loaded is not None:
            self._context.show_unit(study.ablation.layer, unit, loaded)

    def _loaded_dissection(self, study: AblationStudy) -> LoadedDissection | None:
        """The study's dissection as other tabs know it; where there is none a sentence says so."""
        if study.dissection is None:
            self._context.message_of("classifier").say(
                f"{study.ablation.layer} is not dissected yet, so there is nothing to show of its "
                "units; menu Dissect, Dissect a classifier.",
                passing=True,
            )
            return None
        known = [d for d in self._context.dissections if d.dissection is study.dissection]
        return known[0] if known else LoadedDissection(study.name, study.dissection)

    def show_class_units(self) -> None:
        """Show the units that the chosen class needs most in the tab of units, and no others."""
        study, number = self._session.study, self._session.number
        if study is None or number < 0:
            return
        loaded = self._loaded_dissection(study)
        if loaded is None:
            return
        layer, found = study.ablation.layer, study.ablation
        lost = np.nan_to_num(found.importance[number])
        needed = [unit for unit in self._session.order if lost[unit] > 0]
        places = tuple((layer, unit) for unit in needed[: shown_numbers(found)[-1]])
        name = self._session.class_name
        self._context.show_units(UnitsAsked(loaded, None, places, f"Class {name}"))
