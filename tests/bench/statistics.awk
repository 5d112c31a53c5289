# Read with -f in front of the programs that make tables: medians and spread.

# The values in TEXT, blanks between them, sorted into SORTED; returns how many.
function sort_values(text, sorted,    count, i, j, value) {
    count = split(text, sorted, " ")
    for (i = 2; i <= count; i++) {
        value = sorted[i] + 0
        for (j = i - 1; j > 0 && sorted[j] + 0 > value; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = value
    }
    return count
}

function median(text,    sorted, count) {
    count = sort_values(text, sorted)
    if (count == 0)
        return 0
    return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

# Half of what lies between the smallest and the largest, in per cent of the median.
function spread(text,    sorted, count, middle) {
    count = sort_values(text, sorted)
    middle = median(text)
    return middle > 0 ? (sorted[count] - sorted[1]) / 2 / middle * 100 : 0
}

# Three digits that count, and no more than are there.
function short(value) {
    return sprintf(value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
}
