"""The demonstration's params file is the simulated carrier's own, with its inputs in .demo/."""

import argparse
import sys
from pathlib import Path

from workbench.carrier.files import SURVEY_SCORES, TIMESHEET_COLUMNS
from workbench.carrier.params_file import params_text
from workbench.carrier.work import stated_activities

TARGET = Path(__file__).parent.parent / "params" / "demo.yaml"
SEED = 1


def demo_text() -> str:
    """What params/demo.yaml must be for the world of `workbench simulate .demo`."""
    text = params_text(stated_activities(SEED), TIMESHEET_COLUMNS, SURVEY_SCORES)
    text = text.replace("reports/carrier/", "reports/demo/").replace("study: carrier ", "study: demo    ")
    schema = "# yaml-language-server: $schema=study.schema.json\n"
    return schema + text.replace("files: [inputs/", "files: [../.demo/inputs/")


def main() -> int:
    """Exit 1 where the file differs, unless it is to be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    if parser.parse_args().write:
        TARGET.write_text(demo_text(), encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != demo_text():
        print(f"{TARGET.name} is not that of the simulated carrier: python -m house.demo_params --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
