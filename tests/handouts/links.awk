# Reads pages, one tree of links: prints what does not exist. Each page is read twice: first for its
# headings, whose anchors are those that GitHub and pandoc make, then for its links. With -v
# sections=FILE, FILE has lines `PAGE<tab>HEADING`: the page must have that heading.
function anchor_of(heading,    anchor) {
    anchor = tolower(heading)
    gsub(/[^a-z0-9 _\200-\377-]/, "", anchor)
    gsub(/：|，|。|、|；|？|！|（|）|“|”|《|》|…/, "", anchor) # punctuation in Chinese
    gsub(/ /, "-", anchor)
    return anchor
}
function target_of(page, link,    path) {
    path = page
    sub(/[^\/]*$/, "", path)
    path = path link
    while (sub(/[^\/]+\/\.\.\//, "", path))
        ;
    return path
}
function complain(what) {
    print FILENAME ":" FNR ": " what
    bad = 1
}
function check(link,    page, hash) {
    if (link ~ /^https?:/)
        return
    hash = index(link, "#")
    page = hash == 1 ? FILENAME : target_of(FILENAME, hash ? substr(link, 1, hash - 1) : link)
    if (system("test -e '" page "'") != 0)
        complain("there is no " page)
    else if (hash && !((page, substr(link, hash + 1)) in anchors))
        complain(page " has no heading for #" substr(link, hash + 1))
}
FNR == 1 {
    second = seen[FILENAME]++
    inside = 0
}
/^```/ { inside = !inside }
inside { next }
!second && /^##* / {
    heading = $0
    sub(/^#+ /, "", heading)
    if ((FILENAME, heading) in headings)
        complain("a second heading \"" heading "\"")
    headings[FILENAME, heading]
    anchors[FILENAME, anchor_of(heading)]
}
second {
    line = $0
    gsub(/`[^`]*`/, "", line)
    while (match(line, /\]\([^)]*\)/)) {
        check(substr(line, RSTART + 2, RLENGTH - 3))
        line = substr(line, RSTART + RLENGTH)
    }
}
END {
    while (sections != "" && (getline line <sections) > 0) {
        split(line, part, "\t")
        checked++
        if (!((part[1], part[2]) in headings)) {
            print part[1] ": no heading \"" part[2] "\", to which reports point"
            bad = 1
        }
    }
    if (sections != "" && checked == 0) {
        print "no section that reports point to was found"
        bad = 1
    }
    exit bad
}
