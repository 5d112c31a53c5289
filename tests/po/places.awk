# Reads a catalog: prints translations whose places for what was found differ from the English ones
# (explain/sentence.h: $c1, [a: ...]; $2 and $(2) are the same, and ${n:one|many} may go), and titles of tests that do not
# begin with the same program or function.
function places(string,    list, one, count, i, sorted) {
    while (match(string, /\$\{[nmk]:[^}]*}|\$role|\$\([1-9]\)|\$[cdaArouieEpftT][1-9]|\$[1-9nmkqw]|\[[a-z]:/)) {
        one = substr(string, RSTART, RLENGTH)
        string = substr(string, RSTART + RLENGTH)
        gsub(/[()]/, "", one)
        if (one !~ /^\$\{/)
            list[++count] = one
    }
    for (; count > 0; count--) {
        for (i = 1; i < count; i++)
            if (list[i] > list[count]) {
                one = list[i]
                list[i] = list[count]
                list[count] = one
            }
        sorted = list[count] " " sorted
    }
    return sorted
}
function finish(    one, other) {
    if (part == "msgstr" && translated != "") {
        one = places(english)
        other = places(translated)
        if (one != other)
            complain("places differ: " one ", and " other)
        if (match(english, /^[a-z_]+: [a-z]/) && index(translated, substr(english, 1, RLENGTH - 1)) != 1)
            complain("begins with another name")
    }
    part = english = translated = ""
}
function complain(what) {
    print FILENAME ": " what "\n  \"" english "\"\n  \"" translated "\""
    bad = 1
}
function add(    string) {
    string = substr($0, index($0, "\"") + 1)
    string = substr(string, 1, length(string) - 1)
    if (part == "msgid")
        english = english string
    else if (part == "msgstr")
        translated = translated string
}
/^#/ { next }
/^msgid / { finish(); part = "msgid"; add(); next }
/^msgid_plural / { part = "plural"; next }
/^msgstr/ { part = "msgstr"; add(); next }
/^"/ { add() }
END { finish(); exit bad }
