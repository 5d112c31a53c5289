# Makes a table in C of catalogs of gettext: their strings are written as C writes them. What is
# marked as fuzzy, or is not translated, is left out; of plurals the first form is taken, for the
# languages that we have have one. usage: awk -v LANGUAGE=zh -f table.awk CATALOG.po ... >TABLE.c
function finish() {
    if (!fuzzy && english != "" && translated != "")
        printf "    {%s,\n     %s},\n", english, translated
    part = english = translated = ""
    fuzzy = 0
}
# Adds the string that begins in the line at its first quote to what is being read.
function add(    string) {
    string = substr($0, index($0, "\""))
    if (string == "\"\"")
        return
    if (part == "msgid")
        english = english string
    else if (part == "msgstr")
        translated = translated string
}
BEGIN {
    print "/* Made by table.awk. */\n#include \"grader/base/messages.h\"\n"
    print "const struct catalog_row catalog_" LANGUAGE "[] = {"
}
/^#, .*fuzzy/ { finish(); fuzzy = 1; next }
/^#/ { next }
/^msgid / { if (part != "") finish(); part = "msgid"; add(); next }
/^msgid_plural / { part = "plural"; next }
/^msgstr(\[0\])? / { part = "msgstr"; add(); next }
/^msgstr/ { part = "another"; next }
/^"/ { add() }
/^$/ { if (part != "") finish() }
END {
    finish()
    print "    {0, 0},\n};"
}
