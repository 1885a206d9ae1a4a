#!/bin/sh
echo "second $RELEASE" >> environment
