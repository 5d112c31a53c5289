# Finds functions with more than 40 lines between their braces.
FNR == 1 { open = 0 }
/^{/ { open = FNR }
/^}/ && open {
    if (FNR - open > 41) {
        print FILENAME ":" open ": more than 40 lines"
        bad = 1
    }
    open = 0
}
END { exit bad }
