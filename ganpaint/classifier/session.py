"""What the pages of the tab share: the study, the class, the units that are out, the slice."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dissection.data.picture_tags import Tags
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.slices import SliceAccuracy, slice_accuracies
from ganpaint.classifier.live.live_thread import LiveThread
from ganpaint.classifier.live.questions import Loaded, Question, TakeOut, Without
from ganpaint.classifier.removal import Removal
from ganpaint.classifier.slices.slice import ALL, Slice
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.studies.unit_sets import shown_numbers
from ganpaint.toolkit.theme import Theme


class Session(QObject):
    """The state of the tab.

    Args:
        theme: of the window.
        thread: answers questions about the held-out pictures.
        parent: the tab's view.

    Attributes:
        study: what is shown; None before the first.
        ablation: its figures, judged on the slice.
        number: the chosen class; -1 before the first.
        loaded: what is known of the held-out pictures; None until they are there.
        without: the newest answer to what is taken out; None for none.
        slice: the pictures that everything is judged on.
        tags: of the loaded pictures, or else of those of the ablation; empty until they are read.

    Signals:
        study_changed: another study is shown.
        class_changed: another class is chosen.
        loaded_changed: the held-out pictures are there, or gone.
        answered(Question, object): the live thread told something.
        without_changed: ``without`` is another answer.
        slice_changed: everything is judged on other pictures.
        tags_changed: what the pictures are is known.
        units_picked(object, object): units, and a class or None, are to be shown in detail.
        said(str): something was done.
        failed(str): one sentence on what went wrong.
    """

    study_changed = Signal()
    class_changed = Signal()
    loaded_changed = Signal()
    answered = Signal(object, object)
    without_changed = Signal()
    slice_changed = Signal()
    tags_changed = Signal()
    units_picked = Signal(object, object)
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, theme: Theme, thread: LiveThread, parent: QObject) -> None:
        super().__init__(parent)
        self.theme, self._thread = theme, thread
        self.study: AblationStudy | None = None
        self.number = -1
        self.loaded: Loaded | None = None
        self.without: Without | None = None
        self.removal = Removal(self)
        self.slice = ALL
        self.tags: Tags = {}
        self._tagged: tuple[str, ...] = ()
        self._judged: Ablation | None = None
        self.removal.changed.connect(self._ask)
        thread.answered.connect(self._take)

    @property
    def ablation(self) -> Ablation:
        """The study's figures, judged on the slice; there is a study."""
        assert self.study is not None, "asked only where there is one"
        if not self.slice.conditions:
            return self.study.ablation
        if self._judged is None:
            self._judged = self.study.ablation.among(self.places(self.study.ablation.names))
        return self._judged

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes."""
        return self.study.ablation.classes if self.study is not None else ()

    @property
    def class_name(self) -> str:
        """Of the chosen class; an empty text without one."""
        return self.names[self.number] if 0 <= self.number < len(self.names) else ""

    @property
    def order(self) -> tuple[int, ...]:
        """The units by their importance for the chosen class."""
        if self.study is None or self.number < 0:
            return ()
        return tuple(self.study.ablation.order[self.number].tolist())

    @property
    def picture_names(self) -> tuple[str, ...]:
        """Of the pictures that tags are wanted of: those that are loaded, or were measured."""
        if self.loaded is not None:
            return tuple(self.loaded.names)
        return self.study.ablation.names if self.study is not None else ()

    # What is shown --------------------------------------------------------------------------------

    def show_study(self, study: AblationStudy) -> None:
        """Show another study, with all units, judged on all pictures."""
        self.study, self._judged = study, None
        self.slice, self.tags, self._tagged = ALL, {}, ()
        self.number = -1
        self.forget_pictures()
        self.study_changed.emit()
        self.tags_changed.emit()
        self.choose_class(telling_class(study))

    def replace_study(self, study: AblationStudy) -> None:
        """The same study, of which more is known."""
        self.study, self._judged = study, None

    def choose_class(self, number: int) -> None:
        """Choose another class."""
        if self.study is not None and number != self.number:
            self.number = number
            self.class_changed.emit()

    def choose_slice(self, chosen: Slice) -> None:
        """Judge everything on other pictures."""
        if chosen != self.slice:
            self.slice, self._judged = chosen, None
            self.slice_changed.emit()

    def take_tags(self, names: Sequence[str], tags: Tags) -> None:
        """What pictures are is known."""
        self.tags, self._tagged = tags, tuple(names)
        if set(self.slice.conditions) - set(tags):
            self.choose_slice(ALL)
        self.tags_changed.emit()

    # The held-out pictures ------------------------------------------------------------------------

    def forget_pictures(self) -> None:
        """Nothing is loaded any more."""
        self.loaded = self.without = None
        self.removal.take_out(())
        self.loaded_changed.emit()

    def take_loaded(self, found: Loaded) -> None:
        """The held-out pictures are there."""
        self.loaded = found
        self.loaded_changed.emit()
        self._ask()

    def ask(self, question: Question) -> None:
        """Ask the live thread, if it has pictures."""
        if self.loaded is not None:
            self._thread.ask(question)

    def places(self, names: Sequence[str], chosen: Slice | None = None) -> NDArray[np.int64]:
        """Where the pictures of a slice are in a list of names."""
        wanted = self.slice if chosen is None else chosen
        places = wanted.places(self.tags, len(self._tagged))
        if not wanted.conditions:
            return np.arange(len(names))
        if tuple(names) == self._tagged:
            return places
        inside = {self._tagged[place] for place in places.tolist()}
        return np.array([n for n, name in enumerate(names) if name in inside], np.int64)

    def live_accuracies(self, slices: Sequence[Slice]) -> list[SliceAccuracy]:
        """All classes on slices of the loaded pictures, with all units and without those out."""
        found = self.loaded
        assert found is not None, "asked only with pictures"
        after = found.before if self.without is None else self.without.after
        where = [self.places(found.names, each) for each in slices]
        return slice_accuracies(found.before, after, found.targets, len(self.names), where)

    def _ask(self) -> None:
        self.ask(TakeOut(self.removal.units))

    def _take(self, question: Question, answer: object) -> None:
        if self.loaded is None or self.study is None:
            return
        if isinstance(answer, Without):
            self.without = answer
            self.without_changed.emit()
        self.answered.emit(question, answer)


def telling_class(study: AblationStudy) -> int:
    """The class that loses most without its most important units: the one to begin with."""
    found = study.ablation
    kind = f"without {shown_numbers(found)[-1]}"
    if kind not in found.sets.kinds:
        return 0
    lost = found.held_out.baseline - found.without(kind)[0]
    return int(np.nanargmax(lost)) if np.isfinite(lost).any() else 0


Namer = Callable[[], str]


def namer(session: Session, what: str) -> Namer:
    """Makes names of files for what is shown of the chosen class."""

    def name() -> str:
        if session.study is None:
            return what
        found = session.study.ablation
        return f"{found.model}-{found.layer}-{session.class_name}-{what}"

    return name
