"""What a person sees while studies run, and the log that stays with each run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

LOG = logging.getLogger("workbench")
LOGGED = ("workbench", "papermill")


class Report:
    """Tells on stderr how far the studies are: a bar on a terminal, else one plain line per step."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True)
        self._bar: Progress | None = None

    @contextmanager
    def study(self, name: str, *, steps: int) -> Iterator[None]:
        """Show one study while the block runs."""
        if not self.console.is_terminal:
            yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as self._bar:
            self._task = self._bar.add_task(name, total=steps)
            try:
                yield
            finally:
                self._bar = None

    def step(self, study: str, what: str) -> None:
        """A step of the study begins."""
        LOG.info("%s: %s", study, what)
        if self._bar is None:
            self.say(f"{study}: {what}")
        else:
            self._bar.update(self._task, description=f"{study}: {what}")

    def done(self) -> None:
        """The step that began last has ended."""
        if self._bar is not None:
            self._bar.advance(self._task)

    def say(self, text: str) -> None:
        """One line for the person who waits, as it is: nothing in it is read as markup."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def logged_to(file: Path) -> Iterator[None]:
    """Write what the workbench and papermill log into `file` while the block runs."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in LOGGED]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
        handler.close()
