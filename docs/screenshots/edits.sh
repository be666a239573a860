#!/usr/bin/env bash
# Makes the pictures of docs/edits.md anew: before and after, by dissection paint.
#
#   bash docs/screenshots/edits.sh [NAME ...]     # all, or some of them
set -euo pipefail
cd "$(dirname "$0")/../images/edits"
wanted=" $* "

# edit NAME SEED "LAYERS UNITS LEVEL" STROKE...
edit() {
  local name=$1 seed=$2 strokes=() layers units boost stroke
  read -r layers units boost <<<"$3"
  shift 3
  [ "$wanted" = "  " ] || [[ $wanted == *" $name "* ]] || return 0
  for stroke in "$@"; do strokes+=(--stroke "$stroke"); done
  dissection paint --model storybook-church-sharp --seed "$seed" --order effect --layer "$layers" \
    --units "$units" --boost "$boost" "${strokes[@]}" --before-after --out "$name.png" >/dev/null
  python3 -c 'import sys; from PIL import Image
Image.open(sys.argv[1] + ".png").save(sys.argv[1] + ".jpg", quality=82, optimize=True)' "$name"
  rm "$name.png"
}

all=layer4+layer5+layer6
early=layer4+layer5

edit draw-door 68 "$all 20 1" door:draw:128,188,5
edit draw-tower 125 "$early 20 2" tower:draw:110,60,10
edit draw-tower-dusk 157 "$early 20 2" tower:draw:115,60,8
edit draw-dome 146 "$all 20 1" dome:draw:150,100,16
edit draw-dome-tall 445 "$all 20 1" dome:draw:112,95,16
edit draw-tree 60 "$all 20 1" tree:draw:40,160,18
edit draw-cloud 216 "$all 10 2" cloud:draw:180,50,24
edit draw-path 68 "$all 20 1" path:draw:128,225,12
edit draw-mountain 445 "$all 20 1" mountain:draw:220,140,20
edit draw-water 245 "$all 20 1" water:draw:60,215,14
edit draw-window 445 "layer7+layer8 40 1" window:draw:122,140,10
edit draw-window-small 125 "layer7+layer8 40 1" window:draw:128,128,8
edit draw-snow 94 "$all 20 1" snow:draw:90,225,24
edit erase-dome 575 "$all 20 1" dome:erase:145,105,30 dome:erase:145,80,16
edit erase-tower 94 "$all 20 1" tower:erase:128,70,16 tower:erase:128,45,10 tower:erase:128,100,14
edit erase-spire 495 "$all 20 1" spire:erase:128,60,12 spire:erase:128,40,8
edit erase-tree 157 "$all 40 1" tree:erase:235,110,16 tree:erase:235,80,10 tree:erase:235,130,12
edit erase-clouds 245 "$all 20 1" cloud:erase:45,100,34 cloud:erase:180,20,40 cloud:erase:120,18,20 \
  cloud:erase:240,20,20
edit erase-door 60 "$all 20 1" door:erase:128,180,10
edit erase-path 550 "$all 20 1" path:erase:120,215,12 path:erase:130,240,12 path:erase:140,252,14
edit erase-windows 144 "$all 20 1" window:erase:65,130,14 window:erase:65,170,12 \
  window:erase:105,125,12 window:erase:150,130,14 window:erase:150,170,12
edit erase-mountains 342 "layer5+layer6 20 1" mountain:erase:30,130,26 mountain:erase:230,130,24 \
  mountain:erase:70,125,16
