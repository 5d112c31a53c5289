# shellcheck shell=sh
# Read by tests/prove, tests/rebase and tests/bench/soak: the cases of the corpus, tests/bugs,
# tests/variants and tests/attacks. tests/README.md says how one is written.

: "${root:=.}" # the tree with labs/, solutions/ and tests/

# Prints the values of the lines `$2: …` in front of the first hunk of the file $1.
header() {
    while IFS= read -r line; do
        case $line in
        '--- '*) break ;;
        "$2: "*) printf '%s\n' "${line#"$2: "}" ;;
        esac
    done <"$1"
}

# The file of lab $1 that is written first.
first_file() {
    for file in tcp.c line.c serve.c udp.c; do
        [ ! -e "$root/solutions/$1/$file" ] || { echo "$file" && return; }
    done
}

# Fills the folder $3 with the files of lab $1 that a student writes: $2 is solution, starters, half
# (only the first file is written), or the name of a patch in tests/ without its end.
lay_out() {
    case $2 in
    */*)
        lay_out "$1" "$(header "$root/tests/$2.patch" On)" "$3" && apply "$root/tests/$2.patch" "$3"
        return
        ;;
    '' | solution | starters | half) cp "$root/solutions/$1"/*.c "$3" || return ;;
    *) echo "On: $2 is unknown" && return 1 ;;
    esac
    case $2 in '' | solution) return ;; half) first=$(first_file "$1") ;; *) first='' ;; esac
    for file in "$3"/*.c; do
        [ "${file##*/}" = "$first" ] || cp "$root/labs/$1/${file##*/}" "$3" || return
    done
}

# Applies the patch $1 to the folder $2.
apply() {
    new=
    while IFS= read -r line; do
        case $new$line in
        '--- /dev/null') new='written anew: ' ;;
        'written anew: +++ b/'*) rm -f "$2/${line#+++ b/}" && new= ;;
        esac
    done <"$1"
    patch -s -p1 -F0 --no-backup-if-mismatch -d "$2" <"$1"
}
