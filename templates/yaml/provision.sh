#!/bin/sh
# Runs on the machine that becomes the image.
set -eu
echo "hello from $(hostname)" > hello.txt
