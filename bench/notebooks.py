"""What running notebooks costs beside their own computing: `python -m bench.notebooks [--studies 40]`.

Measured side by side in one go: a loop of papermill and nbconvert by command line, and `workbench run`, on the
demonstration study and on many small ones. Prints a Markdown table for docs/benchmarks.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORKBENCH = [sys.executable, "-c", "import sys; from workbench.cli import main; sys.exit(main())"]
# A study as small as it can be: two customers, three deliveries, no time equations.
PARAMS = """\
study: {name}
company: Small
edition: internal
as_of: 2025-12-31
sources:
  customers: {{files: [c.csv], columns: {{customer_id: id}}}}
  deliveries:
    files: [d.csv]
    columns: {{delivery_id: id, customer_id: customer, delivered_on: day, revenue_eur: eur, booked_margin_eur: margin}}
economic: {{draws: 100}}
"""
FILES = {
    "c.csv": "id\nC1\nC2\n",
    "d.csv": "id,customer,day,eur,margin\nD1,C1,2025-11-03,10,2\nD2,C2,2025-11-04,20,5\nD3,C2,2025-12-04,20,-5\n",
}


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--studies", type=int, default=40)
    asked.add_argument("--looped", type=int, default=2, help="small studies that the loop really runs, then scaled")
    given = asked.parse_args()
    notebooks = [*sorted((ROOT / "notebooks").glob("0[1-9]_*.ipynb")), *sorted((ROOT / "notebooks").glob("00_*.ipynb"))]
    with tempfile.TemporaryDirectory(prefix="wb-") as scratch:
        folder = Path(scratch)
        print("| what | seconds | ratio |\n|---|---|---|")
        _print(_one_study(notebooks, folder))
        _print(_many_studies(notebooks, folder, given.studies, given.looped))
    return 0


def _print(rows: list[tuple[str, float, str]]) -> None:
    for what, seconds, ratio in rows:
        print(f"| {what} | {seconds:.1f} | {ratio} |", flush=True)


def _one_study(notebooks: list[Path], folder: Path) -> list[tuple[str, float, str]]:
    params = ROOT / "params" / "demo.yaml"
    looped = _loop(params, notebooks, folder / "loop")
    one = _timed([*WORKBENCH, "run", str(params), "--output", str(folder / "one")])
    cells = sum(_cells_seconds(file) for file in (folder / "one").glob("*/*/notebooks/*.ipynb"))
    two = _timed([*WORKBENCH, "run", str(params), "--output", str(folder / "two"), "--jobs", "2"])
    again = _timed([*WORKBENCH, "run", str(params), "--output", str(folder / "one")])
    imports = _timed([sys.executable, "-c", "import workbench.publish.warm"])
    start = (
        "from jupyter_client.manager import start_new_kernel as s; k, c = s(); c.stop_channels(); k.shutdown_kernel()"
    )
    kernel = _timed([sys.executable, "-c", start]) - _timed([sys.executable, "-c", start.partition(";")[0]])
    floor = imports + len(notebooks) * (kernel + 0.08)
    return [
        (f"papermill and nbconvert by command line, {len(notebooks)} notebooks", looped, ""),
        ("`workbench run`, cold", one, f"{looped / one:.1f} × faster"),
        ("`workbench run --jobs 2`, cold", two, f"{looped / two:.1f} × faster"),
        ("the cells' own seconds in it", cells, ""),
        ("overhead: cold run less the cells", one - cells, f"{(one - cells) / floor:.2f} × the floor"),
        (f"floor: imports once {imports:.1f}, {len(notebooks)} kernel starts of {kernel:.1f}", floor, ""),
        ("`workbench run` again, nothing changed", again, ""),
    ]


def _many_studies(notebooks: list[Path], folder: Path, studies: int, looped: int) -> list[tuple[str, float, str]]:
    files = []
    for number in range(studies):
        home = folder / f"client{number}"
        home.mkdir()
        for name, text in FILES.items():
            (home / name).write_text(text)
        files.append(home / "params.yaml")
        files[-1].write_text(PARAMS.format(name=f"client{number}"))
    batch = _timed([*WORKBENCH, "run", *map(str, files), "--output", str(folder / "batch"), "--jobs", "2"])
    made = {file.name for file in (folder / "batch").glob("client0/*/notebooks/*.ipynb")}
    run = [notebook for notebook in notebooks if notebook.name in made]  # the chapters that so small a study has
    loop = sum(_loop(file, run, folder / f"loop{file.parent.name}") for file in files[:looped]) / looped * studies
    again = _timed([*WORKBENCH, "run", *map(str, files), "--output", str(folder / "batch"), "--jobs", "2"])
    return [
        (f"{studies} small studies of {len(run)} notebooks, loop ({looped} run, scaled)", loop, ""),
        (f"{studies} small studies, `workbench run --jobs 2`", batch, f"{loop / batch:.1f} × faster"),
        (f"{studies} small studies again, nothing changed", again, ""),
    ]


def _loop(params: Path, notebooks: list[Path], folder: Path) -> float:
    folder.mkdir()
    begun = time.monotonic()
    for notebook in notebooks:
        executed = folder / notebook.name
        parameters = ["-p", "params_file", str(params), "-p", "run_dir", str(folder / "run")]
        _timed([_beside("papermill"), str(notebook), str(executed), *parameters, "--cwd", str(notebook.parent)])
        _timed([_beside("jupyter"), "nbconvert", "--to", "html", "--no-input", str(executed)])
    return time.monotonic() - begun


def _timed(command: list[str]) -> float:
    begun = time.monotonic()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONWARNINGS": ""}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return time.monotonic() - begun


def _beside(program: str) -> str:
    return shutil.which(program, path=str(Path(sys.executable).parent)) or program


def _cells_seconds(notebook: Path) -> float:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return sum(cell["metadata"].get("papermill", {}).get("duration") or 0 for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
