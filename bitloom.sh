#!/usr/bin/env bash
# Everything Bitloom needs, in one place: ./bitloom.sh setup|build|run|test|package   (see README.md)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

core_packages=(g++ cmake ninja-build ccache mold pkg-config ca-certificates libeigen3-dev libdnnl-dev libhwy-dev
    libsimdjson-dev nlohmann-json3-dev libcli11-dev libsqlite3-dev libarchive-dev
    libcurl4-openssl-dev libssl-dev)
gui_packages=(qt6-base-dev qt6-svg-dev libqcustomplot-dev libgl-dev fonts-inter
    qt6-qpa-plugins)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev)
package_packages=(dpkg-dev file desktop-file-utils appstream lintian)

say() { printf '\033[1m%s\033[0m\n' "$*"; }
die() { printf 'bitloom.sh: %s\n' "$*" >&2; exit 1; }

# install NAME...: installs the Debian packages among NAME that are missing, or says which they are.
install() {
    command -v dpkg-query >/dev/null || { say "not a Debian system: install by hand what is missing of: $*"; return 0; }
    local name missing=()
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "run as root, or install: ${missing[*]}"
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${root[@]}" apt-get update -q
    # Debian 13 moved Qt's SVG plugins, which draw the icons, into a package that Debian 12 does not have.
    case " ${missing[*]} " in
        *" qt6-svg-dev "*) ! apt-cache show qt6-svg-plugins >/dev/null 2>&1 || missing+=(qt6-svg-plugins) ;;
    esac
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

setup() { install "${core_packages[@]}" "${gui_packages[@]}" "${test_packages[@]}"; }

# configure_and_build PRESET [CMAKE OPTION...]
configure_and_build() {
    local preset=$1
    shift
    cmake --preset "$preset" "$@" >"/tmp/bitloom-configure-$$.log" 2>&1 || { cat "/tmp/bitloom-configure-$$.log"; rm -f "/tmp/bitloom-configure-$$.log"; die "configuring $preset failed"; }
    rm -f "/tmp/bitloom-configure-$$.log"
    cmake --build "build/$preset"
}

build() {
    install "${core_packages[@]}" "${gui_packages[@]}"
    configure_and_build release -DBITLOOM_TESTS=OFF
}

has_display() { [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; }

# The demo comparison without a window: trains the three demo runs and writes a report with charts.
demo() {
    local cli=build/release/bin/bitloom-cli folder preset runs=()
    folder="${BITLOOM_LIBRARY:-$PWD/build/demo-$(date +%Y%m%d-%H%M%S)}"
    mkdir -p "$folder"
    # bitloom-cli stops at Ctrl+C with a checkpoint and ends well; the demo ends with it.
    trap 'exit 130' INT
    for preset in demo/full demo/binary_connect demo/binary_connect_layer; do
        say "training $preset"
        "$cli" train "$preset" --library "$folder" --json >"$folder/last.jsonl"
        tail -n 1 "$folder/last.jsonl"
        runs+=("$(tail -n 1 "$folder/last.jsonl" | sed 's/.*"run":"\([^"]*\)".*/\1/')")
    done
    rm -f "$folder/last.jsonl"
    "$cli" compare "${runs[@]}" --report "$folder/report.html" --csv "$folder/report.csv"
    say "report with charts: $folder/report.html"
}

run() {
    build
    if has_display; then
        exec build/release/bin/bitloom "$@"
    fi
    say "no display: running the demo comparison headless"
    demo
}

test_all() {
    setup
    configure_and_build dev
    ctest --test-dir build/dev --output-on-failure --no-tests=error -j "$(nproc)"
    say "the headless build, as on a machine without Qt"
    configure_and_build headless -DBITLOOM_TESTS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_Qt6=ON
    build/headless/bin/bitloom-cli --version
    build/headless/bin/bitloom-cli verify tests/data/vectors
}

package() {
    install "${core_packages[@]}" "${gui_packages[@]}" "${package_packages[@]}"
    configure_and_build release -DBITLOOM_TESTS=OFF
    rm -rf dist
    mkdir -p dist
    (cd build/release && cpack -G DEB -B "$OLDPWD/dist")
    rm -rf dist/_CPack_Packages
    say "package: $(ls "$PWD"/dist/*.deb)"
}

case "${1:-}" in
    setup) setup ;;
    build) build ;;
    run) shift; run "$@" ;;
    test) test_all ;;
    package) package ;;
    *) echo "usage: ./bitloom.sh setup|build|run|test|package"; exit 2 ;;
esac
