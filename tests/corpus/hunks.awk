# Reads what `diff -p -U0 OLD NEW` prints after its first two lines, and prints the patch with the
# least context: as much as each hunk takes to be found in OLD wherever its lines have moved to. A
# patch that is longer than NEW becomes NEW, as a new file.
#
# usage: awk -v old=OLD -v new=NEW -v name=NAME -f tests/corpus/hunks.awk

# Whether the lines FIRST to LAST of OLD stand there once.
function once(first, last,    text, i, at) {
    text = "\n"
    for (i = first; i <= last; i++)
        text = text line[i] "\n"
    at = index(whole, text)
    return first <= last && !index(substr(whole, at + 1), text)
}

# Whether changes I to J, with LEAD lines before and TRAIL lines behind them, are a hunk that can be
# found. LOW is the last line of the hunk before.
function fits(i, j, low) {
    return from[i] - lead > low && to[j] + trail <= (j < changes ? from[j + 1] - 1 : lines) &&
        once(from[i] - lead, to[j] + trail)
}

# Finds the least LEAD and TRAIL. Returns how many lines that is, or -1. For patch(1), less context
# behind than before means the end of the file.
function surround(i, j, low,    sum) {
    for (sum = 0; sum <= lines; sum++)
        for (lead = int(sum / 2); lead >= 0; lead--) {
            trail = sum - lead
            if (fits(i, j, low))
                return sum
        }
    trail = lines - to[j]
    for (lead = trail + 1; lead <= lines; lead++)
        if (fits(i, j, low))
            return lead + trail
    return -1
}

# The lines FIRST to LAST of OLD as context, which counts for both sides.
function context(first, last,    text) {
    for (; first <= last; first++) {
        text = text " " line[first] "\n"
        olds++
        news++
    }
    return text
}

function span(first, count) {
    return count == 1 ? first : (count > 1 ? first : first - 1) "," count
}

function show(i, j, lead, trail,    at, k, text) {
    olds = news = 0
    at = from[i] - lead
    text = context(at, from[i] - 1)
    for (k = i; k <= j; k++) {
        text = text body[k]
        olds += to[k] - from[k] + 1
        news += added[k]
        text = text context(to[k] + 1, k < j ? from[k + 1] - 1 : to[j] + trail)
    }
    printf "@@ -%s +%s @@%s\n%s", span(at, olds), span(at + moved[i], news), where[i], text
}

# Joins neighbouring changes where one hunk is shorter than two: best[J] is the length of the best
# patch of the changes 1 to J, whose last hunk begins with change start[J].
function join(    i, j, inner, sum, cost) {
    for (j = 1; j <= changes; j++) {
        best[j] = -1
        inner = 0
        for (i = j; i >= 1; i--) {
            if (i < j)
                inner += from[i + 1] - 1 - to[i]
            if (inner > 12)
                break
            sum = surround(i, j, end[i - 1])
            if (best[i - 1] < 0 || sum < 0)
                continue
            cost = best[i - 1] + 1 + inner + sum
            if (best[j] < 0 || cost < best[j]) {
                best[j] = cost
                start[j] = i
                leads[j] = lead
                trails[j] = trail
                end[j] = to[j] + trail
            }
        }
    }
    return best[changes]
}

function show_up_to(j) {
    if (j > 0) {
        show_up_to(start[j] - 1)
        show(start[j], j, leads[j], trails[j])
    }
}

BEGIN {
    whole = "\n"
    while ((getline text < old) > 0)
        whole = whole (line[++lines] = text) "\n"
    while ((getline text < new) > 0)
        fresh[++all] = text
}

/^@@ / {
    changes++
    split(substr($2, 2) ",1", a, ",")
    split(substr($3, 2) ",1", b, ",")
    from[changes] = a[1] + (a[2] == 0)
    to[changes] = from[changes] + a[2] - 1
    moved[changes] = b[1] + (b[2] == 0) - from[changes]
    added[changes] = b[2]
    where[changes] = $0
    sub(/^@@[^@]*@@/, "", where[changes])
    next
}

{
    body[changes] = body[changes] $0 "\n"
    changed++
}

END {
    best[0] = end[0] = 0
    if (join() < 0 || best[changes] + changed > all) {
        printf "--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n", name, all
        for (i = 1; i <= all; i++)
            print "+" fresh[i]
        exit
    }
    printf "--- a/%s\n+++ b/%s\n", name, name
    show_up_to(changes)
}
