"""A notebook is a reading, not a program: `python -m house.notebook_shape`.

First the client's question; one parameters cell; short cells without logic of their own; about as much text as code;
one golden cell whose output is committed, no other output; no figure of a result in the prose.
"""

import ast
import json
import re
import sys
from pathlib import Path

from house.verdict import ROOT, say_verdict

PARAMETERS = {"params_file", "run_dir", "overrides"}
GOLDEN_TAGS = {"keep_output", "nbval-check-output"}
LONGEST_CELL = 15
TEXT_PER_CODE = (0.5, 1.6)
_LOGIC = {
    ast.FunctionDef: "def",
    ast.AsyncFunctionDef: "def",
    ast.ClassDef: "class",
    ast.Lambda: "lambda",
    ast.For: "for",
    ast.AsyncFor: "for",
    ast.While: "while",
    ast.If: "if",
    ast.IfExp: "if",
    ast.Match: "match",
    ast.Try: "try",
    ast.TryStar: "try",
}
_RESULT = re.compile(r"\d\s*(?:%|€|EUR\b)(?!\s*(?:confidence\s+)?interval)|€\s*\d")


def notebook_problems(notebook: dict) -> list[str]:
    """Where a notebook (as read from JSON) is not in the shape of the house: 'cell n: problem', counted from 1."""
    cells = [(number, cell, _source(cell)) for number, cell in enumerate(notebook["cells"], start=1)]
    code = [(number, cell, text) for number, cell, text in cells if cell["cell_type"] == "code"]
    prose = [(number, text) for number, cell, text in cells if cell["cell_type"] == "markdown"]
    problems = _title_problems(cells) + _parameter_problems(code) + _golden_problems(code)
    for number, _, text in code:
        problems += [f"cell {number}: {problem}" for problem in _code_problems(text)]
    for number, text in prose:
        found = _RESULT.search(text)
        if found:
            problems.append(
                f"cell {number}: prose must not state a result (got {found.group()!r}); use the wording layer"
            )
    low, high = TEXT_PER_CODE
    if code and not low <= len(prose) / len(code) <= high:
        problems.append(
            f"cell 1: {len(prose)} Markdown to {len(code)} code cells; between {low} and {high} to one are meant"
        )
    kernel = notebook["metadata"].get("kernelspec", {}).get("name")
    if kernel != "python3":
        problems.append(f"cell 1: the kernel must be python3 (got {kernel!r})")
    return problems


def found_problems(root: Path = ROOT) -> list[str]:
    """The problems of all notebooks of a repository, 'file: cell n: problem'."""
    return [
        f"notebooks/{file.name}: {problem}"
        for file in sorted((root / "notebooks").glob("*.ipynb"))
        for problem in notebook_problems(json.loads(file.read_text(encoding="utf-8")))
    ]


def main() -> int:
    """Check all notebooks."""
    return say_verdict("notebook shape", found_problems())


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def _title_problems(cells: list[tuple[int, dict, str]]) -> list[str]:
    titles = [
        (number, line)
        for number, cell, text in cells
        if cell["cell_type"] == "markdown"
        for line in text.splitlines()
        if line.startswith("# ")
    ]
    if not titles or titles[0][0] != 1 or not titles[0][1].rstrip().endswith("?"):
        return ["cell 1: must be Markdown with an H1 that asks the client's question and ends in '?'"]
    return [f"cell {number}: a second H1 {line!r}; there is one question per notebook" for number, line in titles[1:]]


def _parameter_problems(code: list[tuple[int, dict, str]]) -> list[str]:
    tagged = [(number, text) for number, cell, text in code if "parameters" in _tags(cell)]
    if len(tagged) != 1:
        return [f"cell 1: exactly one code cell must be tagged 'parameters' (got {len(tagged)})"]
    number, text = tagged[0]
    statements = ast.parse(text).body
    plain = all(isinstance(one, ast.Assign | ast.AnnAssign) for one in statements)
    names = [
        name.id
        for one in statements
        for name in ast.walk(one)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    ]
    if not plain or sorted(names) != sorted(PARAMETERS):
        return [f"cell {number}: must assign {', '.join(sorted(PARAMETERS))} and nothing else (got {', '.join(names)})"]
    return []


def _golden_problems(code: list[tuple[int, dict, str]]) -> list[str]:
    golden = [number for number, cell, _ in code if _tags(cell) >= GOLDEN_TAGS]
    problems = []
    if len(golden) != 1:
        problems.append(
            f"cell 1: exactly one cell must be golden, tagged {' and '.join(sorted(GOLDEN_TAGS))} (got {len(golden)})"
        )
    for number, cell, _ in code:
        if number in golden:
            problems += [] if cell["outputs"] else [f"cell {number}: the golden cell must keep its output"]
            continue
        if _tags(cell) & GOLDEN_TAGS:
            problems.append(f"cell {number}: has one of the two tags of a golden cell; give both or none")
        if cell["outputs"] or cell["execution_count"] is not None:
            problems.append(
                f"cell {number}: must be committed without output and execution count; run nbstripout --keep-id"
            )
    return problems


def _code_problems(text: str) -> list[str]:
    problems = []
    lines = len(text.splitlines())
    if lines > LONGEST_CELL:
        problems.append(f"has {lines} lines; {LONGEST_CELL} are the most")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return [*problems, f"is not plain Python ({error.msg}, line {error.lineno})"]
    found = sorted({_LOGIC[type(node)] for node in ast.walk(tree) if type(node) in _LOGIC})
    return problems + [f"must not hold '{word}'; move the logic into the package" for word in found]


if __name__ == "__main__":
    sys.exit(main())
