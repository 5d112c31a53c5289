# From the commands of make -n to a compilation database: an entry for each C file that is compiled.
function quoted(text) {
    gsub(/[\\"]/, "\\\\&", text)
    return "\"" text "\""
}
/ -o [^ ]+ [^ ]+\.c( |$)/ {
    file = $0
    sub(/.* -o [^ ]+ /, "", file)
    sub(/ .*/, "", file)
    printf "%s  {\"directory\": %s, \"file\": %s,\n   \"command\": %s}", \
        separator, quoted(folder), quoted(file), quoted($0)
    separator = ",\n"
}
BEGIN { print "[" }
END { print "\n]" }
