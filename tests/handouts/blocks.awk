# Reads pages. A comment `<!-- from KIND: NAME -->` says where the block of code below it comes from.
# Prints a line `PAGE:LINE KIND NAME FILE` for each, and puts the block into FILE, in the folder OUT.
# A block of C without such a comment is an error.
/^<!-- from [a-z]+: .* -->$/ {
    kind = $3
    sub(/:$/, "", kind)
    name = $0
    sub(/^<!-- from [a-z]+: /, "", name)
    sub(/ -->$/, "", name)
    next
}
/^```/ && !inside {
    inside = 1
    file = ""
    if (kind != "") {
        file = OUT "/" ++count
        printf "" >file
        print FILENAME ":" FNR "\t" kind "\t" name "\t" file
    } else if ($0 == "```c") {
        print FILENAME ":" FNR ": code that comes from no file" >"/dev/stderr"
        bad = 1
    }
    kind = ""
    next
}
/^```$/ {
    inside = 0
    if (file != "")
        close(file)
    next
}
inside && file != "" { print >file }
!inside && NF && kind != "" {
    print FILENAME ":" FNR ": no block follows its comment" >"/dev/stderr"
    bad = 1
    kind = ""
}
END { exit bad }
