#!/usr/bin/env bash
# Makes the picture of docs/training.md on sharpness anew, of generators that its commands made:
#
#   bash docs/screenshots/sharpness.sh SHARP/generator.safetensors FINE/generator.safetensors
#
# A row for each: the one that ships, the sharpened one, and that with details. The same latents.
set -euo pipefail
models=(storybook-church-256 "$(realpath "$1")" "$(realpath "$2")")
cd "$(dirname "$0")/../images"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
for k in "${!models[@]}"; do
  dissection render --model "${models[k]}" --seeds 1000,1001,1002,1006,1009,1014 --columns 6 \
    --out "$work/$k.png" >/dev/null
done
python3 - "$work" <<'PY'
import sys
from pathlib import Path

import numpy as np
from PIL import Image

rows = [np.asarray(Image.open(p).convert("RGB")) for p in sorted(Path(sys.argv[1]).glob("*.png"))]
Image.fromarray(np.concatenate(rows)).save("sharpness.webp", quality=84, method=6)
PY
