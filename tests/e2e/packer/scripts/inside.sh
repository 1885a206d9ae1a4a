#!/bin/sh
env > /environment
pwd >> /environment
id -u >> /environment
