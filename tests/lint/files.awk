# Finds files with more than 500 lines whose first line does not say why.
FNR == 1 { reason = /: .*500 lines/ }
FNR == 501 && !reason {
    print FILENAME ": more than 500 lines"
    bad = 1
}
END { exit bad }
