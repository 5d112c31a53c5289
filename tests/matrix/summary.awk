# A summary of one lab from matrix.csv: see tests/matrix/run. `named` has a line "BUG TEST" for each
# bug, `tests` the lab's tests in the order of the report.
BEGIN {
    while ((getline line < named) > 0) {
        split(line, word, " ")
        bug_at[++bugs] = word[1]
        test_of[word[1]] = word[2]
    }
    while ((getline line < tests) > 0)
        order[++count] = line
}
$1 == lab && $2 == "bug" {
    caught[$4]++
    catchers[$3]++
    last[$3] = $4
    all[$3] = all[$3] " " $4
}
$1 == lab && $2 == "mutant" {
    killed[$4]++
    mutants++
}
END {
    for (bug in catchers) {
        played++
        if (catchers[bug] == 1)
            own[last[bug]]++
    }
    printf "%s: %d tests, %d bugs of which %d are caught, %d mutants killed\n", lab, count, bugs, played, mutants
    printf "  %-32s %6s %6s %8s\n", "test", "bugs", "alone", "mutants"
    for (i = 1; i <= count; i++)
        printf "  %-32s %6d %6d %8d\n", order[i], caught[order[i]], own[order[i]], killed[order[i]]
    for (i = 1; i <= count; i++)
        if (own[order[i]] == 0 && killed[order[i]] == 0) {
            printf "  catches nothing of its own: %s", order[i]
            for (b = 1; b <= bugs; b++)
                if (test_of[bug_at[b]] == order[i] && bug_at[b] in all)
                    printf "; %s is caught by%s", bug_at[b], all[bug_at[b]]
            print ""
        }
}
