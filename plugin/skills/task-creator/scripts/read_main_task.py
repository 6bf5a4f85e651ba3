#!/usr/bin/env python3
"""Says where the loop stands.

    read_main_task.py [--json]

Hands everything on to `decapod main-task read`: its words, its output and its exit code.
"""
import os
import sys

PROGRAM = os.environ.get("DECAPOD") or "decapod"

try:
    os.execvp(PROGRAM, [PROGRAM, "main-task", "read", *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{PROGRAM} cannot be started ({error.strerror}): put decapod into PATH, or set DECAPOD to its path")
