"""How every check of the house ends: its problems one a line, and exit code 1 where there are any."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def say_verdict(check: str, problems: list[str]) -> int:
    """Print the problems, or that there are none; returns the exit code."""
    for problem in problems:
        print(problem)
    print(f"{check}: {f'{len(problems)} problem(s)' if problems else 'all right'}")
    return 1 if problems else 0
