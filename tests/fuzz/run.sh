#!/usr/bin/env bash
# run.sh TEXFLOW_FUZZ FOLDER SECONDS [TARGET...]: fuzzes every target that long, one after another, from the project's own
# models, and from the fixtures beside the checkout where they are. The corpora stay in FOLDER and the next run goes on with
# them; so do the inputs of what was found, as FOLDER/TARGET-found-*. Fails when something was found.
set -euo pipefail
shopt -s nullglob
program=$(realpath "$1") folder=$2 seconds=$3
shift 3
targets=("$@")
((${#targets[@]})) || targets=(graph_def saved_model checkpoint keras_hdf5 keras_zip graph_model layers_model)
root=$(realpath "$(dirname "$0")/../..")
fixtures=$root/../shared/fixtures
count=0

# seed TARGET FILE...: the files as one input, with what targets.cpp has between them.
seed() {
  local target=$1 first=$2
  shift 2
  mkdir -p "$folder/$target"
  { cat "$first"; for file in "$@"; do printf '\n==NEXT FILE==\n'; cat "$file"; done; } >"$folder/$target/seed-$((count++))"
}

for target in "${targets[@]}"; do
  mkdir -p "$folder/$target"
  for found in "$root/tests/data/fuzz/$target"/*; do seed "$target" "$found"; done
  case $target in
    graph_def) for file in "$fixtures"/*/model.pb "$fixtures"/bad-inputs/*/*.pb; do seed "$target" "$file"; done ;;
    saved_model)
      for file in "$fixtures"/*/model/saved_model.pb; do
        variables=$(dirname "$file")/variables
        seed "$target" "$file" "$variables"/variables.index "$variables"/variables.data-00000-of-00001 2>/dev/null || true
      done ;;
    checkpoint)
      for file in "$fixtures"/*/model/variables/variables.index; do
        seed "$target" "$file" "${file%.index}".data-00000-of-00001 2>/dev/null || true
      done ;;
    keras_hdf5) for file in "$fixtures"/*/model.h5; do seed "$target" "$file"; done ;;
    keras_zip) for file in "$fixtures"/*/model.keras; do seed "$target" "$file"; done ;;
    graph_model | layers_model)
      for file in "$root"/tests/data/models/*/model.json "$fixtures"/*/peer/*/model.json "$fixtures"/*/model/model.json; do
        kind=graph_model
        if grep -q '"layers-model"' "$file"; then kind=layers_model; fi
        if [[ $kind == "$target" ]]; then seed "$target" "$file" "$(dirname "$file")"/*.bin; fi
      done ;;
  esac
done

# In memory where there is such a folder: targets write their files anew for every input.
if [[ -w /dev/shm ]]; then export TMPDIR=/dev/shm; fi
export ASAN_OPTIONS=allocator_may_return_null=0:detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
status=0
for target in "${targets[@]}"; do
  echo "== $target, $seconds s"
  TEXFLOW_FUZZ_TARGET=$target "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=512 \
    -max_len=300000 -print_final_stats=1 -artifact_prefix="$folder/$target-found-" "$folder/$target" 2>"$folder/$target.log" || status=1
  grep -E '^(stat::number_of_executed_units|stat::new_units_added|stat::peak_rss_mb|SUMMARY|Not a sentence)' "$folder/$target.log" || true
  rm -rf "${TMPDIR:-/tmp}"/texflow-fuzz-*
done
exit $status
