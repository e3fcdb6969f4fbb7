"""What a person sees while studies run, and the log that stays with each run."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

LOG = logging.getLogger("workbench")


class Report:
    """Tells on stderr how far the studies are: a bar each on a terminal, else one plain line per step."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True)
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    @contextmanager
    def study(self, name: str, *, steps: int) -> Iterator[None]:
        """Show one study while the block runs; several may be shown at once."""
        if not self.console.is_terminal:
            yield
            return
        if self._bars is None:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bars = Progress(*columns, console=self.console, transient=True)
            self._bars.start()
        self._tasks[name] = self._bars.add_task(name, total=steps)
        try:
            yield
        finally:
            self._bars.remove_task(self._tasks.pop(name))
            if not self._tasks:
                self._bars.stop()
                self._bars = None

    def step(self, study: str, what: str) -> None:
        """A step of the study begins."""
        log_of(study).info("%s: %s", study, what)
        if study in self._tasks:
            self._bars.update(self._tasks[study], description=f"{study}: {what}", refresh=True)
        else:
            self.say(f"{study}: {what}")

    def done(self, study: str) -> None:
        """A step of the study has ended."""
        if study in self._tasks:
            self._bars.advance(self._tasks[study])
            self._bars.refresh()

    def say(self, text: str) -> None:
        """One line for the person who waits, as it is: nothing in it is read as markup."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def log_of(study: str) -> logging.Logger:
    """The logger of one study: several are logged at once, each to its own file."""
    return LOG.getChild(study)


class _Appending(logging.Handler):
    """Appends each line in one go, so that several processes may log to one file, and a full disk ends nothing here."""

    def __init__(self, file: Path):
        super().__init__()
        self.file = file

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with self.file.open("a", encoding="utf-8") as opened:
                opened.write(self.format(record) + "\n")
        except OSError as error:
            sys.stderr.write(f"{self.file}: a line of the log is lost ({error.strerror})\n")


@contextmanager
def logged_to(file: Path, *names: str) -> Iterator[None]:
    """Write what the loggers of these names log to the end of `file` while the block runs: of others' only warnings.

    A library's chatter names folders of this machine, and says nothing that our own lines do not.
    """
    handler = _Appending(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO if logger.name.startswith(LOG.name) else logging.WARNING)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
