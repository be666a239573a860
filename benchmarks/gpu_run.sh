#!/usr/bin/env bash
# The published sizes at 256 px on one GPU, in commands of ten minutes at most: docs/training.md.
#
#   OUT=DIR bash benchmarks/gpu_run.sh probe             # speed of steps; what follows, in small
#   OUT=DIR bash benchmarks/gpu_run.sh judge [SECONDS]   # a segmenter that only measures (90)
#   OUT=DIR bash benchmarks/gpu_run.sh train [SECONDS]   # and again until it is done (560)
#   OUT=DIR bash benchmarks/gpu_run.sh dissect [SECONDS] # rounded to 8 bits, all layers, gallery
#   OUT=DIR bash benchmarks/gpu_run.sh measure [SECONDS] # timings, distance to held-out scenes
#
# What has to come back lies in OUT: at most eight files under 16 MiB after each command (generator
# and discriminator in three pieces each, samples.png, train.txt). All else stays in WORK, on the
# machine's own disk, where the next command finds it. Wheels in .whl are put on the path.
#
# START=FILE goes on from a generator, for example resources/models/storybook-church-256.safetensors;
# CRITIC=FILE from its discriminator, and without one a new discriminator learns alone first
# (WARM_UP images). Show such a generator its own size only: SHARES=0,0,0,0,0,0,1.
set -uo pipefail
OUT=${OUT:?set OUT to the folder that is fetched}
WORK=${WORK:-/tmp/gpu-run}
PYTHON=${PYTHON:-python3}
DEVICE=${DEVICE:-cuda}
SIZE=${SIZE:-256}
UNITS=${UNITS:-512,512,512,256,128,64,32}
BATCHES=${BATCHES:-64,64,64,64,32,32,32}
COUNT=${COUNT:-40000}
MINUTES=${MINUTES:-9}
SHARES=${SHARES:-0,3,9,20,22,24,24}
NAME=${NAME:-storybook-church-256}
EXTRA=${EXTRA---rate 0.0015 --decay 60000 --half-life 10000 --balance 0.3 --loss relativistic --features 1 --features-from 32 --save-every 90}
START=${START:-}
CRITIC=${CRITIC:-}
WARM_UP=${WARM_UP:-20000}
RUN=$WORK/run
JUDGE=$WORK/judge/segmenter.safetensors
GENERATOR=$RUN/generator.safetensors
SMALL=$WORK/$NAME.safetensors
export OMP_WAIT_POLICY=passive PYTHONUNBUFFERED=1 TQDM_MININTERVAL=10
mkdir -p "$WORK" "$OUT"
if [ -d .whl ]; then
  [ -d "$WORK/site" ] || "$PYTHON" -m pip install -q --no-index --no-deps --no-compile \
    --target "$WORK/site" .whl/*.whl
fi
export PYTHONPATH=$WORK/site:$PWD

probe() {
  # Scenes are painted on the other cores meanwhile, and on after this command.
  setsid nohup "$PYTHON" -m dissection train paint --size "$SIZE" --count "$COUNT" \
    --cache "$WORK/pictures" >"$WORK/paint.log" 2>&1 &
  timed $((SECONDS + ${TRY:-50})) benchmarks/train.py --units "$UNITS" --batch "${BATCHES##*,}" \
    --device "$DEVICE" --ways graphs
  timed $((SECONDS + ${TRY:-50})) -m dissection dissect --size 200 --effect-size 32 \
    --strength-size 8 --layers "${PROBED:-layer4,layer6}" --pictures layer4 --device "$DEVICE" \
    --progress none --out "$WORK/probe"
  tail -c 200 "$WORK/paint.log"
}

# Trained before the run, of another seed, and used for nothing but measuring: no network of this
# run learns from it, and no brush is chosen by it.
judge() {
  timed $((SECONDS + ${1:-90})) -m dissection train segmenter --out "$WORK/judge" \
    --size "${JUDGE_SIZE:-128}" --seed 11 --steps "${JUDGE_STEPS:-1500}" \
    --count "${JUDGE_COUNT:-20000}" --cache "$WORK/judge-pictures" --device "$DEVICE" \
    --progress none
  [ ! -f "$JUDGE" ] || cp "$JUDGE" "$OUT/judge.safetensors"
}

train() {
  local limit=${1:-560} status going=()
  [ -z "$START" ] || going+=(--start "$START")
  if [ -n "$CRITIC" ]; then
    going+=(--discriminator "$CRITIC")
  elif [ -n "$START" ]; then
    going+=(--warm-up "$WARM_UP")
  fi
  # shellcheck disable=SC2086
  timeout -s INT $((limit - SECONDS)) "$PYTHON" -m dissection train generator --out "$RUN" \
    --size "$SIZE" --units "$UNITS" --batch "$BATCHES" --count "$COUNT" --minutes "$MINUTES" \
    --shares "$SHARES" --cache "$WORK/pictures" --device "$DEVICE" --speed "${SPEED:-auto}" \
    --pieces "$OUT" "${going[@]}" $EXTRA >>"$WORK/train.log" 2>&1
  status=$?  # 124: stopped by the clock, and to be gone on with
  cp "$RUN/samples.png" "$OUT"
  tr '\r' '\n' <"$WORK/train.log" | grep -v '^ *$' | tail -n 40 | tee "$OUT/train.txt"
  cat "$RUN/settings.json" "$RUN/log.jsonl" >>"$OUT/train.txt"
  tail -n 1 "$RUN/log.jsonl"
  echo "status $status after $SECONDS s"
  [ $status -eq 124 ] || return $status
}

dissect() {
  local end=$((SECONDS + ${1:-200})) layers
  layers=$(seq -s, -f layer%g 1 $((2 * $(echo "$UNITS" | tr , '\n' | wc -l))))
  [ -f "$SMALL" ] || timed $end -m dissection compact "$GENERATOR" --out "$SMALL" \
    --device "$DEVICE" --progress none
  timed $end -m dissection dissect --model "$SMALL" --layers "$layers" --size "${SAMPLE:-2000}" \
    --effect-size "${EFFECT:-256}" --strength-size "${STRENGTH:-64}" \
    --pictures layer3,layer4,layer5,layer6 --device "$DEVICE" --progress none \
    --out "$WORK/dissection" --resume
  timed $end -m dissection gallery --model "$SMALL" --device "$DEVICE" --out "$WORK/gallery.json"
  cp "$WORK/gallery.json" "$OUT"
  "$PYTHON" benchmarks/gpu_pieces.py "$OUT" "$SMALL"
  [ -f "$WORK/dissection/dissection.json" ] || return 0
  tar -C "$WORK" -cf "$WORK/dissection.tar" dissection
  "$PYTHON" benchmarks/gpu_pieces.py "$OUT" "$WORK/dissection.tar"
}

measure() {
  local end=$((SECONDS + ${1:-200}))
  timed $end benchmarks/paint.py --device "$DEVICE" --model "$GENERATOR"
  timed $end -m dissection evaluate generator --model "$GENERATOR" --size "${READ_AT:-128}" \
    --device "$DEVICE" --count "${READ:-2000}" --json "$OUT/quality.json" \
    $([ -f "$JUDGE" ] && echo --segmenter "$JUDGE")
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
  probe | judge | train | dissect | measure) "$@" ;;
  *) sed -n '2,18p' "$0"; exit 2 ;;
esac
