#!/usr/bin/env python3
"""Takes a task of the loop apart.

    decompose_task.py <task> --auto

Hands everything on to `decapod task decompose`: its words, its output and its exit code.
"""
import os
import sys

PROGRAM = os.environ.get("DECAPOD") or "decapod"

try:
    os.execvp(PROGRAM, [PROGRAM, "task", "decompose", *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{PROGRAM} cannot be started ({error.strerror}): put decapod into PATH, or set DECAPOD to its path")
