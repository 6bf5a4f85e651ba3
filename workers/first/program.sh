#!/bin/bash
# Parameters come as arguments, and as JSON in the file $DECAPOD_PARAMETERS. What it prints goes to its log. Its output
# goes to the file $DECAPOD_OUTPUT: one JSON value, or key=value lines. An exit code other than 0 fails the task.
set -euo pipefail
folder=${1#--folder=}
count=$(find "$folder" -type f | wc -l)
echo "$folder holds $((count)) files"
echo "file_count=$((count))" > "$DECAPOD_OUTPUT"
