#!/bin/sh
# Leaves a greeting for whoever logs in on a machine made from the image.
set -eu
echo "$GREETING, $(date -u +%Y-%m-%d)" | sudo tee /srv/greeting
