"""Keeps the picture on screen that of the document: asks the render thread and takes its answers.

While something changes, live pictures follow one another, the newest winning; when the hand has
rested for a moment, an exact one takes their place.
"""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from dissection.painting.edits import Edit, Stroke
from dissection.runtime.choices import LivePrecision
from ganpaint.painter.document.document import Document
from ganpaint.painter.first_picture import first_picture
from ganpaint.rendering.devices import AUTO
from ganpaint.rendering.queries import Asked, Question
from ganpaint.rendering.render_thread import RenderThread
from ganpaint.rendering.requests import Frame, Purpose, Request, Saving
from ganpaint.rendering.scene import Latent, Scene

REST_MILLISECONDS = 150


class LivePicture(QObject):
    """The pictures of the current scene: as edited, and before.

    Attributes:
        image: what the canvas shows; None until the first picture of a model, which may be the
            one that ships with it.
        before: the scene without strokes; None until it is rendered.
        resting: ``image`` is the exact picture of the document, and nothing is awaited.

    Signals:
        changed(Frame): ``image`` is newer.
        cleared: another model is being loaded, there is no picture until then.
        before_changed: ``before`` belongs to the current scene now, or is being made.
        settled: the exact picture of the current state is on screen.
        thumbnail(Scene, QImage): a picture for the strip of scenes.
        failed(str): one sentence; the picture stays as it was.
        saved(str): the path of a file that was written.
        save_failed(str): one sentence.
        answered(Question, object): an answer to the newest question of its class.
        question_failed(Question, str): one sentence; there is no further answer.
        question_done(Question): that was the last answer.
        noted(str): something that the person should know, a sentence.
        device_gone: the device that was asked for is not there, and ``auto`` is used.
    """

    changed = Signal(object)
    cleared = Signal()
    before_changed = Signal()
    settled = Signal()
    thumbnail = Signal(object, QImage)
    failed = Signal(str)
    saved = Signal(str)
    save_failed = Signal(str)
    answered = Signal(object, object)
    question_failed = Signal(object, str)
    question_done = Signal(object)
    noted = Signal(str)
    device_gone = Signal()

    def __init__(
        self,
        document: Document,
        parent: QObject | None = None,
        precision: LivePrecision = "auto",
        device: str = AUTO,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._stamp = 0
        self._shown = -1
        self._model = ""
        self._asked: tuple[Scene, tuple[Stroke, ...]] | None = None
        self.resting = False
        self.image: QImage | None = None
        self.before: QImage | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MILLISECONDS)
        self._rest.timeout.connect(self._ask_exact)
        self._thread = RenderThread(self, precision, device)
        self._thread.device_gone.connect(self.device_gone)
        self._thread.rendered.connect(self._take)
        self._thread.failed.connect(self._take_failure)
        self._thread.noted.connect(self.noted)
        self._thread.answered.connect(self._take_answer)
        self._thread.question_failed.connect(self._take_question_failure)
        self._thread.question_done.connect(self._take_last_answer)
        self._asked_about = Asked()
        document.scene_changed.connect(self._open_scene)
        document.edit_changed.connect(self.refresh)

    @property
    def scene(self) -> Scene:
        """The scene on the canvas."""
        return self._document.scene

    @property
    def latent(self) -> Latent | None:
        """z, float32 (d,), where a project gives it; None for the row of the seed."""
        return self._document.given_latent(self._document.scene)

    @property
    def edit(self) -> Edit:
        """The strokes that the picture shows."""
        return self._document.edit

    def start(self) -> None:
        """Show the first picture where one ships, and ask for it anew; ``begin`` follows."""
        self._open_scene()

    def begin(self) -> None:
        """Begin to render: torch is loaded, which holds up all that the interpreter has to do."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; pictures that are being saved are written first."""
        self._rest.stop()
        self._thread.forget(Purpose.THUMBNAIL)
        self._thread.stop()

    def use_device(self, device: str) -> None:
        """Compute on another device: the picture is made anew there."""
        self._thread.use_device(device)
        self._asked = None
        self.refresh()

    def refresh(self) -> None:
        """The document changed: ask for a live picture, and for an exact one once it rests."""
        self._stamp += 1
        self.resting = False
        edit = self._document.edit
        shows = (self._document.scene, edit.strokes)
        if shows != self._asked:  # a finished stroke looks as it did when the hand was down
            self._asked = shows
            self._ask(Purpose.LIVE, edit)
        self._rest.start()

    def ask_thumbnail(self, scene: Scene) -> None:
        """Have a scene rendered as it is edited, when there is nothing else to do."""
        self._ask(Purpose.THUMBNAIL, self._document.edit_of(scene), scene)

    def save(self, saving: Saving) -> None:
        """Write the exact picture of the finished strokes; ``saved`` or ``save_failed`` follows."""
        self._ask(Purpose.SAVE, self._document.edit_of(self._document.scene), saving=saving)

    def ask(self, question: Question) -> None:
        """Ask the render thread something, in the place of any question of the same class.

        ``answered`` follows, as often as it has something to tell, then ``question_done``; or
        ``question_failed``. Nothing more is heard of the question that was replaced.
        """
        self._asked_about.ask(question)
        self._thread.ask(question)

    @property
    def asking(self) -> bool:
        """Whether the answer to a question is awaited."""
        return bool(self._asked_about)

    def withdraw(self, *kinds: type[Question]) -> None:
        """Nobody wants to know the answer to some classes of questions any more."""
        self._asked_about.withdraw(*kinds)
        self._thread.withdraw(*kinds)

    def _open_scene(self) -> None:
        self._thread.forget(Purpose.LIVE, Purpose.REST, Purpose.BEFORE)
        self.before = self._asked = None
        if self._shown < 0 or self._model != self._document.scene.model or self.image is None:
            self._model, self.image = self._document.scene.model, None
            self._thread.forget(Purpose.THUMBNAIL)
            self._show_first()
        self.before_changed.emit()
        self.refresh()

    def _show_first(self) -> None:
        """Until torch is ready: the bundled picture, where this is its scene and has no strokes."""
        scene, first = self._document.scene, None
        if self._shown < 0 and not self._document.history:
            first = first_picture(scene)
        if first is None:
            self.cleared.emit()
            return
        self.image = self.before = first
        self._document.fit_brush(first.width())
        self.thumbnail.emit(scene, first)

    def _ask_exact(self) -> None:
        if self._document.live is None:
            self._ask(Purpose.REST, self._document.edit)
            if self.before is None and self._document.edit:
                self._ask(Purpose.BEFORE, Edit())
        else:
            self._rest.start()  # the hand is still down, only slow

    def _ask(
        self,
        purpose: Purpose,
        edit: Edit,
        scene: Scene | None = None,
        saving: Saving | None = None,
    ) -> None:
        scene = scene or self._document.scene
        latent = self._document.given_latent(scene)
        self._thread.request(Request(self._stamp, purpose, scene, edit, saving, latent))

    def _take(self, frame: Frame) -> None:
        request = frame.request
        self._document.note_latent(request.scene, frame.latent)
        here = request.scene == self._document.scene
        match request.purpose:
            case Purpose.THUMBNAIL:
                self.thumbnail.emit(request.scene, frame.image)
            case Purpose.SAVE:
                assert request.saving is not None, "LivePicture.save gives every one a path"
                self.saved.emit(str(request.saving.path))
            case Purpose.BEFORE if here:
                self._take_before(frame)
            case Purpose.LIVE if here and request.stamp > self._shown:
                self._show(frame)
            case Purpose.REST if here and request.stamp == self._stamp:
                self._show(frame)
                if self.before is None and not request.edit:
                    self._take_before(frame)
                self.resting = True
                self.thumbnail.emit(request.scene, frame.image)
                self.settled.emit()

    def _take_before(self, frame: Frame) -> None:
        self.before = frame.image
        self.before_changed.emit()

    def _show(self, frame: Frame) -> None:
        self._shown = frame.request.stamp
        self.image = frame.image
        self._document.fit_brush(frame.image.width())
        self.changed.emit(frame)

    # Signals of the thread arrive late: what they are about may have been replaced meanwhile.

    def _take_answer(self, question: Question, answer: object) -> None:
        if self._asked_about.holds(question):
            self.answered.emit(question, answer)

    def _take_question_failure(self, question: Question, sentence: str) -> None:
        if self._asked_about.holds(question):
            self._asked_about.withdraw(type(question))
            self.question_failed.emit(question, sentence)

    def _take_last_answer(self, question: Question) -> None:
        if self._asked_about.holds(question):
            self._asked_about.withdraw(type(question))
            self.question_done.emit(question)

    def _take_failure(self, request: Request, sentence: str) -> None:
        if request.purpose == Purpose.SAVE:
            self.save_failed.emit(sentence)
        elif request.purpose == Purpose.THUMBNAIL:
            self._thread.forget(Purpose.THUMBNAIL)  # the others would fail alike
        elif request.stamp == self._stamp:  # of an older state nobody wants to know any more
            self._asked = None
            self._rest.stop()
            self._thread.forget(Purpose.REST, Purpose.BEFORE)
            self.failed.emit(sentence)
