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
from workbench.tables.raw_rows import RawRows, sql_text

SQL_TYPES = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "month": "DATE",
    "money": "DECIMAL(18,6)",
    "number": "DOUBLE",
    "count": "BIGINT",
}
PLAIN_MARKS = {"decimal": ".", "thousands": ""}
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465  # 1 March 1900, before which Excel counts a day that never was; end of 9999
SPACES = " \t\r\n\u00a0\u202f\u2009"
THOUSANDS = {"": "", " ": "[ \u00a0\u202f\u2009]", "'": "['’]", ".": r"\.", ",": ","}


@dataclass(frozen=True)
class Field:
    """One of our columns in one file, as SQL in three steps, each computed from the one before.

    written: the text shown for it (null: no value), from the client's columns c<j> and their texts t<j>; computed: what
    its expression gives, from the same (NULL without an expression); value: what is read (null: unreadable), from the
    client's columns and from written and computed, by then named w<i> and e<i>, i being its place.
    """

    column: Column
    written: str
    computed: str
    value: str


def driver_column(name: str) -> Column:
    """How a cost driver is read: a number of at least 0."""
    return Column(name, "number", "cost driver", at_least=0)


def free_columns(source: Source) -> list[Column]:
    """The columns that the params name: cost drivers, or the scores of a survey."""
    scores = [Column(name, "number", "score", scored=True) for name in source.item_columns]
    return [*(driver_column(name) for name in source.drivers), *scores]


def mapped_columns(contract: Contract, source: Source) -> dict[str, tuple[Column, Mapping]]:
    """Our columns that the source maps: the contract's, in its order, then those the params name."""
    known = {column.name: column for column in contract.columns}
    ours = {name: (known[name], source.columns[name]) for name in contract.names if name in source.columns}
    mappings = source.drivers | source.item_columns
    return ours | {column.name: (column, mappings[column.name]) for column in free_columns(source)}


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
    taken = {name.casefold() for name in (*contract.names, *contract.added)}
    for name in [*source.drivers, *source.item_columns]:
        if name.casefold() in taken or not name.strip():
            block, one = ("drivers", "driver") if name in source.drivers else ("attributes", "attribute")
            problems.append(f"{at}.{block}: {name!r} is already the name of a column; give the {one} another name")
        taken.add(name.casefold())
    problems += _mapped_twice(at, source)
    mapped = list(mapped_columns(contract, source))
    for name in source.duplicates_on or []:
        if name not in mapped:
            hint = nearest(name, mapped)
            problems.append(f"{at}.duplicates_on: {name!r} is not one of the mapped columns; {hint}")
    for name, (column, mapping) in mapped_columns(contract, source).items():
        if mapping.expression is not None and column.kind in ("date", "month"):
            tree = parse_expression(mapping.expression)
            if not isinstance(tree, ColumnRef | Text) and not (isinstance(tree, Binary) and tree.op == "&"):
                problems.append(f"{at}.columns.{name}: arithmetic cannot give a date; join texts with & instead")
    return problems


def _mapped_twice(at: str, source: Source) -> list[str]:
    users: dict[str, list[str]] = {}
    for ours, mapping in (source.columns | source.drivers | source.item_columns).items():
        if mapping.column is not None:
            users.setdefault(same_name(mapping.column), []).append(ours)
    return [
        f"{at}: the client's column {name!r} is mapped to {' and '.join(ours)}; if that is meant, write one of them as "
        f"{{expression: '[{name}]'}}"
        for name, ours in users.items()
        if len(ours) > 1
    ]


def mapped_rows(contract: Contract, source: Source, rows: RawRows) -> str:
    """SQL of a file's rows as mapped: `_n`, then per column of `mapped_columns` w<i> (as written) and v<i> (as read).

    The steps are nested queries, so that nothing is computed twice.
    """
    mapped = mapped_columns(contract, source).values()
    fields = [_field(place, column, mapping, source, rows.file) for place, (column, mapping) in enumerate(mapped)]
    used = dict.fromkeys(name for _, mapping in mapped for name in client_columns(mapping))
    texts = "".join(
        f", {_present(shown_text(client), source)} AS {_text(client)}"
        for client in dict.fromkeys(map(rows.file.column, used))
    )
    steps = "".join(
        f", {field.written} AS w{place}, {field.computed} AS e{place}" for place, field in enumerate(fields)
    )
    values = "".join(
        f", w{place}, ({field.value})::{SQL_TYPES[field.column.kind]} AS v{place}" for place, field in enumerate(fields)
    )
    return f"SELECT _n{values} FROM (SELECT *{steps} FROM (SELECT *{texts} FROM {rows.relation}))"


def constants(contract: Contract, source: Source) -> dict[str, str]:
    """Our columns that are constants, with SQL that is true where the constant cannot be read."""
    mapped = mapped_columns(contract, source)
    unreadable = {}
    for name, (column, mapping) in mapped.items():
        if mapping.constant is not None:
            written = _present(sql_text(mapping.constant), source)
            read = text_as(column.kind, "w", source)
            unreadable[name] = f"SELECT w IS NOT NULL AND ({read}) IS NULL FROM (SELECT {written} AS w)"
    return unreadable


def _field(place: int, column: Column, mapping: Mapping, source: Source, file: ClientFile) -> Field:
    written, computed = f"w{place}", f"e{place}"
    if mapping.constant is not None:
        return Field(
            column, _present(sql_text(mapping.constant), source), "NULL", text_as(column.kind, written, source)
        )
    tree = ColumnRef(mapping.column) if mapping.column is not None else parse_expression(mapping.expression)
    if isinstance(tree, ColumnRef):
        client = file.column(tree.name)
        return Field(column, _text(client), "NULL", _as(column.kind, client, source))
    texts = {name: _text(file.column(name)) for name in sorted(tree.columns)}
    shown = ", ".join([*(f"{sql_text(name + ' = ')} || {text}" for name, text in texts.items()), "NULL"])
    shown = f"concat_ws(', ', {shown})"
    there = [f"{text} IS NOT NULL" for text in texts.values()]
    if isinstance(tree, Text | RowNumber) or (isinstance(tree, Binary) and tree.op == "&"):
        given = (" OR " if column.kind == "text" else " AND ").join(there) or "true"
        joined = f"CASE WHEN {given} THEN {_joined(tree, source, file)} END"
        shown = f"CASE WHEN {given} THEN coalesce({joined}, {shown}) END"
        return Field(column, shown, joined, text_as(column.kind, computed, source))
    given = " AND ".join(there) or "true"
    exact = column.kind in ("money", "count") and _is_exact(tree)
    number = f"CASE WHEN {given} THEN {_computed(tree, source, file, exact)} END"
    return Field(column, f"CASE WHEN {given} THEN {shown} END", number, _number_as(column.kind, computed, exact))


def _text(client: ClientColumn) -> str:
    return client.sql.replace("c", "t", 1)


def shown_text(client: ClientColumn) -> str:
    """SQL of a client's value as a text, before spaces are taken off and missing ones made null."""
    text = f"{client.sql}::VARCHAR"
    if client.nature == "cell":
        day = f"{client.sql}.day"
        day = f"CASE WHEN {day} = {day}::DATE THEN {day}::DATE::VARCHAR ELSE {day}::VARCHAR END"
        return f"coalesce({client.sql}.text, {_float_text(f'{client.sql}.number')}, {day})"
    if client.nature == "float":
        return _float_text(client.sql)
    if client.nature == "bytes":
        return f"coalesce(TRY(decode({client.sql})), {text})"
    return _without_zeros(text) if client.nature in ("number", "digits") else text


def _float_text(number: str) -> str:
    whole = f"isfinite({number}) AND {number} = trunc({number}) AND abs({number}) < 1e15"
    return f"CASE WHEN {whole} THEN TRY_CAST({number} AS BIGINT)::VARCHAR ELSE {number}::VARCHAR END"


def _present(text: str, source: Source) -> str:
    present = f"trim({text}, {sql_text(SPACES)})"
    for word in dict.fromkeys(["", *(word.strip() for word in source.missing)]):
        present = f"nullif({present}, {sql_text(word)})"
    return present


def _without_zeros(number: str) -> str:
    """SQL of a number's text without the zeros at the end of its decimals."""
    return rf"regexp_replace({number}, '(\.[0-9]*[1-9])0+$|\.0+$', '\1')"


def text_as(kind: str, text: str, source: Source) -> str:
    """SQL of a text read as a kind of column by the source's marks and date format, null where it cannot be."""
    if kind in ("id", "text"):
        return text
    if kind in ("date", "month"):
        return _day_as(kind, f"try_strptime({text}, {sql_text(source.date_format)})::DATE")
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


def _as(kind: str, client: ClientColumn, source: Source) -> str:
    """SQL of a client's column read as a kind; null where nothing is written, or what is cannot be read."""
    written = _text(client)
    if client.nature == "cell":
        return _cell_as(kind, client, source)
    if client.nature == "digits":
        return text_as(kind, written, source.model_copy(update=PLAIN_MARKS))
    if client.nature == "date" and kind in ("date", "month"):
        return _day_as(kind, f"CASE WHEN {written} IS NOT NULL THEN TRY_CAST({client.sql} AS DATE) END")
    if client.nature in ("number", "float") and kind in ("money", "number", "count"):
        return f"CASE WHEN {written} IS NOT NULL THEN {_number_as(kind, client.sql, client.nature == 'number')} END"
    return text_as(kind, written, source)


def _cell_as(kind: str, client: ClientColumn, source: Source) -> str:
    """SQL of a cell read as a kind: a number or a day by its own type, a text by the source's marks.

    A number in a column of dates is read by the date format, and else, in a spreadsheet, as the days since its first.
    """
    written, number, day = _text(client), f"{client.sql}.number", f"{client.sql}.day"
    as_text = text_as(kind, written, source)
    if kind in ("money", "number", "count"):
        own = f"WHEN {number} IS NOT NULL THEN {_number_as(kind, number, False)}"
    elif kind in ("date", "month"):
        own = f"WHEN {day} IS NOT NULL THEN {_day_as(kind, f'{day}::DATE')}"
        if client.first_day:
            serial = f"DATE '{client.first_day}' + trunc({number})::INTEGER"
            serial = f"CASE WHEN {number} BETWEEN {FIRST_SERIAL} AND {LAST_SERIAL} THEN {serial} END"
            own += f" WHEN {number} IS NOT NULL THEN coalesce({as_text}, {_day_as(kind, serial)})"
    else:
        return as_text
    return f"CASE WHEN {written} IS NULL THEN NULL {own} ELSE {as_text} END"


def _day_as(kind: str, day: str) -> str:
    return f"date_trunc('month', {day})::DATE" if kind == "month" else day


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
    """Whether an expression can be computed in six decimals: sums and differences of columns and short numbers."""
    if isinstance(tree, Number):
        return tree.value.as_tuple().exponent >= -6
    if isinstance(tree, Binary):
        return tree.op in "+-" and _is_exact(tree.left) and _is_exact(tree.right)
    return _is_exact(tree.operand) if isinstance(tree, Negative) else True


def _joined(tree: Expression, source: Source, file: ClientFile) -> str:
    """SQL of an expression as a text; a missing value is an empty text."""
    if isinstance(tree, ColumnRef):
        return f"coalesce({_text(file.column(tree.name))}, '')"
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
        return f"({_as('money' if exact else 'number', file.column(tree.name), source)})::{sql_type}"
    if isinstance(tree, Negative):
        return f"(-{_computed(tree.operand, source, file, exact)})"
    left, right = (_computed(side, source, file, exact) for side in (tree.left, tree.right))
    return f"({left} {tree.op} {right})"
