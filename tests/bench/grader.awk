# From build/bench/grader.csv: the table of `make bench PART=grader`, and DATA/grader.dat for the plot.
BEGIN { FS = "," }
NR == 1 { next }
{
    values[$1, $2] = values[$1, $2] " " $4 / 1000
    of_round[$1, $2, $3] = $4 / 1000
    rounds = $3 > rounds ? $3 : rounds
    if (!(($1, $2) in listed)) {
        listed[$1, $2] = 1
        whats[$1, ++count[$1]] = $2
    }
    if (!($1 in seen)) {
        seen[$1] = 1
        labs[++lab_count] = $1
    }
}

function is_valgrind(what) {
    return what ~ /memcheck|helgrind/
}

# Of the lab's runs under valgrind, the one with the largest median.
function slowest(lab,    i, what, best) {
    for (i = 1; i <= count[lab]; i++) {
        what = whats[lab, i]
        if (is_valgrind(what) && (best == "" || median(values[lab, what]) > median(values[lab, best])))
            best = what
    }
    return best
}

function row(lab, what) {
    printf "  %-24s %6.0f ms ±%.0f%%\n", what, median(values[lab, what]), spread(values[lab, what])
}

function show(lab,    i, slow, round, below, ratios, aim, middle) {
    printf "\nlab %s\n", lab
    for (i = 1; i <= count[lab]; i++)
        row(lab, whats[lab, i])
    slow = slowest(lab)
    for (round = 1; round <= rounds; round++) {
        below = of_round[lab, "compile and link", round] + of_round[lab, slow, round]
        if (below > 0)
            ratios = ratios " " of_round[lab, "make lab-" lab, round] / below
    }
    aim = lab <= 3 ? 1.2 : 1.5
    middle = median(ratios)
    printf "  ratio %.2f ±%.0f%%, of compiling, linking and %s (aim: %.1f, %s)\n", middle, spread(ratios), \
        slow, aim, middle <= aim ? "met" : "missed"
    printf "\"lab %s\" %.3f %.3f %.3f\n", lab, median(values[lab, "make lab-" lab]) / 1000, \
        median(values[lab, "compile and link"]) / 1000, median(values[lab, slow]) / 1000 > (data "/grader.dat")
}

END {
    for (i = 1; i <= lab_count; i++)
        show(labs[i])
}
