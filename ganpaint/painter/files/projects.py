"""Opening and saving projects: asks where, says what became of it, and loses nothing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QMenu, QMessageBox, QWidget

from dissection.errors import DissectionError
from dissection.painting.project import SUFFIX, PaintedScene, Project, read_project, write_project
from dissection.runtime.files import user_path
from dissection.runtime.reading import FileState, file_state
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.networks import (
    FoundProject,
    file_stem,
    find_networks,
    known_digest,
    read_digests,
)
from ganpaint.painter.files.recovery import Recovery
from ganpaint.painter.live_picture import LivePicture
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.file_dialogs import ask_file, ask_new_file
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.plain import ask, in_menu, plain_tip
from ganpaint.toolkit.settings import Settings

_KINDS = f"GANPaint projects and pictures (*{SUFFIX} *.png);;All files (*)"
_GENERATORS = "Generators (*.safetensors *.pth *.pt);;All files (*)"


class Projects(QObject):
    """The project in the window and its file; files are read beside the GUI thread.

    Args:
        document: what is painted.
        live: unsaved work is offered once there is a picture.
        message: where sentences go.
        settings: remembers recent files.
        folder: where unsaved work goes; None keeps none.
        parent: the window.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        message: Notice,
        settings: Settings,
        folder: Path | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._message = message
        self._settings = settings
        self._window = parent
        self._elsewhere: dict[str, str] = {}
        self._known: tuple[Path, FileState | None] | None = None
        self._background = Background(self)
        self._asked = 0
        self._damaged: Path | None = None
        self.unsaved: QMenu | None = None
        self.recovery = Recovery(document, partial(self.snapshot, held=True), folder, self)
        self.recovery.failed.connect(
            lambda said: message.say(said, "error", "Save project…", self.save, about="save")
        )

    def start(self) -> None:
        """Offer what the last session left unsaved, as soon as there is a picture."""
        self._live.changed.connect(self._offer)

    def close(self) -> None:
        """Unsaved work is kept for the next session."""
        self.recovery.close()
        self._background.close()

    def may_close(self) -> bool:
        """Whether the window may close; asks where what is unsaved cannot be kept."""
        reason = self.recovery.try_now()
        return not reason or ask(
            self._window,
            "The strokes are not saved",
            f"The strokes are not saved, and cannot be kept for the next start: {reason}. Close "
            "without them?",
            QMessageBox.StandardButton.Discard,
        )

    @property
    def reading(self) -> bool:
        """Whether a file is being read."""
        return self._background.busy

    def snapshot(self, held: bool = False) -> Project:
        """Everything painted, as a project; ``held``: with the stroke in progress."""
        return self._document.snapshot(lambda m: self._elsewhere.get(m) or known_digest(m), held)

    # Saving ---------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save to the project's file; ask for one if it has none."""
        if self._document.file is None:
            self.save_as()
        else:
            self.save_to(self._document.file)

    def save_as(self) -> None:
        """Ask for a name and save."""
        file, scene = self._document.file, self._document.scene
        name = file.name if file else f"{file_stem(scene)}{SUFFIX}"
        begin = file.parent if file else self._document.folder
        kind = f"GANPaint projects (*{SUFFIX})"
        chosen, _ = ask_new_file(self._window, "Save project", name, kind, "projects", begin)
        if chosen is not None:
            self.save_to(chosen, sure=True)

    def save_to(self, path: Path, sure: bool = False) -> None:
        """Save to a path; the name gets the suffix of projects if it has no such ending.

        Args:
            path: where to.
            sure: replace the file even if another program changed it since it was read.
        """
        if path.suffix.lower() != SUFFIX:
            path = path.with_name(f"{path.name}{SUFFIX}")
        if not sure and self._known is not None and self._known[0] == path:
            now = file_state(path)
            if now is not None and now != self._known[1]:
                self._message.say(
                    f"{path.name} was changed by another program since it was opened; replace it, "
                    "or save under a new name (Ctrl+Shift+S) to keep both.",
                    "error",
                    "Replace it",
                    partial(self.save_to, path, sure=True),
                    about="save",
                )
                return
        models = {scene.model for scene in self.snapshot().scenes if not scene.network}
        self._background.do(
            partial(read_digests, models),
            lambda _: self._write(path),
            slow=lambda: self._message.say(f"Saving {path.name} …", about="save"),
        )

    def _write(self, path: Path) -> None:
        """Save to a path, now that the digests of all generators are known."""
        try:
            write_project(path, replace(self.snapshot(), origin=""))
        except DissectionError as error:
            self._message.say(str(error), "error", "Save elsewhere…", self.save_as, about="save")
            return
        self._document.folder = path.parent
        self._know(path)
        self._document.mark_saved(path)
        self._settings.note_recent(path)
        self.recovery.write()  # nothing is unsaved any more
        if self._damaged is not None:
            self.recovery.forget(self._damaged)
            self._damaged = None
        self._message.say(f"Saved {path}.", passing=True, about="save")

    def _know(self, path: Path | None) -> None:
        """The file is as this window knows it."""
        self._known = None if path is None else (path, file_state(path))

    # Opening --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for a project, or a picture that this program saved, and open it."""
        chosen = ask_file(self._window, "Open project", _KINDS, "projects", self._document.folder)
        if chosen is not None:
            self.open_path(chosen)

    def open_path(self, path: Path) -> None:
        """Open a file; where that cannot be done, say why and leave everything as it is."""
        self._read(path, partial(_read_found, path), partial(self._open, path))

    def take(self, path: Path) -> None:
        """Open a file without any question.

        Raises:
            DissectionError: it is no project, or its generator is not at hand.
        """
        found = _read_found(path)
        if found.missing is not None:
            raise found.missing
        self._load(found, path)

    def fill_recent(self, menu: QMenu) -> None:
        """Offer recent files, and unsaved work that was kept."""
        menu.clear()
        for path in self._settings.recent:
            action = menu.addAction(in_menu(path.name))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _on=False, path=path: self.open_path(path))
        kept = self.recovery.kept()
        if kept and menu.actions():
            menu.addSeparator()
        self._add_unsaved(menu, kept)
        if not menu.actions():
            menu.addAction("Nothing yet").setEnabled(False)

    def _read(
        self, path: Path, work: Callable[[], FoundProject], take: Callable[[FoundProject], None]
    ) -> None:
        """Read something beside the GUI thread; of several files the one asked for last is taken.

        Args:
            path: what sentences name.
            work: reads it.
            take: what to do with it then.
        """
        self._asked += 1
        asked = self._asked

        def newest(found: FoundProject) -> None:
            if asked == self._asked:
                take(found)

        self._background.do(
            work,
            newest,
            self._say_not_opened,
            lambda: self._message.say(f"Opening {path.name} …", about="open"),
        )

    def _open(self, path: Path, found: FoundProject) -> None:
        if found.missing is not None:
            again = partial(self._locate, found.project, path)
            said = f"{path.name}: {found.missing}"
            self._message.say(said, "error", "Locate…", again, about="open")
            return
        self._load(found, path)

    def _say_not_opened(self, sentence: str) -> None:
        self._message.say(sentence, "error", "Open another…", self.open, about="open")

    def _locate(self, project: Project, path: Path) -> None:
        title = "Locate the generator"
        chosen = ask_file(self._window, title, _GENERATORS, "networks", path.parent)
        if chosen is None:
            return
        meant = project.scene

        def moved(scene: PaintedScene) -> PaintedScene:
            same = (scene.model, scene.network) == (meant.model, meant.network)
            return replace(scene, model=str(chosen)) if same else scene

        at_hand = replace(project, scenes=tuple(map(moved, project.scenes)))
        self._read(path, partial(find_networks, at_hand, path.parent), partial(self._open, path))

    def _load(self, found: FoundProject, path: Path) -> None:
        """Show a project that can be shown, and say what there is to say about it."""
        project = found.project
        self._elsewhere.update(found.elsewhere)
        replaced = self.snapshot() if self._document.modified else None
        if replaced is not None:
            self.recovery.keep(replaced)
        whole = path.suffix.lower() == SUFFIX and not project.left_out
        self._document.load(project, path if whole else None)
        self._know(path if whole else None)
        self._document.folder = path.parent
        self._settings.note_recent(path)
        if project.left_out:
            self._document.mark_modified()
            self._say_damaged(path.name, project, "save what is whole under a new name")
        elif replaced is not None:
            self._say_replaced(f"Opened {path.name}.", replaced)
        else:
            self._message.say(f"Opened {path.name}.", passing=True, about="open")

    def new(self) -> None:
        """Begin anew on the scene on screen; what was not saved can be brought back."""
        self._asked += 1  # what is being read is wanted no longer
        replaced = self.snapshot() if self._document.modified else None
        if replaced is not None:
            self.recovery.keep(replaced)
        shown = self.snapshot().scene
        self._document.load(Project((replace(shown, history=()),), 0, "", ""), None)
        self._know(None)
        if replaced is not None:
            self._say_replaced("A new project.", replaced)
        else:
            self._message.say("A new project.", passing=True, about="open")

    # Unsaved work ---------------------------------------------------------------------------------

    def _say_replaced(self, said: str, replaced: Project) -> None:
        """Offer the way back to unsaved work that another project took the place of."""
        back: Callable[[], None] = partial(self._bring_back, replaced)
        said = f"{said} Your unsaved strokes were kept."
        self._message.say(said, "info", "Bring back", back, about="open")

    def _bring_back(self, project: Project) -> None:
        replaced = self.snapshot() if self._document.modified else None
        if replaced is not None:
            self.recovery.keep(replaced)
        self._adopt(project)
        if replaced is not None:
            self._say_replaced("Brought back.", replaced)

    def _offer(self) -> None:
        self._live.changed.disconnect(self._offer)
        self._offer_unsaved(self.recovery.find())

    def _offer_unsaved(self, found: Sequence[Path]) -> None:
        """Offer what earlier sessions left, newest first; of several all can be chosen."""
        if len(found) == 1:
            said = f"The strokes of {_when(found[0])} were not saved."
            self._message.say(said, "info", "Open them", partial(self._recover, found[0]))
        elif found:
            said = (
                f"The strokes of {len(found)} sessions were not saved, the last of them of "
                f"{_when(found[0])}."
            )
            self._message.say(said, "info", "Choose…", partial(self._choose_unsaved, found))

    def _choose_unsaved(self, found: Sequence[Path]) -> None:
        """Show a menu of what earlier sessions left; left without a choice, they are offered on."""
        self.unsaved = menu = QMenu(self._window)
        self._add_unsaved(menu, found)
        menu.addSeparator()
        menu.addAction("All of them stay in File, Open recent").setEnabled(False)
        offer_on = QTimer(menu, singleShot=True, interval=0)
        offer_on.timeout.connect(partial(self._offer_unsaved, found))
        menu.aboutToHide.connect(offer_on.start)
        menu.triggered.connect(offer_on.stop)
        menu.popup(self._message.mapToGlobal(self._message.rect().topLeft()))

    def _add_unsaved(self, menu: QMenu, kept: Sequence[Path]) -> None:
        for path in kept:
            action = menu.addAction(f"Unsaved strokes of {_when(path)}")
            action.triggered.connect(lambda _on=False, path=path: self._recover(path))

    def _recover(self, kept: Path) -> None:
        self._read(kept, partial(_read_found, kept), partial(self._take_unsaved, kept))

    def _take_unsaved(self, kept: Path, found: FoundProject) -> None:
        if found.missing is not None:
            self._say_not_opened(str(found.missing))
            return
        project = found.project
        self._elsewhere.update(found.elsewhere)
        replaced = self.snapshot() if self._document.modified else None
        if replaced is not None:
            self.recovery.keep(replaced)
        self._adopt(project)
        if project.left_out:
            self._damaged = kept
            self.recovery.write()
            what = f"The file of unsaved strokes, {kept},"
            self._say_damaged(what, project, "it stays until you have saved what is whole")
            return
        self.recovery.adopt(kept)
        if replaced is not None:
            self._say_replaced("Opened the unsaved strokes.", replaced)

    def _say_damaged(self, what: str, project: Project, then: str) -> None:
        missing = " and ".join(project.left_out)
        self._message.say(
            f"{what} is damaged: {missing} could not be read and were left out; {then}.",
            "error",
            "Save as…",
            self.save_as,
            about="save",
        )

    def _adopt(self, project: Project) -> None:
        """Show unsaved work; its file is where it belongs, and it is still unsaved."""
        file = Path(project.origin) if project.origin else None
        self._document.load(project, file)
        self._know(file)
        self._document.mark_modified()


def _read_found(path: Path) -> FoundProject:
    """Read a project, and find its generators.

    Raises:
        DissectionError: it cannot be read.
    """
    path = user_path(path)
    return find_networks(read_project(path), path.parent)


def _when(path: Path) -> str:
    """When a file was written, such as ``21 Nov, 14:05``."""
    try:
        return time.strftime("%d %b, %H:%M", time.localtime(path.stat().st_mtime))
    except OSError:
        return "an earlier session"
