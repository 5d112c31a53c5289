# shellcheck shell=sh disable=SC2154 # tests/prove sets what it knows
# Read before each attack's prepare and check. They run in the folder of the submission, and know
# KIT, LAB, OUT (a folder outside the submission, open to everybody), SECRET (a word that stands in no
# report), REPORT, JSON and XML.

# What is wrong, and no more.
wrong() {
    echo "$*"
    exit 1
}

# As a user who is nobody here, like a program under test, but not confined. Where the kit stands in a
# folder of root's alone, that user cannot come this far: then as root without capabilities. Who is
# no root stays the same.
as_stranger() {
    nobody='setpriv --reuid 2000000000 --regid 2000000000 --clear-groups --inh-caps=-all'
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif $nobody test -x "$OUT"; then
        $nobody "$@"
    else
        setpriv --inh-caps=-all --bounding-set=-all "$@"
    fi
}

# Does what the attack's code does, outside the grader: a test that nothing happened must first see
# that it can.
by_hand() {
    [ -e "$OUT/by-hand" ] || {
        { cat "$OUT/attack.c" && echo 'int main(void) { return 0; }'; } >"$OUT/by-hand.c"
        gcc -w -pthread -o "$OUT/by-hand" "$OUT/by-hand.c" || wrong "does not compile by itself"
        chmod 755 "$OUT/by-hand"
    }
    (cd "$OUT" && as_stranger timeout -k 1 20 ./by-hand "$@") 2>&1
}

# Waits, two seconds at most, until the command succeeds.
wait_until() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        if "$@"; then return 0; fi
        sleep 0.1
    done
}

# Runs the command for a few seconds, with little memory and small files; fails if it did not end.
bounded() {
    timeout 5 prlimit --as=1000000000 --fsize=100000000 "$@" >/dev/null 2>&1
}
