#!/usr/bin/env python3
"""Lists the tasks.

    list_tasks.py [--by-state]

Hands everything on to `decapod task list`: its words, its output and its exit code.
"""
import os
import sys

PROGRAM = os.environ.get("DECAPOD") or "decapod"

try:
    os.execvp(PROGRAM, [PROGRAM, "task", "list", *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{PROGRAM} cannot be started ({error.strerror}): put decapod into PATH, or set DECAPOD to its path")
