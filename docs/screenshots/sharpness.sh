#!/usr/bin/env bash
# Makes the picture of docs/training.md on sharpness anew: six scenes as they were, and sharpened.
set -euo pipefail
cd "$(dirname "$0")/../images"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
for model in storybook-church-256 storybook-church-sharp; do
  dissection render --model "$model" --seeds 1000,1001,1002,1006,1009,1014 --columns 6 \
    --out "$work/$model.png" >/dev/null
done
python3 - "$work" <<'PY'
import sys
from pathlib import Path

import numpy as np
from PIL import Image

rows = [np.asarray(Image.open(p).convert("RGB")) for p in sorted(Path(sys.argv[1]).glob("*.png"))]
Image.fromarray(np.concatenate(rows)).save("sharpness.webp", quality=84, method=6)
PY
