#!/bin/sh
# Ignores TERM, with a child in its group that does so too; its number goes to $1.
trap "" TERM
sleep 3600 &
echo $! > "$1"
echo ready
while :; do wait; done
