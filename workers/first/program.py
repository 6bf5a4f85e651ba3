# Parameters come as arguments, and as JSON in the file $DECAPOD_PARAMETERS. What it prints goes to its log. Its output
# goes to the file $DECAPOD_OUTPUT: one JSON value, or key=value lines. An exit code other than 0 fails the task.
import json
import os
import pathlib

with open(os.environ["DECAPOD_PARAMETERS"], encoding="utf-8") as file:
    folder = json.load(file)["folder"]
count = sum(1 for path in pathlib.Path(folder).rglob("*") if path.is_file())
print(f"{folder} holds {count} files")
with open(os.environ["DECAPOD_OUTPUT"], "w", encoding="utf-8") as file:
    json.dump({"file_count": count}, file)
