#!/bin/sh
# Makes the pictures of docs/screenshots.md anew, from the studio as it is built now. They are drawn without a display; where there is no
# GPU, a software driver for Vulkan or OpenGL (such as Mesa's) is needed. Takes about a minute beside the build.
set -eu
cd "$(dirname "$0")/.."
LACUNA_PICTURES="${1:-docs/screenshots}" cargo test --locked --test studio_screenshots -- --ignored
