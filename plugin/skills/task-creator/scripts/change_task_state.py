#!/usr/bin/env python3
"""Says what has become of a task.

    change_task_state.py <task> <state> [--note TEXT]

Hands everything on to `decapod task state`: its words, its output and its exit code.
"""
import os
import sys

PROGRAM = os.environ.get("DECAPOD") or "decapod"

try:
    os.execvp(PROGRAM, [PROGRAM, "task", "state", *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{PROGRAM} cannot be started ({error.strerror}): put decapod into PATH, or set DECAPOD to its path")
