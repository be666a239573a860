#!/usr/bin/env bash
# The published sizes at 256 px on one GPU, in commands of ten minutes at most: docs/training.md.
#
#   OUT=DIR bash benchmarks/gpu_run.sh train [SECONDS]   # first, and again until it is done (560)
#   OUT=DIR bash benchmarks/gpu_run.sh measure           # distance, timings, one dissected layer
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
EXTRA=${EXTRA:---rate 0.0015 --decay 150000 --half-life 10000 --balance 0.3 --save-every 180}
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
  cp "$WORK/ways.txt" "$RUN/settings.json" "$RUN/log.jsonl" "$RUN/samples.png" "$OUT" 2>/dev/null
  tr '\r' '\n' <"$WORK/train.log" | grep -v '^ *$' | tail -n 40 | tee "$OUT/train.txt"
  tail -n 1 "$RUN/log.jsonl"
  echo "status $status after $SECONDS s"
  [ $status -eq 124 ] || return $status
}

measure() {
  timed evaluate 200 -m dissection evaluate generator --model "$GENERATOR" --size 128 \
    --device "$DEVICE" --json "$OUT/quality.json"
  timed paint 60 benchmarks/paint.py --device "$DEVICE" --model "$GENERATOR"
  timed dissect 200 -m dissection dissect --model "$GENERATOR" --layers layer4,layer6,layer8 \
    --size 2000 --device "$DEVICE" --out "$WORK/dissection"
}

timed() {
  local name=$1 limit=$2 start=$SECONDS
  shift 2
  timeout "$limit" "$PYTHON" "$@" 2>&1 | tr '\r' '\n' | tail -n 60 | tee "$OUT/$name.txt"
  echo "$name: status ${PIPESTATUS[0]} after $((SECONDS - start)) s" | tee -a "$OUT/$name.txt"
}

case ${1:-} in
  train | measure) "$@" ;;
  *) sed -n '2,8p' "$0" && exit 2 ;;
esac
