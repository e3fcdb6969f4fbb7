"""Imported first by the server that processes are forked from: it must not outlive its runner while it imports."""

import os

from workbench.publish.lifeline import end_with_parent

end_with_parent(int(os.environ["WORKBENCH_RUNNER"]))
