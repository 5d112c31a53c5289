#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image.
exec sh /autograder/source/install /autograder/sockladder jq
