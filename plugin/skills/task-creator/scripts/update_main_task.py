#!/usr/bin/env python3
"""Moves the loop on to its one next action.

    update_main_task.py <status> "<next>" [--task NAME] [--focus TEXT]

Hands everything on to `decapod main-task update`: its words, its output and its exit code.
"""
import os
import sys

PROGRAM = os.environ.get("DECAPOD") or "decapod"

try:
    os.execvp(PROGRAM, [PROGRAM, "main-task", "update", *sys.argv[1:]])
except OSError as error:
    sys.exit(f"{PROGRAM} cannot be started ({error.strerror}): put decapod into PATH, or set DECAPOD to its path")
