#!/bin/bash
# Stands for a script of yours: it copies a folder into published/ and says so in its own words.
set -euo pipefail
dry=false
for word in "$@"; do
  case "$word" in
    --from=*) from=${word#--from=} ;;
    --to=*) to=${word#--to=} ;;
    --dry-run) dry=true ;;
  esac
done
count=$(find "$from" -type f | wc -l)
if [ "$dry" = true ]; then
  echo "would copy $count files to $to"
  exit 0
fi
mkdir -p "published/$to"
cp -R "$from/." "published/$to/"
echo "uploaded $((count)) files"
echo "live at file://$PWD/published/$to/index.html"
