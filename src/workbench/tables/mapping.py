"""A source's mapping turned into SQL over the client's columns: each of our columns as written, and as read.

Texts are trimmed of spaces around them; a text listed under `missing`, or an empty one, is no value. Numbers follow
the source's decimal mark and thousands separator strictly: what can be read in two ways is not read.
"""

from dataclasses import dataclass

from workbench.params import Mapping, Source
from workbench.params.expressions import (
    Binary,
    ColumnRef,
    Expression,
    Negative,
    Number,
    RowNumber,
    Text,
    parse_expression,
)
from workbench.tables.client_files import ClientColumn, ClientFile, nearest, same_name
from workbench.tables.contracts import Column, Contract
from workbench.tables.raw_rows import sql_text

SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "month": "DATE",
    "money": "DECIMAL(18,6)",
    "number": "DOUBLE",
    "count": "BIGINT",
}
SPACES = " \t\r\n\u00a0\u202f\u2009"
THOUSANDS = {"": "", " ": "[ \u00a0\u202f\u2009]", "'": "['’]", ".": r"\.", ",": ","}


@dataclass(frozen=True)
class Field:
    """One of our columns in one file: SQL of what is written (null: nothing) and of what is read (null: unreadable).

    `value` is computed beside the client's columns and the `written` texts, which have the names w0, w1, ...
    """

    column: Column
    written: str
    value: str


def driver_column(name: str) -> Column:
    """How a cost driver is read: a number of at least 0."""
    return Column(name, "number", "cost driver", at_least=0)


def mapped_columns(contract: Contract, source: Source) -> dict[str, tuple[Column, Mapping]]:
    """Our columns that the source maps: the contract's, in its order, then the drivers as the params list them."""
    known = {column.name: column for column in contract.columns}
    ours = {name: (known[name], source.columns[name]) for name in contract.names if name in source.columns}
    return ours | {name: (driver_column(name), mapping) for name, mapping in source.drivers.items()}


def client_columns(mapping: Mapping) -> list[str]:
    """The names of the client's columns that a mapping uses, in alphabetical order."""
    if mapping.expression is not None:
        return sorted(parse_expression(mapping.expression).columns)
    return [] if mapping.column is None else [mapping.column]


def mapping_problems(contract: Contract, source: Source) -> list[str]:
    """What a mapping asks for that cannot be, whatever the files hold; one sentence each."""
    at = f"sources.{contract.table}"
    problems = [
        f"{at}.columns: unknown column {name!r}; {nearest(name, list(contract.names))}"
        + (" (a cost driver belongs under drivers)" if contract.has_drivers else "")
        for name in source.columns
        if name not in contract.names
    ]
    problems += [
        f"{at}.columns: the column {name!r} is required and not mapped; name the client's column that holds it"
        for name in contract.required
        if name not in source.columns
    ]
    if source.drivers and not contract.has_drivers:
        problems.append(f"{at}.drivers: {contract.table} has no cost drivers; take them out")
    taken = {name.casefold() for name in contract.names}
    for name in source.drivers:
        if name.casefold() in taken or not name.strip():
            problems.append(f"{at}.drivers: {name!r} is already the name of a column; give the driver another name")
        taken.add(name.casefold())
    problems += _mapped_twice(at, source)
    for name in source.duplicates_on:
        if name not in source.columns:
            hint = nearest(name, [ours for ours in source.columns if ours in contract.names])
            problems.append(f"{at}.duplicates_on: {name!r} is not one of the mapped columns; {hint}")
    for name, (column, mapping) in mapped_columns(contract, source).items():
        if mapping.expression is not None and column.kind in ("date", "month"):
            tree = parse_expression(mapping.expression)
            if not isinstance(tree, ColumnRef | Text) and not (isinstance(tree, Binary) and tree.op == "&"):
                problems.append(f"{at}.columns.{name}: arithmetic cannot give a date; join texts with & instead")
    return problems


def _mapped_twice(at: str, source: Source) -> list[str]:
    users: dict[str, list[str]] = {}
    for ours, mapping in (source.columns | source.drivers).items():
        if mapping.column is not None:
            users.setdefault(same_name(mapping.column), []).append(ours)
    return [
        f"{at}: the client's column {name!r} is mapped to {' and '.join(ours)}; if that is meant, write one of them as "
        f"{{expression: '[{name}]'}}"
        for name, ours in users.items()
        if len(ours) > 1
    ]


def mapped_fields(contract: Contract, source: Source, file: ClientFile) -> list[Field]:
    """The SQL of every mapped column of a file whose columns have been found, in the order of `mapped_columns`."""
    mapped = mapped_columns(contract, source).values()
    return [_field(f"w{place}", column, mapping, source, file) for place, (column, mapping) in enumerate(mapped)]


def _field(name: str, column: Column, mapping: Mapping, source: Source, file: ClientFile) -> Field:
    if mapping.constant is not None:
        return Field(column, _present(sql_text(mapping.constant), source), text_as(column.kind, name, source))
    tree = ColumnRef(mapping.column) if mapping.column is not None else parse_expression(mapping.expression)
    if isinstance(tree, ColumnRef):
        client = file.column(tree.name)
        return Field(column, as_written(client, source), _as(column.kind, client, name, source))
    texts = {used: as_written(file.column(used), source) for used in sorted(tree.columns)}
    there = [f"({text}) IS NOT NULL" for text in texts.values()]
    if isinstance(tree, Text | RowNumber) or (isinstance(tree, Binary) and tree.op == "&"):
        given = (" OR " if column.kind == "text" else " AND ").join(there) or "true"
        joined = _joined(tree, source, file)
        written = f"CASE WHEN {given} THEN coalesce({joined}, {_shown(texts)}) END"
        return Field(column, written, text_as(column.kind, f"CASE WHEN {given} THEN {joined} END", source))
    exact = column.kind in ("money", "count") and _is_exact(tree)
    written = f"CASE WHEN {' AND '.join(there) or 'true'} THEN {_shown(texts)} END"
    value = _number_as(column.kind, _computed(tree, source, file, exact), exact)
    return Field(column, written, f"CASE WHEN {name} IS NOT NULL THEN {value} END")


def _shown(texts: dict[str, str]) -> str:
    parts = [f"{sql_text(name + ' = ')} || ({text})" for name, text in texts.items()]
    return f"concat_ws(', ', {', '.join(parts) or repr('')})"


def as_written(client: ClientColumn, source: Source) -> str:
    """SQL of a client's value as a text, null where it is missing."""
    if client.nature == "float":
        whole = f"isfinite({client.sql}) AND {client.sql} = trunc({client.sql}) AND abs({client.sql}) < 1e15"
        text = f"CASE WHEN {whole} THEN TRY_CAST({client.sql} AS BIGINT)::VARCHAR ELSE {client.sql}::VARCHAR END"
    elif client.nature == "number":
        text = _without_zeros(f"{client.sql}::VARCHAR")
    else:
        text = f"{client.sql}::VARCHAR"
    return _present(text, source)


def _present(text: str, source: Source) -> str:
    missing = ", ".join(sql_text(word) for word in dict.fromkeys(["", *(word.strip() for word in source.missing)]))
    trimmed = f"trim({text}, {sql_text(SPACES)})"
    return f"CASE WHEN {trimmed} NOT IN ({missing}) THEN {trimmed} END"


def _without_zeros(text: str) -> str:
    return f"CASE WHEN contains({text}, '.') THEN rtrim(rtrim({text}, '0'), '.') ELSE {text} END"


def text_as(kind: str, text: str, source: Source) -> str:
    """SQL of a text read as a kind of column by the source's marks and date format, null where it cannot be."""
    if kind in ("id", "text"):
        return text
    if kind in ("date", "month"):
        day = f"try_strptime({text}, {sql_text(source.date_format)})"
        return f"date_trunc('month', {day})::DATE" if kind == "month" else f"{day}::DATE"
    mark, group = source.decimal, THOUSANDS[source.thousands]
    whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)" if group else r"\d+"
    pattern = {
        "count": rf"[+-]?{whole}([{mark}]0*)?",
        "money": rf"[+-]?({whole}([{mark}]\d{{0,6}}0*)?|[{mark}]\d{{1,6}}0*)",
        "number": rf"[+-]?({whole}([{mark}]\d*)?|[{mark}]\d+)([eE][+-]?\d+)?",
    }[kind]
    plain = f"regexp_replace({text}, {sql_text(group)}, '', 'g')" if group else f"({text})"
    plain = f"replace({plain}, {sql_text(mark)}, '.')" if mark != "." else plain
    cast = f"TRY_CAST({plain} AS {SQL_TYPES[kind]})"
    cast = _finite(cast) if kind == "number" else cast
    return f"CASE WHEN regexp_full_match({text}, {sql_text(pattern)}) THEN {cast} END"


def _as(kind: str, client: ClientColumn, written: str, source: Source) -> str:
    """SQL of a client's column read as a kind, given the SQL of what is written in it; null where nothing is."""
    if client.nature == "date":
        if kind in ("id", "text"):
            return written
        if kind in ("date", "month"):
            day = f"TRY_CAST({client.sql} AS DATE)"
            day = f"date_trunc('month', {day})::DATE" if kind == "month" else day
            return f"CASE WHEN {written} IS NOT NULL THEN {day} END"
        return f"NULL::{SQL_TYPES[kind]}"
    if client.nature in ("number", "float") and kind in ("money", "number", "count"):
        return f"CASE WHEN {written} IS NOT NULL THEN {_number_as(kind, client.sql, client.nature == 'number')} END"
    return text_as(kind, written, source)


def _number_as(kind: str, number: str, exact: bool) -> str:
    """SQL of a number as a kind: money must have at most six decimals where it is exact, and is rounded to six else."""
    if kind == "number":
        return _finite(f"TRY_CAST({number} AS DOUBLE)")
    if kind == "count":
        return f"CASE WHEN ({number}) = round({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if kind in ("id", "text"):
        return _without_zeros(f"({number})::VARCHAR")
    if exact:
        text = f"({number})::VARCHAR"
        return (
            rf"CASE WHEN regexp_full_match({text}, '-?\d+(\.\d{{0,6}}0*)?') THEN TRY_CAST({text} AS DECIMAL(18,6)) END"
        )
    return f"CASE WHEN isfinite({number}) THEN TRY_CAST(round({number}, 6) AS DECIMAL(18,6)) END"


def _finite(number: str) -> str:
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _is_exact(tree: Expression) -> bool:
    if isinstance(tree, Binary):
        return tree.op in "+-" and _is_exact(tree.left) and _is_exact(tree.right)
    return _is_exact(tree.operand) if isinstance(tree, Negative) else True


def _joined(tree: Expression, source: Source, file: ClientFile) -> str:
    """SQL of an expression as a text; a missing value is an empty text."""
    if isinstance(tree, ColumnRef):
        return f"coalesce({as_written(file.column(tree.name), source)}, '')"
    if isinstance(tree, Text):
        return sql_text(tree.value)
    if isinstance(tree, Binary) and tree.op == "&":
        return f"{_joined(tree.left, source, file)} || {_joined(tree.right, source, file)}"
    exact = _is_exact(tree)
    return _without_zeros(f"({_computed(tree, source, file, exact)})::VARCHAR")


def _computed(tree: Expression, source: Source, file: ClientFile, exact: bool) -> str:
    """SQL of an expression as a number: DECIMAL(28,6) where exact (sums and differences only), else DOUBLE."""
    sql_type = "DECIMAL(28,6)" if exact else "DOUBLE"
    if isinstance(tree, RowNumber):
        return f"_row::{'BIGINT' if exact else 'DOUBLE'}"
    if isinstance(tree, Number):
        return f"{tree.value}::{sql_type}"
    if isinstance(tree, ColumnRef):
        client = file.column(tree.name)
        return f"({_as('money' if exact else 'number', client, as_written(client, source), source)})::{sql_type}"
    if isinstance(tree, Negative):
        return f"(-{_computed(tree.operand, source, file, exact)})"
    left, right = (_computed(side, source, file, exact) for side in (tree.left, tree.right))
    return f"({left} {tree.op} {right})"
