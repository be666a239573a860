#!/usr/bin/env bash
# Makes pictures of the documentation anew, from the real window with the generator that it starts with.
# Those of single edits and the sheets of scenes: edits.sh, sheets.sh.
set -euo pipefail
cd "$(dirname "$0")/../images"
export QT_QPA_PLATFORM=offscreen

python3 ../screenshots/painter.py
python3 ../screenshots/units.py
python3 ../screenshots/measuring.py
python3 ../screenshots/classifier.py
python3 ../screenshots/experiments.py
python3 ../screenshots/result_figures.py

dissection units ../../resources/dissections/storybook-church-sharp --model storybook-church-sharp \
  --concepts sky,tree,grass,building,door,window,roof,dome,spire,tower,fence,water,path,mountain,cloud \
  --layers layer4,layer5,layer6,layer7,layer8 --out sheet.png >/dev/null

# A third of the size, and next to no difference to the eye; fewer colors where that is too large.
python3 - <<'PY'
from pathlib import Path
from PIL import Image

Image.open("sheet.png").convert("RGB").save("units.webp", quality=80, method=6)
Path("sheet.png").unlink()
for path in Path().glob("*.png"):
    picture = Image.open(path).convert("RGB")
    for colors in (256, 128, 64, 32):
        picture.quantize(colors).save(path, optimize=True)
        if path.stat().st_size < 150_000:
            break
PY
