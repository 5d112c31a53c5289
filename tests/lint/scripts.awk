# Prints which of the files a shell runs: those whose first line names one, and those that end in .sh.
FNR > 1 { nextfile }
/^#!.*[\/ ](ba|da)?sh( |$)/ || FILENAME ~ /\.sh$/ { print FILENAME }
