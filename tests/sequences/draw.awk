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
function arrow(from, start, to, y, hot) {
    body = body sprintf("<path class=\"%s\" marker-end=\"url(#%s)\" d=\"M%d %dL%d %d\"/>\n", \
        hot ? "hot" : "net", hot ? "hot" : "net", from, start, to, y)
}
# How wide TEXT is, in the font of code. Most awks count the bytes of an arrow or of three dots.
function width(text) {
    gsub(/→|…/, "x", text)
    return 8.5 * length(text)
}
# Where the calls of both sides end and begin, so that all of them fit between the margins.
function choose_columns(    i, most, least) {
    many = 0
    for (i = 1; i <= rows; i++)
        many = many || cell[i, 7] != ""
    margin = many ? 40 : 14
    client = CLIENT
    for (i = 1; i <= rows; i++) {
        if (cell[i, 2] != "" && margin + 118 + width(cell[i, 2]) > client)
            client = margin + 118 + width(cell[i, 2])
        if (width(cell[i, 5]) > most)
            most = width(cell[i, 5])
    }
    server = WIDTH - 14 - (layout == "" ? 0 : 118) - most
    if (server > SERVER)
        server = SERVER
    least = 120 - (server - client)
    if (least > 0) { # no room for the arrows: the left side has more than it needs
        client -= least
        for (i = 1; i <= rows; i++)
            if (width(cell[i, 2]) > client - margin - 118)
                print "draw.awk: " name ": \"" cell[i, 2] "\" is too long" >"/dev/stderr"
    }
}
function draw_arrow(i,    kind, key) {
    kind = substr(cell[i, 3], 1, 1)
    key = substr(cell[i, 3], 2)
    if (key == "x") { # lost on the way
        from = kind == ">" ? client + 12 : server - 12
        middle = (client + server) / 2
        body = body sprintf("<path class=\"hot\" d=\"M%d %dL%d %dm-5 -5l10 10m0 -10l-10 10\"/>\n", \
            from, y - 5, middle, y + 6)
    } else if (kind == "." && start[key, "way"] == ">")
        arrow(client + 12, start[key], server - 12, y - 5, 0)
    else if (kind == ".")
        arrow(server - 12, start[key], client + 12, y - 5, 0)
    else if (key != "") {
        start[key] = y - 5
        start[key, "way"] = kind
    } else {
        if (kind == "<")
            arrow(server - 12, y - 5, client + 12, y - 5, cell[i, 4] != "")
        if (kind == ">" || kind == "=")
            arrow(client + 12, y - (kind == "=" ? 9 : 5), server - 12, y - (kind == "=" ? 9 : 5), cell[i, 4] != "")
        if (kind == "=")
            arrow(server - 12, y, client + 12, y, 0)
    }
    if (key != "" && kind == ">")
        put("code", client + 18, y - 11, cell[i, 4])
    else if (key != "" && kind == "<")
        put("code end", server - 18, y - 11, cell[i, 4])
    else if (kind != "" && cell[i, 4] != "-")
        put("soft mid", (client + server) / 2, y - 11, cell[i, 4])
}
function draw_row(i,    who) {
    who = cell[i, 7]
    draw_arrow(i)
    put("soft", 14, y, who)
    put("code end", client, y, cell[i, 2])
    put("code", server, y, cell[i, 5])
    if (layout == "") {
        put(cell[i, 1] == "shown" ? "soft" : "warm", margin, y, cell[i, 1])
        return
    }
    state("", margin, y, cell[i, 1], left_before[who])
    state("end", WIDTH - 14, y, cell[i, 6], right_before[who])
    left_before[who] = cell[i, 1]
    right_before[who] = cell[i, 6]
}
function marker(id, class) {
    return sprintf("  <marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" " \
        "markerHeight=\"7\" orient=\"auto\"><path class=\"%s\" d=\"M 0 0 L 10 5 L 0 10 z\"/></marker>\n", id, class)
}
function finish(    file, height, i) {
    if (name == "")
        return
    file = OUT "/" name ".svg"
    body = ""
    split("", left_before)
    split("", right_before)
    split("", start)
    choose_columns()
    y = 28
    put("head", margin, y, layout)
    put("head end", client, y, "client")
    put("head", server, y, "server")
    put("head end", WIDTH - 14, y, layout)
    y += 34
    for (i = 1; i <= rows; i++) {
        draw_row(i)
        y += LINE
    }
    height = y + 12
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n" \
        "<title>%s</title>\n<style>\n%s</style>\n<defs>\n%s%s</defs>\n%s</svg>\n", \
        WIDTH, height, WIDTH, height, escaped(title), css, marker("net", "nettip"), marker("hot", "hottip"), body >file
    close(file)
}
BEGIN {
    FS = "\t"
    WIDTH = 880; LINE = 32
    CLIENT = 306; SERVER = 574 # where the calls end and begin, unless that is too narrow for them
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
    layout = $3
    rows = 0
    next
}
{
    rows++
    for (i = 1; i <= 7; i++)
        cell[rows, i] = $i
}
END { finish() }
