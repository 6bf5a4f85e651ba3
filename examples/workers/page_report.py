"""Counts pages and words. Parameters come as JSON in $DECAPOD_PARAMETERS, the output goes to $DECAPOD_OUTPUT."""
import argparse
import json
import os
import pathlib

options = argparse.ArgumentParser()
options.add_argument("--folder", required=True)
folder = pathlib.Path(options.parse_args().folder)

with open(os.environ["DECAPOD_PARAMETERS"], encoding="utf-8") as file:
    words_min = json.load(file).get("words_min", 0)

pages, words, untitled, short = 0, 0, [], []
for page in sorted(folder.rglob("*.md")):
    text = page.read_text(encoding="utf-8")
    count = len(text.split())
    pages += 1
    words += count
    if "title:" not in text.split("\n---", 1)[0]:
        untitled.append(str(page))
    if count < words_min:
        short.append(str(page))
    print(f"{page}: {count} words")

with open(os.environ["DECAPOD_OUTPUT"], "w", encoding="utf-8") as file:
    json.dump({"pages": pages, "words": words, "untitled": untitled, "short": short}, file)
