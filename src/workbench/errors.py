"""The few things that can go wrong, each named for the situation and said in one sentence."""


class WorkbenchError(Exception):
    """A refusal with its reason: where, what it must be, what came, what to do."""


class ParamsError(WorkbenchError):
    """The params file, an override or the command line asks for something that cannot be."""


class DataError(WorkbenchError):
    """A client file cannot be read as the params describe it, or breaks too many rules."""


class MissingTable(WorkbenchError):
    """A table that an earlier notebook makes is not there yet."""


class BooksDoNotClose(WorkbenchError):
    """A sum that must be exact to the cent is not; the message names the place and the difference."""


class RunFailed(WorkbenchError):
    """A notebook did not run to its end; the message names the notebook, the cell and the error."""


class NoSolution(WorkbenchError):
    """An optimisation or a fit found no solution where there must be one."""
