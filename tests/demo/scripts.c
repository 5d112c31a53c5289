#include "demo/script.h"

/* A table for each lab, a line for each thing that happens. */
/* clang-format off */
#define STEP(text)        {STEP, 0, text, 0}
#define RUN(who, command) {RUN, who, command, 0}
#define SHOWS(who, line)  {SHOWS, who, line, 0}
#define ASKS(who)         {ASKS, who, "You want to say: ", 0}
#define TYPES(who, line)  {TYPES, who, line, 0}
#define LEAVES(who)       {LEAVES, who, "", 0}
#define INTERRUPTS(who)   {INTERRUPTS, who, "", 0}
#define ENDS(who, status) {ENDS, who, "", status}
#define ACTS(list)        (list), sizeof(list) / sizeof(list)[0]
/* clang-format on */

enum { SERVER, C276, C284, C300 };

static const struct act echo[] = {
    STEP("The server starts: its socket gets a port, and listens."),
    RUN(SERVER, "./server 0"),
    SHOWS(SERVER, "listening on port 268"),

    STEP("A client connects, sends its message, and gets it back. Then it closes the connection."),
    RUN(C276, "./client localhost 268 hello"),
    SHOWS(SERVER, "[276] connected"),
    SHOWS(C276, "hello"),
    ENDS(C276, 0),
    SHOWS(SERVER, "[276] disconnected"),

    STEP("The next client. The server is the same, and so is its port; the client's is another."),
    RUN(C284, "./client 127.0.0.1 268 one,two,three"),
    SHOWS(SERVER, "[284] connected"),
    SHOWS(C284, "one,two,three"),
    ENDS(C284, 0),
    SHOWS(SERVER, "[284] disconnected"),

    STEP("Ctrl-C ends the server. Now nobody listens at its port: the next client is refused."),
    INTERRUPTS(SERVER),
    ENDS(SERVER, BY_CTRL_C),
    RUN(C300, "./client 127.0.0.1 268 hello"),
    SHOWS(C300, "client: connect: Connection refused"),
    ENDS(C300, 1),
};

static const struct act chat[] = {
    STEP("The server starts."),
    RUN(SERVER, "./server 0"),
    SHOWS(SERVER, "listening on port 268"),

    STEP("A client connects. Its person has the first turn."),
    RUN(C276, "./client localhost 268"),
    ASKS(C276),
    SHOWS(SERVER, "[276] connected"),

    STEP("The two people take turns."),
    TYPES(C276, "good morning"),
    SHOWS(SERVER, "client says: good morning"),
    ASKS(SERVER),
    TYPES(SERVER, "how do you do"),
    SHOWS(C276, "server says: how do you do"),
    ASKS(C276),

    STEP("Another client. The kernel completes its connection and takes its line; but the server "
         "is busy with 276, and shows nothing."),
    RUN(C284, "./client localhost 268"),
    ASKS(C284),
    TYPES(C284, "is anybody there?"),

    STEP("276 still has its turns."),
    TYPES(C276, "thanks, fine"),
    SHOWS(SERVER, "client says: thanks, fine"),
    ASKS(SERVER),
    TYPES(SERVER, "see you"),
    SHOWS(C276, "server says: see you"),
    ASKS(C276),

    STEP("276 leaves with Ctrl-D. At once the server takes 284, whose line has waited for it."),
    LEAVES(C276),
    SHOWS(SERVER, "client left"),
    SHOWS(SERVER, "[276] disconnected"),
    SHOWS(SERVER, "[284] connected"),
    SHOWS(SERVER, "client says: is anybody there?"),
    ASKS(SERVER),
    TYPES(SERVER, "yes, now"),
    SHOWS(C284, "server says: yes, now"),
    ASKS(C284),

    STEP(
        "Ctrl-C ends the server. 284 waits at its keyboard, and learns of it after its next line."),
    INTERRUPTS(SERVER),
    ENDS(SERVER, BY_CTRL_C),
    TYPES(C284, "hello?"),
    SHOWS(C284, "server left"),
    ENDS(C284, 0),
};

static const struct act processes[] = {
    STEP("The server creates its socket and listens."),
    RUN(SERVER, "./server 0"),
    SHOWS(SERVER, "listening on port 268"),

    STEP("Two clients connect. Each gets a process of its own."),
    RUN(C276, "./client localhost 268"),
    ASKS(C276),
    SHOWS(SERVER, "[276] connected"),
    RUN(C284, "./client localhost 268"),
    ASKS(C284),
    SHOWS(SERVER, "[284] connected"),

    STEP("Both send a line, the second one first."),
    TYPES(C284, "123"),
    SHOWS(SERVER, "[284] 123"),
    SHOWS(C284, "server says: 123"),
    ASKS(C284),
    TYPES(C276, "abc"),
    SHOWS(SERVER, "[276] abc"),
    SHOWS(C276, "server says: abc"),
    ASKS(C276),

    STEP("One more client connects."),
    RUN(C300, "./client localhost 268"),
    ASKS(C300),
    SHOWS(SERVER, "[300] connected"),

    STEP("It sends a line, while the others say nothing."),
    TYPES(C300, "123"),
    SHOWS(SERVER, "[300] 123"),
    SHOWS(C300, "server says: 123"),
    ASKS(C300),

    STEP("The first two leave, with Ctrl-D."),
    LEAVES(C284),
    SHOWS(SERVER, "[284] disconnected"),
    LEAVES(C276),
    SHOWS(SERVER, "[276] disconnected"),

    STEP("The last client does not notice: it sends another line."),
    TYPES(C300, "123"),
    SHOWS(SERVER, "[300] 123"),
    SHOWS(C300, "server says: 123"),
    ASKS(C300),

    STEP("It leaves as well. The server waits for clients until Ctrl-C ends it."),
    LEAVES(C300),
    SHOWS(SERVER, "[300] disconnected"),
    INTERRUPTS(SERVER),
    ENDS(SERVER, BY_CTRL_C),
};

static const struct act threads[] = {
    STEP("The server starts, with an empty room."),
    RUN(SERVER, "./server 0"),
    SHOWS(SERVER, "listening on port 268"),

    STEP("A client joins the room. It gets a thread of its own."),
    RUN(C276, "./client localhost 268"),
    SHOWS(SERVER, "[276] connected"),
    SHOWS(C276, "[276] joined"),

    STEP("Another one joins. Everybody in the room is told."),
    RUN(C284, "./client localhost 268"),
    SHOWS(SERVER, "[284] connected"),
    SHOWS(C276, "[284] joined"),
    SHOWS(C284, "[284] joined"),

    STEP("A line from one client goes to all the others, and nobody has to wait for a turn."),
    TYPES(C276, "who is here?"),
    SHOWS(SERVER, "[276] who is here?"),
    SHOWS(C284, "[276] who is here?"),
    TYPES(C284, "I am"),
    SHOWS(SERVER, "[284] I am"),
    SHOWS(C276, "[284] I am"),
    TYPES(C284, "and you?"),
    SHOWS(SERVER, "[284] and you?"),
    SHOWS(C276, "[284] and you?"),

    STEP("What the person at the server types goes to everybody."),
    TYPES(SERVER, "welcome"),
    SHOWS(C276, "server says: welcome"),
    SHOWS(C284, "server says: welcome"),

    STEP("276 leaves, with Ctrl-D. The others are told."),
    LEAVES(C276),
    SHOWS(SERVER, "[276] disconnected"),
    SHOWS(C284, "[276] left"),

    STEP("Ctrl-C ends the server. 284 hears of it at once, although nobody has typed anything."),
    INTERRUPTS(SERVER),
    ENDS(SERVER, BY_CTRL_C),
    SHOWS(C284, "server left"),
    ENDS(C284, 0),
};

enum { FIRST = 1, SECOND, LINK };

static const struct act datagrams[] = {
    STEP("The server starts: one socket with a port, and nothing that listens or accepts."),
    RUN(SERVER, "./server 0"),
    SHOWS(SERVER, "listening on port 268"),

    STEP("A client asks. There is no connection, so the server has nothing to tell."),
    RUN(FIRST, "./client -n 2 localhost 268"),
    TYPES(FIRST, "hello"),
    SHOWS(FIRST, "server says: hello"),

    STEP("Another client asks, and the first one again. The same socket answers both."),
    RUN(SECOND, "./client localhost 268"),
    TYPES(SECOND, "123"),
    SHOWS(SECOND, "server says: 123"),
    TYPES(FIRST, "abc"),
    SHOWS(FIRST, "server says: abc"),
    LEAVES(SECOND),

    STEP("A bad network: `link` loses 30 of 100 datagrams each way. The second client comes back, "
         "asks through it, and sends a question again after 50 ms without an answer."),
    RUN(LINK, "./link 0 localhost 268 --loss 30 --seed 6"),
    SHOWS(LINK, "listening on port 300"),
    RUN(SECOND, "./client -n 40 -w 50 localhost 300"),
    TYPES(SECOND, "one"),
    SHOWS(SECOND, "server says: one"),
    TYPES(SECOND, "two"),
    SHOWS(SECOND, "server says: two"),
    TYPES(SECOND, "three"),
    SHOWS(SECOND, "server says: three"),
    LEAVES(SECOND),

    STEP("Ctrl-C ends the link. It says what it has done."),
    INTERRUPTS(LINK),
    SHOWS(LINK, "passed *"),
    ENDS(LINK, 0),

    STEP("Ctrl-C ends the server. The first client asks twice, then it gives up."),
    INTERRUPTS(SERVER),
    ENDS(SERVER, BY_CTRL_C),
    TYPES(FIRST, "still there?"),
    SHOWS(FIRST, "client: udp_ask: *"),
    ENDS(FIRST, 1),
};

static const struct script scripts[] = {
    {"Lab 1: one client after another",
     {"server", "client 276", "client 284", "client 300"},
     ACTS(echo)},
    {"Lab 2: two people take turns", {"server", "client 276", "client 284"}, ACTS(chat)},
    {"Lab 3: a process for each client",
     {"server", "client 276", "client 284", "client 300"},
     ACTS(processes)},
    {"Lab 4: a thread for each client, and a room",
     {"server", "client 276", "client 284"},
     ACTS(threads)},
    {"Lab 5: datagrams", {"server", "first client", "second client", "link"}, ACTS(datagrams)},
};

const struct script *script_of(int number)
{
    return &scripts[number - 1];
}
