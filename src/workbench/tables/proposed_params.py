"""A params file proposed from a folder of client files: all of it guesses, each marked, for a person to confirm."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from workbench.errors import ParamsError
from workbench.params.study import STUDY_NAME
from workbench.tables.column_guesses import Candidate, GuessedTable, guessed_tables
from workbench.tables.contracts import CONTRACTS, Contract
from workbench.tables.file_guesses import GuessedColumn, GuessedFile, common_marks, guessed_file, marks_differ
from workbench.tables.opening import ENDINGS

DRIVERS = "drivers:   # what makes work"
ITEMS = (
    "attributes:   # what is rated; what is said to matter goes under stated_importance, loyalty under loyalty_items"
)
HEAD = """\
# The study {name}, proposed from {origin}. It does not run yet.
#
# 1. Fill in company, edition and as_of.
# 2. Read the sources, one by one. `# guessed:` says why a line is as it is; a line that begins with `# ?` could not be
#    decided: complete it and take the `# ?` away, or delete it. Delete what the study does not need.
# 3. Take each source that you have read out of to_confirm.
# 4. workbench check {file} tells what is wrong with this file and with the client's, without running the study.
#
# Every key is explained in params/README.md; a misspelt key is refused. Paths are relative to this file.

study: {name}
company:                      # as printed on every page
edition:                      # internal: clients are named
as_of:                        # the study sees nothing later; mostly the last day of the files' last month
currency: EUR                 # guessed: nothing says otherwise
to_confirm: [{to_confirm}]

sources:
"""


def write_proposed_params(name: str, *, folder: Path | None, params: Path) -> Path:
    """Write `<params>/<name>.yaml`, proposed from the client files in a folder; returns its path.

    Raises: ParamsError where the name cannot be a study's, the file is there already, or `proposed_params` does.
    """
    if not re.fullmatch(STUDY_NAME, name):
        raise ParamsError(f"{name!r} cannot name a study; use lower-case letters, digits, - and _, e.g. acme-2026")
    target = params / f"{name}.yaml"
    if target.exists():
        raise ParamsError(f"{target} is there already; choose another name, or move it away first")
    text = proposed_params(name, folder=folder, target=target)
    params.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def proposed_params(name: str, *, folder: Path | None, target: Path) -> str:
    """The text of a params file for the client files in a folder, or an empty form where there is no folder.

    Parameters: name, of the study; target, where the text will be written: its paths are relative to that.
    Raises: ParamsError where the folder is none, or holds no file that a source could be.
    """
    files = _guessed_files(folder) if folder else []
    tables: dict[str, list[tuple[GuessedTable, list[GuessedFile]]]] = {}
    unknown = []
    for group in _deliveries_of_one_table(files):
        found = guessed_tables(group[0])
        if found:
            tables.setdefault(found[0].contract.table, []).append((found[0], group))
        else:
            unknown.append(group)
    wanted = [table for table in CONTRACTS if table in tables or table in ("customers", "deliveries")]
    parts = [_source(tables[table], target) if table in tables else _empty_source(CONTRACTS[table]) for table in wanted]
    left = {file.path: "like no table of ours, not used" for group in unknown for file in group}
    left |= {path: _why_unread(path) for path in (_unread(folder, files) if folder else [])}
    notes = [f"  # ? {_relative(path, target)}: {left[path]}\n" for path in sorted(left)]
    head = HEAD.format(
        name=name,
        origin="nothing" if folder is None else _plain(str(folder)),
        file=_relative(target, Path.cwd() / "x"),
        to_confirm=", ".join(wanted),
    )
    return (
        head
        + "\n".join([*parts, "".join(notes)])
        + "\n# The time equations come here: see economic in params/README.md.\n"
    )


def _guessed_files(folder: Path) -> list[GuessedFile]:
    if not folder.is_dir():
        raise ParamsError(f"{folder}: must be a folder of client files; there is no such folder")
    files = [file for path in _visible(folder) if (file := guessed_file(path))]
    if not files and not any(map(_is_excel, _visible(folder))):
        raise ParamsError(
            f"{folder}: holds no CSV or Parquet file with a header and rows, and no Excel file; put the client's files "
            "there"
        )
    return files


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _unread(folder: Path, files: Sequence[GuessedFile]) -> list[Path]:
    return [path for path in _visible(folder) if path not in {file.path for file in files}]


def _why_unread(path: Path) -> str:
    if _is_excel(path):
        return "an Excel file, not looked at; write its source by hand, see Excel in params/README.md"
    return "not used, as it is no CSV or Parquet file with a header and rows"


def _is_excel(path: Path) -> bool:
    return ENDINGS.get(path.suffix.lower()) == "excel"


def _deliveries_of_one_table(files: Sequence[GuessedFile]) -> list[list[GuessedFile]]:
    """Files with the same header, written in the same way, whose names differ in their digits only, go together."""
    groups: dict[tuple, list[GuessedFile]] = {}
    for file in files:
        header = tuple(column.name for column in file.columns)
        stem = re.sub(r"\d+", "#", file.path.stem)
        groups.setdefault((file.path.parent, stem, header, file.encoding, file.separator), []).append(file)
    return list(groups.values())


def _source(found: list[tuple[GuessedTable, list[GuessedFile]]], target: Path) -> str:
    found = sorted(found, key=lambda one: -one[0].likeness)
    table, files = found[0]
    others = "".join(
        f"    # ? {_relative(file.path, target)} could be {table.contract.table}, too\n"
        for _, group in found[1:]
        for file in group
    )
    names = ", ".join(_quoted(_relative(file.path, target)) for file in files)
    lines = [f"  {table.contract.table}:", f"    files: [{names}]   # guessed: by name and columns"]
    if files[0].format == "csv":
        lines += [f"    encoding: {files[0].encoding}   # guessed: every byte can be read so"]
        separator = "\\t" if files[0].separator == "\t" else files[0].separator
        lines += [f'    separator: "{separator}"   # guessed: most lines have {len(files[0].columns)} fields']
    lines += _marks(files[0].columns) + _dates(table)
    lines += ["    columns:"]
    lines += [_mapped(table.sure[name]) for name in table.contract.names if name in table.sure]
    for column in table.contract.columns:
        if column.name in table.sure:
            continue
        choices = [one for one in table.possible if one.ours.name == column.name][:3]
        if choices or column.required:
            lines.append(_unresolved(column.name, column.required, column.meaning, choices))
    named = {one.theirs.name for one in (*table.sure.values(), *table.possible)}
    rest = [column for column in files[0].columns if column.name not in named]
    block = DRIVERS if table.contract.has_drivers else ITEMS if table.contract.has_items else None
    free = [column for column in rest if column.marks] if block else []
    lines += [f"      # not used: {_plain(column.name)}, {_examples(column)}" for column in rest if column not in free]
    if free:
        lines.append(f"    # ? {block}, named as you like; numbers that are not used above")
        lines += [f"    # ?   {_key(one.name)}: {_quoted(one.name)}   # {_examples(one)}" for one in free]
    return "\n".join(lines) + "\n" + others


def _marks(columns: Sequence[GuessedColumn]) -> list[str]:
    marks = common_marks(columns)
    if not marks:
        return ["    # ? decimal: and thousands: differ between columns; these numbers cannot all be read in one way"]
    if marks_differ(columns, marks):
        said = " or ".join(f"decimal {decimal!r} with thousands {thousands!r}" for decimal, thousands in marks)
        return [f"    # ? decimal: and thousands: can be {said}"]
    (decimal, thousands), why = marks[0], "guessed: reads the numbers of the first rows"
    lines = [] if decimal == "." else [f'    decimal: "{decimal}"   # {why}']
    return lines + ([f'    thousands: "{thousands}"   # {why}'] if thousands else [])


def _dates(table: GuessedTable) -> list[str]:
    columns = [one.theirs for one in table.sure.values() if one.theirs.dates and not one.theirs.is_typed]
    if not columns:
        return []
    formats = [one for one in columns[0].dates if all(one in column.dates for column in columns)]
    if len(formats) == 1:
        return [f'    date_format: "{formats[0]}"   # guessed: reads the dates of the first rows']
    if formats:
        return [
            f'    # ? date_format: "{formats[0]}"   # or {" or ".join(formats[1:])}: no day in the first rows decides'
        ]
    return ["    # ? date_format: differs between columns, which one source cannot have"]


def _mapped(one: Candidate) -> str:
    return f"      {one.ours.name}: {_quoted(one.theirs.name)}   # guessed: {_examples(one.theirs)}"


def _unresolved(name: str, required: bool, meaning: str, choices: Sequence[Candidate]) -> str:
    first, *others = [_quoted(one.theirs.name) for one in choices] or [""]
    said = [f"or {other}" for other in others] + [_examples(one.theirs) for one in choices[:1]]
    said += ["required"] * required + [meaning]
    return f"      # ? {name}: {first}".rstrip() + f"   # {'; '.join(said)}"


def _empty_source(contract: Contract) -> str:
    lines = [f"  {contract.table}:", "    # ? files:   # no file was found that looks like it", "    columns:"]
    lines += [_unresolved(column.name, column.required, column.meaning, ()) for column in contract.columns]
    return "\n".join(lines) + "\n"


def _examples(column: GuessedColumn) -> str:
    shown = [_plain(value)[:24] for value in dict.fromkeys(column.values)][:3]
    return f"e.g. {', '.join(shown)}" if shown else "no value in the first rows"


def _relative(path: Path, target: Path) -> str:
    return Path(os.path.relpath(path.resolve(), target.resolve().parent)).as_posix()


def _key(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_") or "driver"


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_./][\w./-]*", name) and name.lower() not in _WORDS else json.dumps(name)


_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"}


def _plain(text: str) -> str:
    """The text as it can stand in a comment: on one line, whatever it holds."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
