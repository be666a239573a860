"""What a job wrote on the way."""

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from dissection.errors import printable
from ganpaint.jobs.job import Job
from ganpaint.toolkit.plain import in_title
from ganpaint.toolkit.theme import GRID


class LogDialog(QDialog):
    """Shows the log of a job while it grows, and copies the command line that does the same."""

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Log of: {in_title(job.title)}")
        self.resize(720, 400)
        self._job, self._shown = job, ""
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.copy = buttons.addButton("Copy command", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setVisible(bool(job.command))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(job.command))
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.text, 1)
        column.addWidget(buttons)
        job.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        text = printable("\n".join(self._job.log().splitlines()), kept="\n\t")
        if text != self._shown:  # what the editor gives back differs by kinds of spaces
            self._shown = text
            self.text.setPlainText(text)
            bar = self.text.verticalScrollBar()
            bar.setValue(bar.maximum())
