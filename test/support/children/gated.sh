#!/bin/sh
# Prints, waits until the file $1 is there, prints again and ends with $2.
echo before
while ! [ -e "$1" ]; do sleep 0.02; done
echo after
exit "$2"
