# Finds the #include lines, as grep prints them with the name of the file, with which a layer of the
# engine includes one to its right. `layers` has their names, from the left to the right.
BEGIN {
    FS = "/"
    count = split(layers, name, " ")
    for (i = 1; i <= count; i++)
        place[name[i]] = i
}
!($3 in place) || !($5 in place) || place[$5] > place[$3] {
    print
    bad = 1
}
END {
    if (NR > 0 && !bad)
        exit 0
    print "A layer includes one to its right, or there is another folder."
    exit 1
}
