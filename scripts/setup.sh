#!/usr/bin/env bash
# Installs the Debian 12 packages that one task needs: `setup.sh demo` builds and runs, `setup.sh test` adds what the tests
# need, `setup.sh tidy` brings clang-tidy, `setup.sh fuzz` clang with its runtime. Does nothing when all are there.
set -euo pipefail

demo=(g++ cmake ninja-build python3-venv libegl-dev libgles-dev libgl-dev libopengl-dev libegl-mesa0 libgl1-mesa-dri libglfw3-dev
  nlohmann-json3-dev libstb-dev libcli11-dev libxxhash-dev libgtest-dev ccache protobuf-compiler libprotobuf-dev zlib1g-dev libhdf5-dev
  libzip-dev)
test=(libbenchmark-dev xvfb chromium firefox-esr emscripten clang-format)
tidy=(clang-tidy)
fuzz=(clang libclang-rt-14-dev)

case "${1:-demo}" in
  demo) wanted=("${demo[@]}") ;;
  test) wanted=("${demo[@]}" "${test[@]}") ;;
  tidy) wanted=("${tidy[@]}") ;;
  fuzz) wanted=("${fuzz[@]}") ;;
  *) echo "setup.sh: unknown group '$1'; use demo, test, tidy or fuzz." >&2; exit 1 ;;
esac

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' 2>/dev/null | awk '$2 == "installed" {print $1}' || true)
missing=()
for name in "${wanted[@]}"; do
  grep -qxF -- "$name" <<<"$installed" || missing+=("$name")
done
# Node.js and npm may come from elsewhere.
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
((${#missing[@]})) || exit 0

as_root=(env DEBIAN_FRONTEND=noninteractive)
if ((EUID != 0)); then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env DEBIAN_FRONTEND=noninteractive)
  else
    echo "Missing packages; as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
  echo "Could not install; as root: apt-get install ${missing[*]}" >&2
  exit 1
}
