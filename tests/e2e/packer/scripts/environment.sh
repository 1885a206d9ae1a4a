#!/bin/sh
env > environment
pwd >> environment
id -un >> environment
