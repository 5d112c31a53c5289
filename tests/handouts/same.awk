# Reads an English page, then the same page in another language: prints where it has not the same
# headings (their levels), blocks, figures, answers folded away and rows of tables in the same order,
# and what no section has that its English one has in backquotes. usage: awk -f same.awk ENGLISH OTHER
function add(what, words) {
    item[page, ++count[page]] = what
    shown[page, count[page]] = what words
    place[page, count[page]] = FILENAME ":" FNR
}
# Returns what stands in backquotes in TEXT, in one string; with KEEP, notes each for its section.
function spans(text, keep,    all, one) {
    while (match(text, /`[^`]+`/)) {
        one = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        all = all " " one
        if (keep && !((page, section, one) in spanned)) {
            spanned[page, section, one] = FILENAME ":" FNR
            order[page, ++found[page]] = section SUBSEP one
        }
    }
    return all
}
# Says what item I of page ONE is, and where.
function at(one, i) {
    return i <= count[one] ? place[one, i] " is " shown[one, i] : "at the end of " ARGV[one] " is nothing more"
}
function complain(what) {
    print what
    bad = 1
}
FNR == 1 {
    page++
    section = inside = 0
}
/^```/ {
    inside = !inside
    if (inside)
        start = "a block, " $0
    add(inside ? start : "the end of a block")
    next
}
inside { add("the line of a block \"" $0 "\""); next }
/^<!-- from / { add("the comment " $0); next }
/^##* / {
    section++
    name[page, section] = $0
    add("a heading of level " index($0, " ") - 1, ": " $0)
}
/^<\/?details>/ { add($0) }
/^!\[/ {
    figure = $0
    sub(/^!\[[^]]*\]/, "", figure)
    add("the figure " figure)
}
/^[|]/ {
    split($0, cell, "|")
    add("a row of a table that begins with" spans(cell[2], 0))
}
{ spans($0, 1) }
END {
    for (i = 1; i <= count[1] || i <= count[2]; i++) {
        if (item[1, i] != item[2, i]) {
            complain(at(2, i) ", and " at(1, i))
            exit 1 # what follows would only be shifted
        }
    }
    for (i = 1; i <= found[1]; i++) {
        split(order[1, i], part, SUBSEP)
        if (!((2, part[1], part[2]) in spanned))
            complain(ARGV[2] ": \"" name[2, part[1]] "\" does not have " part[2] ", which is in " \
                spanned[1, part[1], part[2]])
    }
    for (i = 1; i <= found[2]; i++) {
        split(order[2, i], part, SUBSEP)
        if (part[2] ~ /^`make / && !((1, part[1], part[2]) in spanned))
            complain(spanned[2, part[1], part[2]] ": " part[2] " is not in this section of " ARGV[1])
    }
    exit bad
}
