"""The documents say what the code does: `python -m house.docs_agreement`.

Commands and flags of `workbench` named in code spans and code blocks exist, `make` targets exist, assumptions cited in
code, notebooks and documents are in docs/assumptions.md, and links between documents lead somewhere.
"""

import argparse
import importlib
import json
import re
import sys
from pathlib import Path

from house.verdict import ROOT, say_verdict

_FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?<![\w.])(?<!from )(?<!import )workbench +([a-z][\w-]*)([^`\n|&;#]*)")
_MAKE = re.compile(r"(?<![\w./-])make +([a-z][\w-]*)")
_TARGET = re.compile(r"^([A-Za-z][\w -]*?)\s*:(?!=)", re.MULTILINE)
_CITED = re.compile(r"\bassumptions?\s+((?:A?\d+(?:\s*,\s*|\s+and\s+)?)+)", re.IGNORECASE)
_DECLARED = re.compile(r"^[\s|#*-]*(A\d+)\b", re.MULTILINE)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


def command_problems(page: str, parser: argparse.ArgumentParser | None) -> list[str]:
    """Commands and flags that a Markdown page names and the parser does not have."""
    commands = _commands(parser)
    every_flag = {flag for flags in commands.values() for flag in flags}
    problems = []
    for code in _code(page):
        for name, rest in _COMMAND.findall(code):
            if name not in commands:
                problems.append(f"there is no command 'workbench {name}' (there are: {', '.join(commands) or 'none'})")
                continue
            unknown = [flag for flag in re.findall(r"(?<![\w-])--?[a-z][\w-]*", rest) if flag not in commands[name]]
            problems += [f"'workbench {name}' has no {flag}" for flag in unknown]
        alone = re.match(r"--[a-z][\w-]*", code)
        if alone and alone.group() not in every_flag:
            problems.append(f"no command of workbench has {alone.group()}")
    return problems


def target_problems(page: str, makefile: str) -> list[str]:
    """Targets that a Markdown page names and the Makefile does not have."""
    targets = {name for names in _TARGET.findall(makefile) for name in names.split()}
    named = [name for code in _code(page) for name in _MAKE.findall(code)]
    return [f"there is no target 'make {name}' in the Makefile" for name in named if name not in targets]


def assumption_problems(text: str, declared: set[str]) -> list[str]:
    """Assumptions that a text cites and docs/assumptions.md does not declare; they are cited as 'assumption A12'."""
    problems = []
    for cited in _CITED.findall(text):
        for number in re.findall(r"A?\d+", cited):
            if not number.startswith("A"):
                problems.append(f"cite 'assumption {number}' as 'assumption A{number}'")
            elif number not in declared:
                problems.append(f"assumption {number} is not in docs/assumptions.md")
    return problems


def link_problems(page: Path, root: Path) -> list[str]:
    """Relative links of a Markdown file that lead to no file of the repository, or to no heading of it."""
    text = page.read_text(encoding="utf-8")
    problems = []
    for link in _LINK.findall(_SPAN.sub("", _FENCED.sub("", text))):
        if re.match(r"[a-z][a-z0-9+.-]*:", link):
            continue
        address, _, heading = link.partition("#")
        target = (page.parent / address).resolve() if address else page
        if not target.is_relative_to(root.resolve()) or not target.exists():
            problems.append(f"the link {link!r} leads to no file")
        elif heading and target.suffix == ".md" and heading not in _anchors(target.read_text(encoding="utf-8")):
            problems.append(f"the link {link!r} leads to no heading")
    return problems


def found_problems(root: Path, parser: argparse.ArgumentParser | None) -> list[str]:
    """Where the documents of a repository and its code disagree, 'file: problem'; parser None: there is no command."""
    guides = [file for file in _pages(root) if "decisions" not in file.parts and file.name != "CHANGELOG.md"]
    makefile = _text(root / "Makefile")
    assumptions = root / "docs" / "assumptions.md"
    declared = _DECLARED.findall(_text(assumptions))
    twice = sorted({number for number in declared if declared.count(number) > 1})
    problems = [f"docs/assumptions.md: {number} is declared twice" for number in twice]
    for file in guides:
        text = _text(file)
        problems += _named(root, file, command_problems(text, parser) + target_problems(text, makefile))
    for file in _pages(root):
        problems += _named(root, file, link_problems(file, root))
    for file in [*_pages(root), *sorted((root / "src").rglob("*.py")), *sorted((root / "notebooks").glob("*.ipynb"))]:
        if file != assumptions:
            problems += _named(root, file, assumption_problems(_text(file), set(declared)))
    return problems


def main() -> int:
    """Check the documents of this repository."""
    parser = importlib.import_module("workbench.cli").parser()
    return say_verdict("documents", found_problems(ROOT, parser))


def _pages(root: Path) -> list[Path]:
    return sorted(
        [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("params/*.md"), *root.glob("reports/*.md")]
    )


def _named(root: Path, file: Path, problems: list[str]) -> list[str]:
    return [f"{file.relative_to(root)}: {problem}" for problem in problems]


def _text(file: Path) -> str:
    """The text of a file, of a notebook the text of its cells; empty where there is no such file."""
    if not file.exists():
        return ""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def _code(page: str) -> list[str]:
    """The code of a Markdown page: its spans, and the lines of its blocks."""
    blocks = [found.group() for found in _FENCED.finditer(page)]
    return _SPAN.findall(_FENCED.sub("", page)) + [line for block in blocks for line in block.splitlines()[1:-1]]


def _commands(parser: argparse.ArgumentParser | None) -> dict[str, set[str]]:
    groups = [] if parser is None else [one for one in parser._actions if isinstance(one, argparse._SubParsersAction)]
    return {
        name: {flag for action in command._actions for flag in action.option_strings}
        for group in groups
        for name, command in group.choices.items()
    }


def _anchors(page: str) -> set[str]:
    headings = _HEADING.findall(_FENCED.sub("", page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


if __name__ == "__main__":
    sys.exit(main())
