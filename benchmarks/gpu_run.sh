#!/usr/bin/env bash
# The published sizes at 256 px on one GPU, in commands of ten minutes at most: docs/training.md.
#
#   OUT=DIR bash benchmarks/gpu_run.sh train [SECONDS]   # first, and again until it is done (560)
#   OUT=DIR bash benchmarks/gpu_run.sh measure [SECONDS] # then: timings, distance, layers dissected
#
# What has to come back lies in OUT: at most eight files under 16 MiB. All else stays in WORK, on
# the machine's own disk, where the next command finds it. Wheels in .whl are put on the path.
set -uo pipefail
OUT=${OUT:?set OUT to the folder that is fetched}
WORK=${WORK:-/tmp/gpu-run}
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
SIZE=${SIZE:-256}
UNITS=${UNITS:-512,512,512,256,128,64,32}
BATCH=${BATCH:-32}
COUNT=${COUNT:-26000}
MINUTES=${MINUTES:-21}
EXTRA=${EXTRA---rate 0.0015 --decay 150000 --half-life 10000 --balance 0.3 --save-every 180}
RUN=$WORK/run
GENERATOR=$RUN/generator.safetensors
export OMP_WAIT_POLICY=passive PYTHONUNBUFFERED=1 TQDM_MININTERVAL=10
mkdir -p "$WORK" "$OUT"
if [ -d .whl ]; then
  [ -d "$WORK/site" ] || "$PYTHON" -m pip install -q --no-index --no-deps --no-compile \
    --target "$WORK/site" .whl/*.whl
fi
export PYTHONPATH=$WORK/site:$PWD
batches=$(echo "$UNITS" | sed "s/[0-9][0-9]*/$BATCH/g")

train() {
  local limit=${1:-560} status
  if [ ! -f "$WORK/way" ]; then
    # While every way of running steps is tried, all scenes are painted on the other cores.
    "$PYTHON" -m dissection train paint --size "$SIZE" --count "$COUNT" --cache "$WORK/pictures" \
      >"$WORK/paint.log" 2>&1 &
    "$PYTHON" benchmarks/train.py --units "$UNITS" --batch "$BATCH" --device "$DEVICE" \
      --ways graphs compiled --limit "${TRY:-75}" --best "$WORK/best" 2>&1 | tee "$WORK/ways.txt"
    wait
    { cat "$WORK/best" 2>/dev/null || echo auto; } >"$WORK/way"
  fi
  # shellcheck disable=SC2086
  timeout -s INT $((limit - SECONDS)) "$PYTHON" -m dissection train generator --out "$RUN" \
    --size "$SIZE" --units "$UNITS" --batch "$batches" --count "$COUNT" --minutes "$MINUTES" \
    --cache "$WORK/pictures" --device "$DEVICE" --speed "$(cat "$WORK/way")" --pieces "$OUT" \
    $EXTRA >>"$WORK/train.log" 2>&1
  status=$?  # 124: stopped by the clock, and to be gone on with
  cp "$RUN/log.jsonl" "$RUN/samples.png" "$OUT"
  tr '\r' '\n' <"$WORK/train.log" | grep -v '^ *$' | tail -n 40 | tee "$OUT/train.txt"
  cat "$WORK/ways.txt" "$RUN/settings.json" >>"$OUT/train.txt"
  tail -n 1 "$RUN/log.jsonl"
  echo "status $status after $SECONDS s"
  [ $status -eq 124 ] || return $status
}

measure() {
  local end=$((SECONDS + ${1:-200}))
  : >"$OUT/measure.txt"
  timed $end benchmarks/paint.py --device "$DEVICE" --model "$GENERATOR"
  timed $end -m dissection evaluate generator --model "$GENERATOR" --size "${READ_AT:-128}" \
    --device "$DEVICE" --json "$OUT/quality.json"
  timed $end -m dissection dissect --model "$GENERATOR" --layers layer4,layer6,layer8 \
    --size 2000 --device "$DEVICE" --out "$WORK/dissection"
}

timed() {
  local end=$1 start=$SECONDS
  shift
  [ $((end - start)) -gt 5 ] || { echo "no time for $*"; return; }
  {
    timeout -s INT $((end - start)) "$PYTHON" "$@" 2>&1 | tr '\r' '\n' | tail -n 60
    echo "status ${PIPESTATUS[0]} after $((SECONDS - start)) s: $*"
  } | tee -a "$OUT/measure.txt"
}

case ${1:-} in
  train | measure) "$@" ;;
  *) sed -n '2,8p' "$0"; exit 2 ;;
esac
