# From build/bench/servers.csv: the tables of `make bench PART=servers`, and, into the folder DATA,
# a file for each plot.
BEGIN {
    FS = ","
    columns = split("1 10 100 1000", clients, " ")
}
NR == 1 { next }
{
    if (!($1 in known)) {
        known[$1] = 1
        names[++servers] = $1
    }
    at = $1 "," $2 "," $3
    if ($5 != "ok") {
        failed[at] = $5
        next
    }
    rate[at] = rate[at] " " $8
    p50[at] = p50[at] " " $9
    p99[at] = p99[at] " " $10
    cpu[at] = cpu[at] " " $11
    memory[at] = memory[at] " " $12
    lost[at] += $13
    of_round["rate", at "," $4] = $8
    of_round["cpu", at "," $4] = $11
    rounds = $4 > rounds ? $4 : rounds
}

function cell(values, factor) {
    return sprintf("%s ±%.0f%%", short(median(values) * factor), spread(values))
}

# TEXT at the right of WIDTH columns, whether this awk counts bytes or characters.
function padded(text, width,    blanks) {
    blanks = width - length(text) + (index(text, "±") ? length("±") - 1 : 0)
    return sprintf("%" blanks "s%s", "", text)
}

# A table: a row for each server with such a TASK, a column for each number of clients. Also a file
# for the plot, unless it is not to be drawn.
function table(title, values, task, factor, plot,    i, j, at, row, any, file) {
    printf "\n%s\n  %-16s", title, "clients"
    for (j = 1; j <= columns; j++)
        printf "%15s", clients[j]
    print ""
    for (i = 1; i <= servers; i++) {
        row = ""
        any = 0
        for (j = 1; j <= columns; j++) {
            at = names[i] "," task "," clients[j]
            any = any || at in values || at in failed
            row = row padded(at in values ? cell(values[at], factor) : "-", 15)
        }
        if (any)
            printf "  %-16s%s\n", names[i], row
    }
    if (plot != "")
        write_plot(data "/" plot ".dat", values, task, factor)
}

# Blocks as gnuplot takes them: one for each server, its name above.
function write_plot(file, values, task, factor,    i, j, at, text) {
    printf "" > file
    for (i = 1; i <= servers; i++) {
        text = ""
        for (j = 1; j <= columns; j++) {
            at = names[i] "," task "," clients[j]
            if (at in values)
                text = text clients[j] " " median(values[at]) * factor "\n"
        }
        if (text != "")
            printf "\"%s\"\n%s\n\n", names[i], text >> file
    }
    close(file)
}

# The median of LEFT's figure, in turns of RIGHT's of the same round.
function ratio(kind, left, right, task, number,    i, text, a, b) {
    for (i = 1; i <= rounds; i++) {
        a = of_round[kind, left "," task "," number "," i]
        b = of_round[kind, right "," task "," number "," i]
        if (a > 0 && b > 0)
            text = text " " a / b
    }
    return text == "" ? "-" : sprintf("%.2f", median(text))
}

function beside(kind, left, right, task, aim,    j, row, any, text) {
    for (j = 1; j <= columns; j++) {
        text = ratio(kind, left, right, task, clients[j])
        any = any || text != "-"
        row = row sprintf("%8s", text)
    }
    if (any)
        printf "  %-27s%s%s\n", left " / " right, row, aim == "" ? "" : "   aim: " aim
}

function compare_all(kind, task, bare, own, limit) {
    beside(kind, "lab 1", "epoll", task, "")
    beside(kind, "lab 3", "fork and wait", task, bare)
    beside(kind, "lab 3", "socat fork", task, own)
    beside(kind, "lab 3", "ncat -k -e", task, own)
    beside(kind, "lab 3", "Python forks", task, own)
    beside(kind, "lab 3", "epoll", task, "")
    beside(kind, "lab 4 -e", "Python threads", task, own)
    beside(kind, "lab 4 -e", "epoll", task, limit)
}

function compare(    text) {
    text = "of a peer in the same round, for 1, 10, 100 and 1,000 clients"
    print "\nConnections per second, in turns " text
    compare_all("rate", "connections", "0.83 or more", "more than 1", "0.67 or more at 100")
    print "\nRound trips per second, in turns " text
    compare_all("rate", "roundtrips", "", "more than 1", "0.67 or more at 100")
    print "\nProcessor time for a connection, in turns " text
    compare_all("cpu", "connections", "1.2 or less", "less than 1", "")
    print "\nProcessor time for a message, in turns " text
    compare_all("cpu", "roundtrips", "", "less than 1", "")
    print "\nDatagrams per second, then processor time for one, in turns " text
    beside("rate", "lab 5", "recvmmsg", "datagrams", "")
    beside("cpu", "lab 5", "recvmmsg", "datagrams", "")
}

END {
    table("Connections per second: connect, one line and its echo, close", rate, "connections", 1, "connections")
    table("Processor time of the server for a connection, in microseconds", cpu, "connections", 1, "connection-time")
    table("Round trips per second: a line of 32 bytes and its echo", rate, "roundtrips", 1, "roundtrips")
    table("Half of the round trips took at most so many microseconds (p50)", p50, "roundtrips", 1, "")
    table("99 of 100 round trips took at most so many microseconds (p99)", p99, "roundtrips", 1, "p99")
    table("Processor time of the server for 1,000 messages, in milliseconds", cpu, "roundtrips", 1, "message-time")
    table("Memory of the server for a client, in KiB (PSS; what the kernel needs is not in it)", memory, "roundtrips", 1, "memory")
    table("Messages of 64 KiB per second: 64 lines, which labs 3 and 4 send back one by one", rate, "big", 1, "big")
    table("Datagrams answered per second: one in flight for each client", rate, "datagrams", 1, "datagrams")
    table("Processor time of the server for 1,000 datagrams, in milliseconds", cpu, "datagrams", 1, "datagram-time")
    compare()
    print ""
    for (at in failed)
        print "not measured: " at " clients: " failed[at]
    for (at in lost)
        if (lost[at] > 0)
            print at " clients: " lost[at] " datagrams had to be sent again"
}
