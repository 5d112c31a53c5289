# shellcheck shell=sh
# Read by the programs of `make bench`: on what machine it is, and how far it has come.

# A figure without its machine says nothing. A busy one is named as such: its figures are worth less.
name_machine() {
    model=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
    memory=$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)
    echo "$(uname -m), ${model:-unknown model}, $(nproc) processors, $memory GiB, Linux $(uname -r)"
    echo "$(${CC:-gcc} --version | head -n 1), valgrind $(valgrind --version 2>/dev/null || echo missing), $(date +%Y-%m-%d)"
    awk -v processors="$(nproc)" '$1 > processors / 2 {
        printf "This machine was busy when this began (load %s): only ratios mean anything.\n", $1
    }' /proc/loadavg
}

# One line that says how far it has come, on a terminal over and over again.
progress() {
    if [ -t 2 ]; then
        printf '\r\033[K%s' "$1" >&2
    elif [ $((${told:=0} % 25)) = 0 ]; then
        echo "$1" >&2
    fi
    told=$((${told:-0} + 1))
}
progress_over() {
    [ ! -t 2 ] || printf '\r\033[K' >&2
}
