# Draws what `sequences` prints: a figure for each scene, in the file NAME.svg of the folder OUT. With
# -v style=FILE, the style of all figures. A state that has changed stands out.
function escaped(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}
function put(class, x, y, text) {
    if (text != "")
        body = body sprintf("<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", class, x, y, escaped(text))
}
function state(class, x, y, name, before) {
    put((name == before ? "soft " : "warm ") class, x, y, name == "" ? (before == "" ? "" : "gone") : name)
}
function arrow(from, to, y, hot) {
    body = body sprintf("<path class=\"%s\" marker-end=\"url(#%s)\" d=\"M%d %dL%d %d\"/>\n", \
        hot ? "hot" : "net", hot ? "hot" : "net", from, y, to, y)
}
function marker(id, class) {
    return sprintf("  <marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" " \
        "markerHeight=\"7\" orient=\"auto\"><path class=\"%s\" d=\"M 0 0 L 10 5 L 0 10 z\"/></marker>\n", id, class)
}
function finish(    file, height) {
    if (name == "")
        return
    file = OUT "/" name ".svg"
    height = y + 12
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n" \
        "<title>%s</title>\n<style>\n%s</style>\n<defs>\n%s%s</defs>\n%s</svg>\n", \
        WIDTH, height, WIDTH, height, escaped(title), css, marker("net", "nettip"), marker("hot", "hottip"), body >file
    close(file)
}
BEGIN {
    FS = "\t"
    WIDTH = 880; LINE = 32
    CLIENT = 306; SERVER = 574 # where the calls end and begin; the arrow is in between
    while ((getline line <style) > 0)
        css = css line "\n"
    if (css == "") {
        print "draw.awk: there is no style" >"/dev/stderr"
        exit 1
    }
}
/^# / {
    finish()
    name = substr($1, 3)
    gsub(/_/, "-", name)
    title = $2
    body = ""
    client_before = server_before = ""
    y = 28
    put("head", 14, y, "state")
    put("head end", CLIENT, y, "client")
    put("head", SERVER, y, "server")
    put("head end", WIDTH - 14, y, "state")
    y += 34
    next
}
{
    if ($3 == "<")
        arrow(SERVER - 12, CLIENT + 12, y - 5, $4 != "")
    if ($3 == ">" || $3 == "=")
        arrow(CLIENT + 12, SERVER - 12, y - ($3 == "=" ? 9 : 5), $4 != "")
    if ($3 == "=")
        arrow(SERVER - 12, CLIENT + 12, y, 0)
    if ($3 != "" && $4 != "" && $4 != "-")
        put("soft mid", (CLIENT + SERVER) / 2, y - 11, $4)
    state("", 14, y, $1, client_before)
    put("code end", CLIENT, y, $2)
    put("code", SERVER, y, $5)
    state("end", WIDTH - 14, y, $6, server_before)
    client_before = $1
    server_before = $6
    y += LINE
}
END { finish() }
