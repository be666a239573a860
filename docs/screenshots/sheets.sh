#!/usr/bin/env bash
# Makes the sheets of docs/training.md anew: 64 random scenes of the generator, and 64 held-out ones.
set -euo pipefail
cd "$(dirname "$0")/../images"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
dissection render --model storybook-church-sharp --seeds 1000-1063 --columns 8 \
  --out "$work/generated.png" >/dev/null
dissection storybook --count 64 --size 256 --seed 10000000 --out "$work/real" >/dev/null
python3 - "$work" <<'PY'
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from dissection.data.images import contact_sheet

work = Path(sys.argv[1])
scenes = [np.asarray(Image.open(p).convert("RGB")) for p in sorted((work / "real/images").glob("*.png"))]
sheets = {"generated": Image.open(work / "generated.png").convert("RGB"),
          "real": Image.fromarray(contact_sheet(scenes, 8))}
for name, sheet in sheets.items():
    sheet.resize((1024, 1024), Image.Resampling.LANCZOS).save(
        f"sheet_{name}.webp", quality=78, method=6)
PY
