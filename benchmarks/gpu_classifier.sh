#!/usr/bin/env bash
# The classifier of scenes that ships, trained on one GPU in one command of a few minutes.
#
#   OUT=DIR bash benchmarks/gpu_classifier.sh
#
# Paints the scenes with all cores, measures the speed of a few steps, and takes as many steps as
# fit into TRAIN_SECONDS. What has to come back lies in OUT, in three files under 16 MiB:
# classifier.tar (the classifier, its figures, the log, the first snapshots) and two with the other
# snapshots; "tar xf" puts them together. All else stays in WORK. Wheels in .whl go on the path.
set -euo pipefail
OUT=${OUT:?set OUT to the folder that is fetched}
WORK=${WORK:-/tmp/gpu-classifier}
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
COUNT=${COUNT:-102000}
HELD_OUT=${HELD_OUT:-5100}
SIZE=${SIZE:-128}
BATCH=${BATCH:-256}
RATE=${RATE:-2e-3}
TRAIN_SECONDS=${TRAIN_SECONDS:-100}
UNITS=${UNITS:-32,64,128,256,256}
DENSE=${DENSE:-256}
TRY=${TRY:-100}
RUN=$WORK/run
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-4} OMP_WAIT_POLICY=passive PYTHONUNBUFFERED=1
export TQDM_MININTERVAL=10
mkdir -p "$WORK" "$OUT"
if [ -d .whl ]; then
  [ -d "$WORK/site" ] || "$PYTHON" -m pip install -q --no-index --no-deps --no-compile \
    --target "$WORK/site" .whl/*.whl
fi
export PYTHONPATH=${WORK}/site:$PWD
pictures=$WORK/pictures
common=(--size "$SIZE" --batch "$BATCH" --units "$UNITS" --dense "$DENSE" --rate "$RATE"
  --device "$DEVICE" --count "$COUNT" --held-out "$HELD_OUT" --cache "$pictures")

"$PYTHON" -m dissection train paint --data storybook:scenes --size "$SIZE" --count "$COUNT" \
  --cache "$pictures" 2>&1 | tr '\r' '\n' | tail -n 2
echo "painted after $SECONDS s"
if [ ! -f "$WORK/rate" ]; then
  "$PYTHON" -m dissection train classifier --out "$WORK/try" --steps "$TRY" --snapshots 1 \
    --save-every $((TRY / 2)) "${common[@]}" 2>&1 | tr '\r' '\n' | tail -n 1
  # The time of the second half is what a step takes: the first has all beginnings in it.
  "$PYTHON" - "$WORK/try/log.jsonl" "$BATCH" >"$WORK/rate" <<'READ'
import json, sys
first, last = [json.loads(line) for line in open(sys.argv[1])][-2:]
spent = [row["images"] / row["images_per_second"] for row in (first, last)]
print((last["images"] - first["images"]) / (spent[1] - spent[0]) / int(sys.argv[2]))
READ
fi
steps=$("$PYTHON" -c "print(max(int(float('$(cat "$WORK/rate")') * $TRAIN_SECONDS * 0.9), 128))")
echo "$(cat "$WORK/rate") steps/s: $steps steps, after $SECONDS s"
status=0
timeout -s INT $((TRAIN_SECONDS * 2)) "$PYTHON" -m dissection train classifier --out "$RUN" \
  --steps "$steps" --save-every 500 "${common[@]}" >"$WORK/train.log" 2>&1 || status=$?
tr '\r' '\n' <"$WORK/train.log" | tail -n 4
"$PYTHON" -m dissection evaluate classifier --model "$RUN/classifier.safetensors" \
  --count "$HELD_OUT" --cache "$pictures" --json "$RUN/figures.json" 2>&1 | tail -n 70 || status=$?
cd "$RUN"
mapfile -t kept < <(ls -d snapshots/step-*)
wanted=(classifier.safetensors settings.json log.jsonl)
[ ! -f figures.json ] || wanted+=(figures.json)
tar cf "$OUT/classifier.tar" "${wanted[@]}" "${kept[0]}"
# The last snapshot is the classifier itself.
tar cf "$OUT/snapshots-1.tar" "${kept[@]:1:3}"
tar cf "$OUT/snapshots-2.tar" "${kept[@]:4:3}"
ls -l "$OUT"
echo "status $status after $SECONDS s"
exit $status
