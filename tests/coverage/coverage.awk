# From what gcov prints to a table: a line for each file of tests/, and one for all.
/^File / {
    file = substr($0, 7, length($0) - 7)
    sub("^" root, "", file)
}
/^Lines executed:/ && file ~ /^tests\/.*\.c$/ {
    split($0, part, /[:%]| of /)
    lines[file] = $NF
    run[file] = part[2] * $NF / 100
}
/^Lines executed:/ { file = "" }
END {
    for (file in lines) {
        printf "%6.1f %%  of %5d  %s\n", 100 * run[file] / lines[file], lines[file], file | "sort -k5"
        all += lines[file]
        all_run += run[file]
    }
    close("sort -k5")
    if (all == 0)
        exit 1
    printf "%6.1f %%  of %5d lines\n", 100 * all_run / all, all
}
