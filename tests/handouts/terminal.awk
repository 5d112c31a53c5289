# Draws what a program has written to a terminal as an SVG with the colours of a light or a dark page,
# whichever the reader uses: green, red, bold and dim. usage: awk -v title=WORDS -f terminal.awk REPORT
function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}
# The columns of TEXT: bytes that continue a character take none.
function columns(text) {
    gsub(/[\200-\277]/, "", text)
    return length(text)
}
# Adds TEXT, in the style that is on, behind what stands in this line already.
function put(text,    width) {
    plain = plain text
    if (text == "")
        return
    width = columns(text)
    if (text !~ /^ *$/)
        body = body sprintf("<text x=\"%.1f\" y=\"%d\" textLength=\"%.1f\"%s>%s</text>\n", LEFT + column * WIDE, y, \
            width * WIDE, style == "" ? "" : " class=\"" style "\"", escaped(text))
    column += width
}
BEGIN {
    WIDE = 7.8; HIGH = 19; LEFT = 18
    y = 32
    class["31"] = "red"; class["32"] = "green"; class["1"] = "bold"; class["2"] = "dim"; class["0"] = ""
}
{
    sub(/\r$/, "")
    column = 0
    line = $0
    while (match(line, /\033\[[0-9]*m/)) {
        put(substr(line, 1, RSTART - 1))
        style = class[substr(line, RSTART + 2, RLENGTH - 3)]
        line = substr(line, RSTART + RLENGTH)
    }
    put(line)
    plain = plain "\n"
    widest = column > widest ? column : widest
    y += HIGH
}
END {
    width = int(2 * LEFT + widest * WIDE + 1)
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", width, y, width, y
    printf "<title>%s</title>\n<desc>\n%s</desc>\n", escaped(title), escaped(plain)
    print "<style>"
    print "  text { font: 13px ui-monospace, \"DejaVu Sans Mono\", Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }"
    print "  rect { fill: #f6f8fa; stroke: #d0d7de }"
    print "  .red { fill: #cf222e } .green { fill: #1a7f37 } .bold { font-weight: bold } .dim { fill: #59636e }"
    print "  @media (prefers-color-scheme: dark) {"
    print "    text { fill: #e6edf3 } rect { fill: #161b22; stroke: #30363d }"
    print "    .red { fill: #ff7b72 } .green { fill: #56d364 } .dim { fill: #9198a1 }"
    print "  }"
    print "</style>"
    printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"8\"/>\n%s</svg>\n", width - 1, y - 1, body
}
