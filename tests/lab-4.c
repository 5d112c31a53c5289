/* Lab 4, pthread: many clients at once, a thread for each, and the room that they share. */
#include "4-pthread/room.h"
#include "grader/base/settings.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/scenario.h"
#include "grader/observe/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#undef SCENARIO
#undef SLOW
#undef VALGRIND
#define SCENARIO ENTRY
#define SLOW SLOW_ENTRY
#define VALGRIND VALGRIND_ENTRY

/* ---- what the scenarios are made of ---- */

enum { WORD = 12 };

struct word {
    char letters[WORD + 1];
};

static struct word new_word(void)
{
    struct word word = {""};
    fill_letters(word.letters, WORD);
    return word;
}

static double seconds_since(uint64_t begun)
{
    return (double)(stage_now() - begun) / 1e9;
}

/* A client connects, after what the test did last. */
static struct peer *connect_next(struct program *server, const char *name)
{
    int error = 0;
    struct text text = {0};
    struct peer *client = peer_begin_connect(name, "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(client, &error);
    if (result == DONE && error == 0)
        return client;
    text_add(&text, "%s could not connect (%s); ", name,
             result != DONE ? "no answer" : strerror(error));
    add_ending(&text, NULL);
    fail_because("%s.", text.start);
}

/* ---- -e: each line comes back ---- */

static void two_clients(void)
{
    expect_two_served(start_server_that_repeats());
}

static void fifty_clients(void)
{
    expect_many_served(start_server_that_repeats(), 50);
}

static void two_hundred_clients(void)
{
    expect_many_served(start_server_that_repeats(), MOST_CLIENTS);
}

/* SERVER's console has LINE as a line of its own: "[40284] hello". */
static void expect_on_console(struct program *server, uint16_t port, const char *words,
                              const char *when)
{
    char line[1100];
    snprintf(line, sizeof line, "[%u] %s", port, words);
    if (program_wait_line(server, line) == DONE)
        return;
    struct text said = {0};
    text_harmless(&said, server->said.start, server->said.length, 600, true);
    fail_because("%s. The console should show \"%s\". It shows:\n%s", when, line,
                 said.start != NULL ? said.start : "nothing");
}

/* The thread of the first client is held before its first instruction, until the second has been
   accepted and served: what the first was given is still its own. */
static void own_arguments(void)
{
    static const char when[] =
        "Two clients came and spoke. The thread that was created for the first began only after "
        "the second client had been accepted";
    enum wait_result result;
    char back[2 * WORD];
    struct word words[2] = {new_word(), new_word()};
    struct program *server = start_server_that_repeats();
    long before = count_at_rest(server, threads_of);
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *clients[2];
    clients[0] = connect_client(server, "The first client");
    bool held = gate_wait(server, GROUP_STARTING) == DONE;
    if (!held && threads_of(server) > before)
        not_tested("The server does not create threads with a call that the probe could hold.");
    for (size_t i = 0; i < 2; i++) {
        if (i == 1)
            clients[1] = connect_client(server, "The second client");
        words[i].letters[WORD - 1] = '\n';
        peer_push(clients[i], words[i].letters, WORD, &result);
    }
    size_t received = peer_receive(clients[1], back, WORD); /* or all wait for the one held */
    gate_open(server, GROUP_STARTING);
    received += peer_receive(clients[1], back + received, WORD - received);
    for (size_t i = 2; i-- > 0;) {
        struct text text = {0};
        if (i == 0)
            received = peer_receive(clients[0], back, WORD);
        if (received == WORD && memcmp(back, words[i].letters, WORD) == 0)
            continue;
        text_add(&text, "%s. The %s client sent %d bytes and got %zu back; ", when,
                 i == 0 ? "first" : "second", WORD, received);
        add_ending(&text, clients[i]);
        fail_because("%s.", text.start);
    }
    for (size_t i = 0; i < 2; i++) {
        words[i].letters[WORD - 1] = '\0';
        expect_on_console(server, clients[i]->port, "connected", when);
        expect_on_console(server, clients[i]->port, words[i].letters, when);
        expect_farewell(clients[i]);
        expect_on_console(server, clients[i]->port, "disconnected", when);
    }
}

static void one_leaves(void)
{
    char too_long[1100];
    size_t extra;
    struct program *server = start_server_that_repeats();
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second = connect_and_speak(server, "The second client");
    struct peer *third = connect_and_speak(server, "The third client");
    expect_farewell(second);
    struct peer *next = expect_next(server, "After one of three clients had left");
    speak(third);
    /* Its session returns -1. */
    fill_letters(too_long, sizeof too_long);
    peer_send(third, too_long, sizeof too_long);
    if (!peer_receive_end(third, &extra)) {
        struct text text = {0};
        text_add(&text,
                 "The third client sent %zu bytes without a newline, which is too long for "
                 "a line: its session returned -1. Its connection should have been closed; ",
                 sizeof too_long);
        add_ending(&text, third);
        fail_because("%s.", text.start);
    }
    speak(next);
    speak(first);
    expect_next(server, "After a session had returned -1");
}

/* ---- the console ---- */

/* The main thread is held when pthread_create has returned: a client is connected before it can
   have said anything. */
static void expect_connected_first(struct screen *screen)
{
    struct program *server = screen->server;
    gate_arm(server, GROUP_THREADING, 0, true);
    struct peer *client = connect_client(server, "The fourth client");
    gate_wait(server, GROUP_THREADING);
    peer_send(client, "abc\n", 4);
    char back[4];
    size_t received = peer_receive(client, back, 4); /* or its thread waits for the one held */
    gate_open(server, GROUP_THREADING);
    expect_back(client, &"abc\n"[received], 4 - received);
    text_add(&screen->expected, "[%u] connected\n", client->port);
    expect_on_screen(screen, client->port, "abc");
}

static void console(void)
{
    struct screen screen = {.server = start_server_that_repeats()};
    expect_demonstration(&screen);
    expect_connected_first(&screen);
    text_free(&screen.expected);
}

/* A newcomer's thread is held when it is about to write for the second time, and somebody
   else speaks: what is said in two pieces has another line between them. */
static void speak_in_between(struct program *server)
{
    struct peer *client = connect_and_speak(server, "A client that stays");
    struct word word = new_word();
    gate_arm(server, GROUP_SHOWING, 1, false);
    connect_client(server, "A newcomer");
    if (gate_wait(server, GROUP_SHOWING) != DONE)
        gate_open(server, GROUP_SHOWING); /* it has said in one piece that it is connected */
    peer_send(client, word.letters, strlen(word.letters));
    peer_send(client, "\n", 1);
    expect_on_console(server, client->port, word.letters,
                      "A client came, and while its thread said so, another one spoke");
    gate_open(server, GROUP_SHOWING);
}

static void fifty_speakers(void)
{
    struct program *server = start_server_that_repeats();
    speak_in_between(server);
    expect_fifty_speakers_served(server);
}

/* ---- clients that vanish ---- */

static void reset(void)
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    struct peer *client = connect_and_speak(server, "The second client");
    peer_reset(client);
    expect_next(server, "After a client had vanished (RST)");
    speak(witness);
    client = connect_and_speak(server, "The third client");
    /* All of this reaches the server at once: a line to send back, and nobody to send it to. */
    program_pause(server);
    peer_send(client, "are you there?\n", 15);
    peer_half_close(client);
    peer_reset(client);
    program_resume(server);
    expect_next(server, "After a client had sent a line and vanished before the answer");
    speak(witness);
}

/* ---- what threads leave behind ---- */

/* Clients come, speak and leave, one after another, COUNT of them; or they vanish, and their
   sessions return -1. */
static void come_and_go(struct program *server, size_t count, bool vanish)
{
    for (size_t i = 0; i < count; i++) {
        struct peer *client = connect_client(server, "A client, one of many in turn,");
        speak(client);
        if (!vanish) {
            expect_farewell(client);
            continue;
        }
        peer_reset(client);
        expect_on_console(server, client->port, "disconnected", "A client vanished (RST)");
    }
}

/* What a thread takes for its stack, in kB. */
static long stack_size(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) == -1)
        grader_fault("getrlimit");
    return limit.rlim_cur == RLIM_INFINITY ? 2048 : (long)(limit.rlim_cur / 1024);
}

/* The C library keeps some 40 MB of stacks for the next threads, and several threads may be about
   to end at the same time: not more than half of the clients' stacks, though. A few threads may be
   there that join the others, or wait for the next client. */
enum { IN_TURN = 40, FEW_THREADS = 5 };

/* IN_TURN clients come and WENT ("went"), and SERVER keeps no stack of their threads. THREADS: so
   many it had at first. */
static void expect_no_stacks(struct program *server, long threads, const char *went)
{
    long before = count_at_rest(server, address_space_of);
    long most = before + IN_TURN / 2 * stack_size();
    come_and_go(server, IN_TURN, strcmp(went, "went") != 0);
    expect_threads_at_most(server, threads + FEW_THREADS, "%d clients came and %s", IN_TURN, went);
    long more = count_at_most(server, address_space_of, most) - before;
    if (more > most - before)
        fail_because("%d clients came and %s, one after another. The server's address space "
                     "(VmSize) should be about as large as before; it has grown by %ld MB, %ld kB "
                     "for each client: the stack of its thread is still there.",
                     IN_TURN, went, more / 1024, more / IN_TURN);
}

static void detached_or_joined(void)
{
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    come_and_go(server, 3, false);
    expect_threads_at_most(server, threads + FEW_THREADS, "After three clients had come and gone");
    expect_no_stacks(server, threads, "went");
    expect_no_stacks(server, threads, "vanished (RST), so that their sessions returned -1");
    speak(witness);
}

static void many_in_turn(void)
{
    enum { FEW = 20 };
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that stays");
    long threads = count_at_rest(server, threads_of);
    long before = descriptors_at_rest(server);
    expect_visitors_served(server);
    expect_next(server, "After 500 clients had come and gone");
    /* Up to ten of them were there at once: so many threads may be kept for others. */
    expect_threads_at_most(server, threads + FEW,
                           "After %d clients had come and gone, and with two there", VISITORS);
    expect_few_descriptors(server, before, 1, "With one client, the server had",
                           "After 500 others had come and gone, and one had come and stayed");
    speak(witness);
}

/* ---- pthread_create fails ---- */

/* WHO says on standard error that pthread_create has failed, and why. */
static void expect_thread_complaints(struct program *program, size_t times)
{
    const struct text *words = &program->complained;
    if (wait_complaints(program, "pthread_create", times, EAGAIN))
        return;
    struct text said = {0};
    text_harmless(&said, words->start, words->length, 300, true);
    fail_because(
        "pthread_create failed: it returned EAGAIN, because there were too many threads. "
        "The %s should have said so on standard error%s: \"pthread_create: %s\". It said%s%s",
        program->role, times > 1 ? ", each time" : "", strerror(EAGAIN),
        words->length > 0 ? ":\n  " : " nothing.", words->length > 0 ? said.start : "");
}

/* A client comes while no thread can be created, and is let go. */
static void expect_let_go(struct program *server, long threads)
{
    struct peer *client = connect_client(server, "A client that comes while pthread_create fails");
    if (is_let_go(client))
        return;
    if (fault_hits(server, GROUP_THREADING) == 0) {
        speak(client);
        if (threads_of(server) > threads)
            not_tested("The server does not create threads with a call that the probe could make "
                       "fail.");
    }
    fail_not_let_go(client, "pthread_create failed: it returned EAGAIN");
}

static void create_fails(void)
{
    enum { CLIENTS = 12 }; /* more than somebody who counts errors puts up with */
    struct program *server = start_server_that_repeats();
    struct peer *witness = connect_and_speak(server, "A client that came before");
    long threads = count_at_rest(server, threads_of);
    long before = descriptors_at_rest(server);
    fault_error(server, GROUP_THREADING, EAGAIN, INT32_MAX, 0);
    for (int i = 0; i < CLIENTS; i++)
        expect_let_go(server, threads);
    expect_thread_complaints(server, CLIENTS);
    expect_few_descriptors(server, before, 0, "Before pthread_create failed, the server had",
                           "After it had failed for twelve clients");
    fault_off(server, GROUP_THREADING);
    expect_next(server, "After pthread_create had failed with EAGAIN");
    speak(witness);
}

/* ---- accept fails ---- */

static void accept_fatal(void)
{
    fault_at_start(GROUP_ACCEPTING, EBADF, 0, INT32_MAX, 0);
    struct program *server = start_server_that_repeats();
    peer_begin_connect("A client", "127.0.0.1", server->port); /* if accept is not called before */
    expect_end_of_service(server, EBADF);
}

/* ---- the room ---- */

enum { MOST_MEMBERS = 160 };

/* Who is in the room, in the order in which they came. */
static struct peer *members[MOST_MEMBERS];
static size_t member_count;

/* `[40284] hello`: the line as the members get it. It stays until the next call but three. */
static const char *line_of(const struct peer *from, const char *words)
{
    static char lines[4][ROOM_LINE_LIMIT + 16];
    static size_t next;
    char *line = lines[next++ % 4];
    snprintf(line, sizeof lines[0], "[%u] %s", from->port, words);
    return line;
}

/* All members get LINE next, but not EXCEPT (or NULL). */
static void expect_told(const char *line, const struct peer *except)
{
    for (size_t i = 0; i < member_count; i++)
        if (members[i] != except)
            expect_line(members[i], line);
}

/* CLIENT is connected, and in the room as soon as it is told so, first of all. */
static void expect_joined(struct peer *client)
{
    const char *joined = line_of(client, "joined");
    expect_line(client, joined);
    expect_told(joined, NULL);
    members[member_count++] = client;
}

static struct peer *enter(struct program *server, const char *name)
{
    struct peer *client = connect_next(server, name);
    if (member_count < 10)
        dialogue_did("%s came: its number is %u.", name, client->port);
    else
        dialogue_did("%zu clients were in the room, and another one came: its number is %u.",
                     member_count, client->port);
    expect_joined(client);
    return client;
}

static void forget(const struct peer *client)
{
    size_t i = 0;
    while (members[i] != client)
        i++;
    for (member_count--; i < member_count; i++)
        members[i] = members[i + 1];
}

/* CLIENT leaves, and the others are told. */
static void go(struct peer *client, enum leaving how)
{
    forget(client);
    leave(client, how);
    if (how == HALF_CLOSE)
        expect_hang_up(client);
    expect_told(line_of(client, "left"), NULL);
}

/* CLIENT says WORDS, and all the others hear them. */
static void say(struct peer *client, const char *words)
{
    say_line(client, words);
    expect_told(line_of(client, words), client);
}

static void say_something(struct peer *client)
{
    say(client, new_word().letters);
}

/* The operator says WORDS, and everybody hears them. */
static void announce(struct program *server, const char *words)
{
    char line[ROOM_LINE_LIMIT + 32];
    snprintf(line, sizeof line, "server says: %s", words);
    type_line(server, words);
    expect_told(line, NULL);
}

static void conversation(void)
{
    struct screen screen = {.server = start_server()};
    struct peer *first = enter(screen.server, "The first client");
    expect_on_screen(&screen, first->port, "connected");
    struct peer *second = enter(screen.server, "The second client");
    expect_on_screen(&screen, second->port, "connected");
    say(first, "hello, anybody here?");
    expect_on_screen(&screen, first->port, "hello, anybody here?");
    say(second, "I am");
    expect_on_screen(&screen, second->port, "I am");
    announce(screen.server, "welcome, both of you");
    go(second, HALF_CLOSE);
    expect_on_screen(&screen, second->port, "disconnected");
    say(first, "and gone");
    expect_on_screen(&screen, first->port, "and gone");
    go(first, HALF_CLOSE);
    expect_on_screen(&screen, first->port, "disconnected");
    text_free(&screen.expected);
}

static void not_to_speaker(void)
{
    char back[100];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    for (int turn = 0; turn < 2; turn++) {
        const char *words = turn == 0 ? "is it me?" : "it is not";
        struct peer *speaker = turn == 0 ? first : third;
        struct peer *other = turn == 0 ? third : first;
        say(speaker, words);
        struct word answer = new_word();
        say_line(other, answer.letters);
        const char *wanted = line_of(other, answer.letters);
        size_t length = strlen(wanted) + 1;
        size_t received = peer_receive(speaker, back, length);
        if (received == length && memcmp(back, line_of(speaker, ""), 8) == 0)
            fail_because("%s sent \"%s\". The others got it, as they should; and it came back to "
                         "%s as well: \"%.*s\".",
                         speaker->name, words, speaker->name, (int)strcspn(back, "\n"), back);
        dialogue_did("%s sent \"%s\", and then %s sent \"%s\".", speaker->name, words, other->name,
                     answer.letters);
        if (received < length || memcmp(back, wanted, length - 1) != 0) {
            struct text text = {0};
            text_harmless(&text, back, received, 100, false);
            fail_because("%s sent \"%s\", and then %s sent \"%s\". After that %s should have got "
                         "\"%s\" and nothing else; it got \"%s\".",
                         speaker->name, words, other->name, answer.letters, speaker->name, wanted,
                         text.start != NULL ? text.start : "");
        }
        expect_line(members[1], wanted);
    }
}

/* Two members with the same number: a room that looks for it finds the wrong one. */
static void same_number(void)
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = peer_connect_like("The second client, whose number is the same,", first);
    dialogue_did(
        "The second client came, from another address and by chance from the same port: both "
        "have the number %u.",
        first->port);
    expect_joined(second);
    say_something(first);
    say_something(second);
    go(first, HALF_CLOSE);
    first = enter(server, "The third client");
    say_something(second);
    say_something(first);
    go(second, HALF_CLOSE);
    say_something(enter(server, "The fourth client"));
}

static void joins_and_leaves(void)
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    struct peer *fourth = enter(server, "The fourth client");
    go(third, HALF_CLOSE); /* one in the middle, the newest, the oldest */
    say_something(first);
    go(fourth, RESET);
    fourth = enter(server, "The fifth client");
    go(first, CLOSE);
    say_something(second);
    go(second, HALF_CLOSE);
    enter(server, "The sixth client");
    say_something(fourth);
}

static void operator(void)
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    announce(server, "hello");
    enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    announce(server, "to all of you");
    announce(server, "");
    go(first, CLOSE);
    announce(server, "100 % of you");
    say_something(third);
    type_bytes(server, "last", 4);
    type_end(server);
    expect_told("server says: last", NULL);
    /* A server needs no operator. */
    enter(server, "The fourth client");
    say_something(third);
}

static void empty_room(void)
{
    struct program *server = start_server();
    type_line(server, "nobody hears me");
    program_settle(server);
    dialogue_did(
        "The operator typed a line while nobody was in the room. Then the first client came.");
    struct peer *first = connect_next(server, "The first client");
    expect_joined(first);
    say_line(first, "am I alone?");
    program_settle(server);
    struct peer *second = connect_next(server, "The second client");
    dialogue_did("The first client spoke while it was alone in the room. Then the second came.");
    expect_joined(second);
    say_something(second);
    go(first, CLOSE);
    go(second, HALF_CLOSE);
    dialogue_did("Everybody left the room. Then the third client came.");
    struct peer *third = connect_next(server, "The third client");
    expect_joined(third);
    enter(server, "The fourth client");
    say_something(third);
    announce(server, "welcome");
}

static void any_bytes(void)
{
    static const char zeros[] = "\0a\0\0b\xff\0";
    char line[400] = "Gr\xc3\xbc\xc3\x9f"
                     "e, \xe4\xbd\xa0\xe5\xa5\xbd! 100 %d %x ";
    size_t length = strlen(line);
    char wanted[32];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    for (int byte = 1; byte < 256; byte++)
        if (byte != '\n') /* a CR right before the newline belongs to it, and nowhere else */
            line[length++] = (char)byte;
    line[length] = '\0';
    say(first, line);
    announce(server, line);
    say_bytes(first, "\0a\0\0b\xff\0\n", sizeof zeros);
    int front = snprintf(wanted, sizeof wanted, "[%u] ", first->port);
    memcpy(wanted + front, zeros, sizeof zeros - 1);
    expect_bytes(second, wanted, (size_t)front + sizeof zeros - 1);
    type_bytes(server, "x\0y\n", 4);
    expect_bytes(first, "server says: x\0y", 16);
    expect_bytes(second, "server says: x\0y", 16);
    say_something(second);
}

static void longest_line(void)
{
    static char line[ROOM_LINE_LIMIT + 1];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    fill_letters(line, ROOM_LINE_LIMIT);
    say(first, line);
    say(second, "");
    say(second, line);
    announce(server, line);
    line[ROOM_LINE_LIMIT - 1] = '\0';
    say(first, line);
    say(first, "");
}

static void hundreds_in_room(void)
{
    enum { MEMBERS = 150 };
    stage_needs(2 * MEMBERS + 16, 2 * MEMBERS + 16);
    struct program *server = start_server();
    for (int i = 0; i < MEMBERS; i++)
        enter(server, "A client, one of 150,");
    struct peer *last = members[MEMBERS - 1];
    say_line(last, "can all of you hear me?");
    dialogue_did("150 clients came into the room, one after another, and the last one spoke.");
    expect_told(line_of(last, "can all of you hear me?"), last);
}

/* ---- the room: many at once ---- */

/* A member, and everything that it has heard. */
struct listener {
    struct peer *peer;
    struct text heard;
    size_t lines;
};

/* Takes what has come for LISTENER, without waiting. */
static void listen_on(struct listener *listener)
{
    static char bytes[65536];
    struct peer *peer = listener->peer;
    while (peer->fd != -1 && !peer->finished && !peer->reset) {
        ssize_t count = recv(peer->fd, bytes, sizeof bytes, 0);
        if (count == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        peer->finished = count == 0;
        peer->reset = count == -1;
        if (count <= 0) {
            stage_note(peer, stage_now(), NOTE_OTHER, 0,
                       count == 0 ? "end of file" : "connection reset");
            return;
        }
        stage_note(peer, stage_now(), NOTE_RECEIVE, count, NULL);
        peer_acknowledge(peer);
        peer->received += (size_t)count;
        text_add_bytes(&listener->heard, bytes, (size_t)count);
        for (const char *at = bytes; (at = memchr(at, '\n', (size_t)(bytes + count - at))); at++)
            listener->lines++;
    }
}

/* Fifty clients: those who stay from before until after, and those who come, speak and go. */
enum { STAYING = 10, VISITING = 40, STORM = STAYING + VISITING, TO_SAY = 4 };

struct storm {
    struct listener listeners[STORM];
    struct word words[STORM][TO_SAY]; /* what each says */
    size_t said[STORM];               /* how many lines */
};

static struct storm storm;

static bool storm_is_over(void *nothing)
{
    (void)nothing;
    bool over = true;
    for (size_t i = 0; i < STORM; i++) {
        struct listener *listener = &storm.listeners[i];
        listen_on(listener);
        bool ended = listener->peer->finished || listener->peer->reset;
        size_t wanted = VISITING * (storm.said[STORM - 1] + 2) + (size_t)(STAYING - 1) * TO_SAY;
        if (ended || (i < STAYING && listener->lines >= wanted))
            listener->peer->wants = 0;
        else
            over = false;
    }
    return over;
}

static _Noreturn void fail_storm(const struct listener *listener, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static _Noreturn void fail_storm(const struct listener *listener, const char *format, ...)
{
    char sentence[400];
    va_list arguments;
    struct text text = {0};
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    text_add(&text,
             "Ten clients were in the room, and forty others came, said two lines each, and went, "
             "all at the same time, while the ten said four lines each. The client with number %u, "
             "%s, %s; ",
             listener->peer->port,
             listener < &storm.listeners[STAYING] ? "one of the ten" : "one of the forty",
             sentence);
    add_ending(&text, listener->peer);
    fail_because("%s.", text.start);
}

/* Whose line this is, and which of his; "joined" is the first, number 0. */
static size_t find_line(const struct listener *listener, const char *line, size_t length,
                        size_t *number)
{
    char front[16];
    for (size_t i = 0; i < STORM; i++) {
        const struct peer *peer = storm.listeners[i].peer;
        size_t size = (size_t)snprintf(front, sizeof front, "[%u] ", peer->port);
        if (length < size || memcmp(line, front, size) != 0)
            continue;
        for (*number = 0; *number <= storm.said[i] + 1; ++*number) {
            const char *words = *number == 0 ? "joined"
                                : *number == storm.said[i] + 1
                                    ? "left"
                                    : storm.words[i][*number - 1].letters;
            if (length - size == strlen(words) && memcmp(line + size, words, length - size) == 0)
                return i;
        }
    }
    struct text text = {0};
    text_harmless(&text, line, length, 100, false);
    fail_storm(listener, "got the line \"%s\", which nobody has said: a line was torn", text.start);
}

/* What one listener has heard of each: every line once, in order, from its own joining on. */
static void judge(const struct listener *listener)
{
    const size_t self = (size_t)(listener - storm.listeners);
    size_t next[STORM];
    const char *line = listener->heard.start;
    const char *end = line + listener->heard.length;
    bool is_in = self < STAYING;
    for (size_t i = 0; i < STORM; i++)
        next[i] = i < STAYING ? 1 : 0;
    for (const char *newline; line < end; line = newline + 1) {
        size_t number;
        newline = memchr(line, '\n', (size_t)(end - line));
        newline = newline == NULL ? end : newline;
        int length = (int)(newline - line);
        size_t who = find_line(listener, line, (size_t)length, &number);
        if (!is_in && (who != self || number != 0))
            fail_storm(listener, "got \"%.*s\" before it was told that it had joined", length,
                       line);
        if (who == self && (number != 0 || is_in))
            fail_storm(listener, "got \"%.*s\", its own line", length, line);
        is_in = true;
        if (who == self)
            continue;
        /* A visitor hears of the others from where they are when it comes. */
        if (self >= STAYING && next[who] < 100)
            next[who] = 100 + number;
        size_t wanted = next[who] % 100;
        if (number < wanted)
            fail_storm(listener, "got \"%.*s\" twice, or after a later line of the same client",
                       length, line);
        if (number > wanted)
            fail_storm(listener, "got \"%.*s\", and not the line of the same client before it",
                       length, line);
        next[who]++;
    }
    for (size_t i = 0; i < STORM && self < STAYING; i++) {
        size_t wanted = i < STAYING ? TO_SAY + 1 : storm.said[i] + 2;
        if (i != self && next[i] < wanted)
            fail_storm(listener, "did not get \"[%u] %s\"", storm.listeners[i].peer->port,
                       next[i] == 0                   ? "joined"
                       : next[i] == storm.said[i] + 1 ? "left"
                                                      : storm.words[i][next[i] - 1].letters);
    }
}

static void fifty_in_room(void)
{
    stage_needs(2 * STORM + 16, 2 * STORM + 16);
    struct program *server = start_server();
    for (size_t i = 0; i < STORM; i++) {
        storm.said[i] = i < STAYING ? TO_SAY : 2;
        for (size_t k = 0; k < TO_SAY; k++)
            storm.words[i][k] = new_word();
    }
    for (size_t i = 0; i < STAYING; i++)
        storm.listeners[i].peer = enter(server, "A client that stays");
    for (size_t i = STAYING; i < STORM; i++)
        storm.listeners[i].peer =
            peer_begin_connect("A client that comes and goes", "127.0.0.1", server->port);
    for (size_t k = 0; k < STORM; k++) {
        size_t i = STORM - 1 - k; /* those who come first: meanwhile they are let in */
        int error;
        struct peer *peer = storm.listeners[i].peer;
        if (i >= STAYING && (peer_end_connect(peer, &error) != DONE || error != 0))
            fail_storm(&storm.listeners[i], "could not connect");
        struct text text = {0};
        for (size_t line = 0; line < storm.said[i]; line++)
            text_add(&text, "%s\n", storm.words[i][line].letters);
        peer_send(peer, text.start, text.length);
        text_free(&text);
        if (i >= STAYING)
            peer_half_close(peer);
        peer->wants = POLLIN;
    }
    stage_wait(NULL, storm_is_over, NULL);
    for (size_t i = 0; i < STORM; i++)
        judge(&storm.listeners[i]);
    for (size_t i = STAYING; i < STORM; i++)
        if (!storm.listeners[i].peer->finished)
            fail_storm(&storm.listeners[i], "should have seen the end of the connection");
}

/* ---- the room: at the same moment ---- */

struct held_up {
    const struct program *server;
    size_t count;
};

/* So many threads of the server wait for a lock that another one has. Only to wait no longer than
   necessary: what the trace says decides nothing. */
static bool are_held_up(void *argument)
{
    const struct held_up *held_up = argument;
    size_t waiting = 0;
    uint32_t count = atomic_load(&held_up->server->trace->count);
    for (uint32_t i = 0; i < count && i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &held_up->server->trace->events[i];
        waiting += event->call == CALL_PTHREAD_MUTEX_LOCK && trace_is_pending(event);
    }
    return waiting >= held_up->count;
}

/* One thread is held at a gate, and COUNT others were given something to do: wait until they have
   done it, or wait for the one that is held. */
static void let_others_come(struct program *server, size_t count)
{
    struct held_up held_up = {server, count};
    program_watch(server);
    stage_settle(NULL, are_held_up, &held_up);
}

/* What MEMBER gets next are these COUNT lines, each once, in whatever order. DID begins the story.
 */
static void expect_in_any_order(struct peer *member, const char *const *lines, size_t count,
                                const char *did)
{
    char back[8 * (ROOM_LINE_LIMIT + 16)];
    size_t length = 0;
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(lines[i]) + 1;
    size_t received = peer_receive(member, back, length);
    for (size_t i = 0; i < count && received == length; i++) {
        size_t size = strlen(lines[i]);
        for (const char *at = back; at < back + length;) {
            const char *newline = memchr(at, '\n', (size_t)(back + length - at));
            newline = newline == NULL ? back + length : newline;
            if ((size_t)(newline - at) == size && memcmp(at, lines[i], size) == 0) {
                found++;
                break;
            }
            at = newline + 1;
        }
    }
    if (found == count)
        return;
    struct text text = {0};
    text_add(&text, "%s %s should have got these lines, in any order:\n", did, member->name);
    for (size_t i = 0; i < count; i++)
        text_add(&text, "  %.60s\n", lines[i]);
    if (received == 0) {
        text_add(&text, "It got nothing");
    } else {
        struct text harmless = {0};
        text_harmless(&harmless, back, received, 400, true);
        text_add(&text, "It got\n");
        text_wrap(&text, harmless.start, 90, 2);
    }
    if (received < length) {
        text_add(&text, received == 0 ? ", " : "and ");
        add_ending(&text, member);
        text_add(&text, ".");
    }
    fail_because("%s", text.start);
}

/* A thread of SERVER is held at the gate of GROUP; DOES says what that is: "send". (Whose sends
   have been received may not have returned from the last of them yet: it would be held at a gate
   that stands behind that call. So the gates stand in front of the next.) */
static void need_gate(struct program *server, enum probe_group group, const char *does)
{
    if (gate_wait(server, group) == DONE)
        return;
    gate_open(server, group);
    if (server->ended)
        fail_because("The server should go on. It has ended.");
    not_tested("The server does not %s with a call that the probe could hold.", does);
}

/* The same for the sending of LINE, which all members but SPEAKER are to get. If it was not sent at
   all, that is what is wrong. */
static void need_sending_gate(struct program *server, const char *line, const struct peer *speaker)
{
    if (gate_wait(server, GROUP_SENDING) == DONE)
        return;
    gate_open(server, GROUP_SENDING);
    expect_told(line, speaker);
    not_tested("The server does not send with a call that the probe could hold.");
}

struct saying {
    const struct program *server;
    size_t length; /* of the line that everybody is to get */
};

/* The first line has reached the oldest and the newest member, or its sender is held. */
static bool is_said_or_held(void *argument)
{
    char bytes[64];
    const struct saying *saying = argument;
    if (gate_is_holding(saying->server, GROUP_LOCKING))
        return true;
    return recv(members[0]->fd, bytes, sizeof bytes, MSG_PEEK) == (ssize_t)saying->length &&
           recv(members[member_count - 1]->fd, bytes, sizeof bytes, MSG_PEEK) ==
               (ssize_t)saying->length;
}

/* While the line of one member is being sent, another one speaks, and so does the operator. */
static void speak_together(struct program *server, enum probe_group group, const char *did)
{
    char announced[64];
    struct word words[3] = {new_word(), new_word(), new_word()};
    struct peer *first = members[1];
    struct peer *second = members[2];
    const char *lines[3] = {line_of(first, words[0].letters), announced,
                            line_of(second, words[1].letters)};
    struct saying saying = {server, strlen(lines[0]) + 1};
    snprintf(announced, sizeof announced, "server says: %s", words[2].letters);
    gate_arm(server, group, 1, false);
    say_line(first, words[0].letters);
    if (group == GROUP_SENDING)
        need_sending_gate(server, lines[0], first);
    if (group == GROUP_LOCKING)
        stage_settle(NULL, is_said_or_held, &saying);
    say_line(second, words[1].letters);
    type_line(server, words[2].letters);
    /* At the gate of a lock, the one that is held waits for no other. */
    let_others_come(server, group == GROUP_SENDING ? 2 : SIZE_MAX);
    gate_open(server, group);
    expect_in_any_order(members[0], lines, 3, did);
    expect_in_any_order(members[3], lines, 3, did);
    expect_in_any_order(second, lines, 2, did);
    expect_in_any_order(first, lines + 1, 2, did);
}

static void at_the_same_time(void)
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    enter(server, "The first speaker");
    enter(server, "The second speaker");
    enter(server, "The newest member");
    speak_together(server, GROUP_SENDING,
                   "A client spoke. When the server had begun to send its line to the members, "
                   "another client and the operator spoke.");
    speak_together(server, GROUP_LOCKING,
                   "A client spoke, and nearly at the same time another client and the operator.");
    fault_limit(server, GROUP_SENDING, 5);
    speak_together(server, GROUP_SENDING,
                   "A client spoke, and send took only 5 bytes of its line (the autograder let it "
                   "take no more). Before the rest had followed, another client and the operator "
                   "spoke.");
}

static void short_sends(void)
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    enter(server, "The second client");
    fault_limit(server, GROUP_SENDING, 5);
    say(first, "a line that send takes in pieces of five bytes");
    announce(server, "and another one");
    struct peer *third = enter(server, "The third client");
    say_something(third);
    if (fault_hits(server, GROUP_SENDING) == 0)
        not_tested("The server does not send with a call that the probe could cut short.");
    fault_off(server, GROUP_SENDING);
    /* Without a handler, or with SA_RESTART, no call of this program can be interrupted. */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    say_something(first);
    say_something(third);
}

/* A newcomer is held at one point of its joining, and somebody speaks. What it has been told then
   decides what it must hear. */
static void speak_while_joining(struct program *server, enum probe_group group, int skip)
{
    char byte;
    struct word words[2] = {new_word(), new_word()};
    struct peer *speaker = members[0];
    const char *spoken[3];
    gate_arm(server, group, skip, false);
    struct peer *newcomer = connect_next(server, "The newcomer");
    /* It may take the lock only once, or no lock that can be held. */
    bool held = gate_wait(server, group) == DONE;
    if (!held && group == GROUP_SENDING)
        need_gate(server, group, "send");
    bool is_in = peer_peek(newcomer, &byte) == 1;
    spoken[0] = line_of(newcomer, "joined");
    spoken[1] = line_of(speaker, words[0].letters);
    spoken[2] = line_of(speaker, words[1].letters);
    say_line(speaker, words[0].letters);
    /* At the gate of a lock, the one that is held seems to wait for it as well. */
    let_others_come(server, held && group == GROUP_LOCKING ? 2 : 1);
    gate_open(server, group);
    dialogue_did("A newcomer came. While it was let in, the first client sent \"%s\".",
                 words[0].letters);
    expect_line(newcomer, spoken[0]);
    say_line(speaker, words[1].letters);
    for (size_t i = 1; i < member_count; i++)
        expect_in_any_order(members[i], spoken, 3,
                            "A newcomer came. While it was let in, the first client spoke, twice.");
    expect_line(speaker, spoken[0]);
    /* When it is put in after that line was said, it need not hear it. */
    char back[2 * ROOM_LINE_LIMIT];
    size_t length = strlen(spoken[2]) + 1;
    size_t received = peer_receive(newcomer, back, length);
    bool heard = received == length && memcmp(back, spoken[1], length - 1) == 0;
    if (heard)
        received = peer_receive(newcomer, back, length);
    bool second = received == length && memcmp(back, spoken[2], length - 1) == 0;
    if ((is_in && !heard) || !second)
        fail_because("A newcomer got \"%s\". Then the first client sent two lines, \"%s\" and "
                     "\"%s\". The newcomer was in the room, and should have got both; it %s.",
                     spoken[0], words[0].letters, words[1].letters,
                     heard           ? "got the first only"
                     : second        ? "got the second only"
                     : received == 0 ? "did not get them"
                                     : "got something else first");
    members[member_count++] = newcomer;
}

static void said_while_joining(void)
{
    struct program *server = start_server();
    enter(server, "The first client");
    enter(server, "The second client");
    for (int skip = 0; skip < 3; skip++)
        speak_while_joining(server, GROUP_SENDING, skip);
    for (int skip = 0; skip < 2; skip++)
        speak_while_joining(server, GROUP_LOCKING, skip);
}

/* ---- the room: members that are gone ---- */

/* While SPEAKER's line is being sent, those of LEAVERS leave; the others hear all of it. */
static void speak_while_leaving(struct program *server, struct peer *speaker, int skip,
                                struct peer *const *leavers, size_t count, const char *did)
{
    struct word word = new_word();
    const char *lines[3] = {line_of(leavers[0], "left"), line_of(leavers[count - 1], "left"), NULL};
    lines[count] = line_of(speaker, word.letters);
    gate_arm(server, GROUP_SENDING, skip, false);
    say_line(speaker, word.letters);
    need_sending_gate(server, lines[count], speaker);
    for (size_t i = 0; i < count; i++) {
        leave(leavers[i], i == 0 ? CLOSE : RESET);
        forget(leavers[i]);
    }
    let_others_come(server, count);
    gate_open(server, GROUP_SENDING);
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, members[i] == speaker ? count : count + 1, did);
}

static void leaving(void)
{
    struct program *server = start_server();
    struct peer *leavers[2];
    leavers[0] = enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    struct peer *staying = enter(server, "A member that stays");
    leavers[1] = enter(server, "The newest member");
    speak_while_leaving(server, speaker, 1, leavers, 2,
                        "The first client spoke. When the server had sent its line to one member, "
                        "two others left, the one by closing, the other by vanishing (RST).");
    leavers[0] = enter(server, "The next client");
    enter(server, "The next but one");
    say_something(staying);
    fault_limit(server, GROUP_SENDING, 5);
    speak_while_leaving(server, speaker, 1, leavers, 1,
                        "The first client spoke, and send took only 5 bytes of its line (the "
                        "autograder let it take no more). Before the rest had followed, a member "
                        "left.");
    say_something(staying);
}

/* DEAD has vanished, and its thread, which the test holds, does not know it yet. */
static void let_die(struct program *server, struct peer *dead)
{
    gate_arm(server, GROUP_RECEIVING, 0, true);
    forget(dead);
    peer_half_close(dead);
    need_gate(server, GROUP_RECEIVING, "receive");
    peer_reset(dead);
}

/* Its thread finds out. */
static void bury(struct program *server, const struct peer *dead)
{
    gate_open(server, GROUP_RECEIVING);
    dialogue_did("%s vanished (FIN and RST).", dead->name);
    expect_told(line_of(dead, "left"), NULL);
}

static void speak_to_the_dead(struct program *server, struct peer *speaker, struct peer *dead)
{
    let_die(server, dead);
    struct word word = new_word();
    say_line(speaker, word.letters);
    dialogue_did("%s vanished (FIN and RST), and before its thread had noticed, %s sent \"%s\".",
                 dead->name, speaker->name, word.letters);
    expect_told(line_of(speaker, word.letters), speaker);
    bury(server, dead);
}

static void announce_to_the_dead(struct program *server, struct peer *dead)
{
    let_die(server, dead);
    struct word word = new_word();
    char line[40];
    snprintf(line, sizeof line, "server says: %s", word.letters);
    type_line(server, word.letters);
    dialogue_did("%s vanished (FIN and RST), and before its thread had noticed, the operator typed "
                 "\"%s\".",
                 dead->name, word.letters);
    expect_told(line, NULL);
    bury(server, dead);
}

static struct peer *come_to_the_dead(struct program *server, const char *name, struct peer *dead)
{
    let_die(server, dead);
    struct peer *newcomer = connect_next(server, name);
    dialogue_did(
        "%s vanished (FIN and RST), and before its thread had noticed, %s came: its number is "
        "%u.",
        dead->name, name, newcomer->port);
    expect_joined(newcomer);
    bury(server, dead);
    return newcomer;
}

static void dead_member(void)
{
    struct program *server = start_server();
    struct peer *oldest = enter(server, "The oldest member");
    struct peer *second = enter(server, "The second member");
    struct peer *third = enter(server, "The third member");
    struct peer *newest = enter(server, "The newest member");
    speak_to_the_dead(server, second, oldest);
    speak_to_the_dead(server, third, newest);
    struct peer *next = enter(server, "The next client");
    struct peer *last = enter(server, "The next but one");
    announce_to_the_dead(server, second);
    announce_to_the_dead(server, last);
    last = enter(server, "The last but one");
    come_to_the_dead(server, "The last client", third);
    struct peer *latest = come_to_the_dead(server, "One who came late", members[member_count - 1]);
    speak_to_the_dead(server, next, last);
    say_something(latest);
}

struct round {
    struct program *server;
    struct peer *speaker;
    size_t length; /* of the line that SPEAKER's becomes */
};

/* MEMBER has got the line whole. Who has got a part of it was sent it in several pieces. */
static bool has_heard(const struct round *round, const struct peer *member)
{
    char bytes[64];
    return recv(member->fd, bytes, round->length, MSG_PEEK) == (ssize_t)round->length;
}

/* One send has failed, and all but one of the others have got the line. */
static bool most_have_heard(void *argument)
{
    const struct round *round = argument;
    size_t heard = 0;
    for (size_t i = 0; i < member_count; i++)
        heard += members[i] != round->speaker && has_heard(round, members[i]);
    return heard + 2 >= member_count && fault_hits(round->server, GROUP_SENDING) > 0;
}

/* While SPEAKER's line is sent, one send fails. All but one of the others get it; that one leaves,
   unless the server has let it go already. */
static void fail_one_send(struct program *server, struct peer *speaker, int skip)
{
    size_t missing = 0;
    struct peer *unlucky = NULL;
    struct word word = new_word();
    struct round round = {server, speaker, strlen(line_of(speaker, word.letters)) + 1};
    program_watch(server);
    fault_error(server, GROUP_SENDING, EPIPE, 1, skip);
    say_line(speaker, word.letters);
    for (size_t i = 0; i < member_count; i++)
        members[i]->wants = members[i] == speaker ? 0 : POLLIN;
    stage_wait(NULL, most_have_heard, &round);
    for (size_t i = 0; i < member_count; i++)
        members[i]->wants = 0;
    if (fault_hits(server, GROUP_SENDING) == 0)
        not_tested("The server does not send with a call that the probe could make fail.");
    for (size_t i = 0; i < member_count; i++) {
        if (members[i] == speaker || has_heard(&round, members[i]))
            continue;
        unlucky = members[i];
        missing++;
    }
    dialogue_did(
        "%s sent \"%s\". While the server sent it to four others, one send failed (EPIPE).",
        speaker->name, word.letters);
    if (missing > 1) {
        struct text text = {0};
        text_add(&text,
                 "%s sent \"%s\". While the server sent it to four others, one send failed "
                 "(EPIPE). The other three should have got it; %zu of four did not, ",
                 speaker->name, word.letters, missing);
        add_ending(&text, NULL);
        fail_because("%s.", text.start);
    }
    if (unlucky == NULL) /* it was sent again */
        unlucky = members[member_count - 1];
    forget(unlucky);
    peer_close(unlucky);
    /* Who was let go at once may be told to have left before the line has come to all. */
    const char *lines[] = {line_of(unlucky, "left"), line_of(speaker, word.letters)};
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, members[i] == speaker ? 1 : 2,
                            "A client spoke. While the server sent its line to all, one send "
                            "failed (EPIPE), and the one whom it was for left.");
    struct peer *next = connect_next(server, "The next client");
    dialogue_did(
        "While the server sent a line to all, one send failed (EPIPE). Then another client "
        "came.");
    expect_joined(next);
    say_something(speaker);
}

static void send_fails(void)
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    enter(server, "The third member");
    enter(server, "The fourth member");
    enter(server, "The newest member");
    for (int skip = 0; skip < 4; skip++)
        fail_one_send(server, speaker, skip);
}

/* The sender is held before its first send, and a member that it may have noted leaves. */
static void leave_while_held(struct program *server, struct peer *speaker, struct peer *leaver)
{
    struct word word = new_word();
    size_t extra;
    gate_arm(server, GROUP_SENDING, 0, false);
    say_line(speaker, word.letters);
    need_sending_gate(server, line_of(speaker, word.letters), speaker);
    forget(leaver);
    peer_half_close(leaver);
    peer_receive_end(leaver, &extra); /* or it has to wait for the one that is held */
    /* The gate below is for the newcomer's thread, and not for one that sends what was said. */
    program_settle(server);
    /* accept had its number already before that one was free: the second newcomer gets it. */
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *first = connect_next(server, "The next client");
    need_gate(server, GROUP_STARTING, "create threads");
    gate_open(server, GROUP_STARTING);
    let_others_come(server, 2); /* the first and who has left, if they wait for the one held */
    program_settle(server);
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *second = connect_next(server, "The next but one");
    need_gate(server, GROUP_STARTING, "create threads");
    gate_open(server, GROUP_SENDING);
    dialogue_did(
        "While a line was being sent, a member left, and two newcomers came: the second has "
        "got the descriptor of the one who left.");
    for (size_t i = 0; i < member_count; i++) {
        const char *lines[] = {line_of(leaver, "left"), line_of(first, "joined"),
                               line_of(speaker, word.letters)};
        expect_in_any_order(members[i], lines, members[i] == speaker ? 2 : 3,
                            "While a line was being sent, a member left, and two newcomers came.");
    }
    gate_open(server, GROUP_STARTING);
    expect_line(second, line_of(second, "joined"));
    for (size_t i = 0; i < member_count; i++)
        expect_line(members[i], line_of(second, "joined"));
    peer_close(first);
    for (size_t i = 0; i < member_count; i++)
        expect_line(members[i], line_of(first, "left"));
    expect_line(second, line_of(first, "left"));
    members[member_count++] = second;
    say_something(speaker);
    /* Their connections are closed as well. */
    expect_on_console(server, leaver->port, "disconnected", "A member has left");
    expect_on_console(server, first->port, "disconnected", "A member has left");
}

/* Whoever closes LEAVER's connection is held after that. A duplicate of it may be closed before. */
static void hold_at_last_close(struct program *server, const struct peer *leaver)
{
    need_gate(server, GROUP_CLOSING, "close");
    while (connection_inode(leaver) != 0) {
        gate_next(server, GROUP_CLOSING);
        need_gate(server, GROUP_CLOSING, "close");
    }
}

/* The thread of a member that leaves is held after it has closed the connection. */
static void close_while_held(struct program *server, struct peer *leaver)
{
    gate_arm(server, GROUP_CLOSING, 0, true);
    forget(leaver);
    leave(leaver, CLOSE);
    hold_at_last_close(server, leaver);
    static const char did[] = "A member left. Its thread has closed the connection, and goes on "
                              "only later. Two newcomers came, and the second has got the "
                              "descriptor of the one who left.";
    dialogue_did(did);
    /* Who has left is out already: nobody hears of it later. */
    expect_told(line_of(leaver, "left"), NULL);
    enter(server, "The next client");
    struct peer *second = enter(server, "The next but one");
    struct word word = new_word();
    say_line(members[0], word.letters);
    dialogue_did(did);
    expect_told(line_of(members[0], word.letters), members[0]);
    gate_open(server, GROUP_CLOSING);
    say_something(second);
    say_something(members[0]);
}

static void number_reused(void)
{
    struct program *server = start_server();
    struct peer *oldest = enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    struct peer *third = enter(server, "The third member");
    enter(server, "The newest member");
    leave_while_held(server, speaker, third);
    close_while_held(server, oldest);
}

/* ---- the room: a member that does not read ---- */

enum { SMALL_BUFFERS = 4096, BATCH = 5, BATCHES = 20, LONG_LINE = 1000 };

/* Its buffers, on both sides, are full after a few lines. */
static struct peer *enter_deaf(struct program *server)
{
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = enter(server, "A client that will not read");
    peer_buffers(0);
    atomic_store(&server->orders->buffers, 0);
    return client;
}

struct flood {
    struct listener listeners[2];
    size_t wanted;    /* how many lines the second must have, */
    const char *left; /* this one not counted */
    uint64_t begun;
};

static size_t lines_heard(const struct flood *flood)
{
    const struct listener *listener = &flood->listeners[1];
    return listener->lines - has_words(&listener->heard, flood->left);
}

/* Also true when it has taken twice as long as it may. */
static bool has_heard_batch(void *argument)
{
    struct flood *flood = argument;
    if (flood->listeners[0].peer != NULL)
        listen_on(&flood->listeners[0]);
    listen_on(&flood->listeners[1]);
    return lines_heard(flood) >= flood->wanted || flood->listeners[1].peer->finished ||
           flood->listeners[1].peer->reset ||
           seconds_since(flood->begun) > 2 * ROOM_DELAY_MS / 1e3 * settings.patience;
}

/* A long line with its number in front, and a newline. */
static void write_line(char *line, size_t number)
{
    (void)memset(line, '.', LONG_LINE);
    line[sprintf(line, "%zu", number)] = ' ';
    line[LONG_LINE - 1] = '\n';
}

static const char one_is_deaf[] = "One member of three did not read what it was sent";

/* SPEAKER, or the operator if it is NULL, says 100 lines of 1000 bytes, a few at a time; OTHER must
   hear each in time. All that the two hear is in FLOOD. */
static void pour(struct program *server, struct flood *flood, struct peer *deaf_one,
                 struct peer *speaker, struct peer *other)
{
    static char lines[BATCH * LONG_LINE];
    const char *who = speaker == NULL ? "The operator" : speaker->name;
    memset(flood, 0, sizeof *flood);
    flood->listeners[0].peer = speaker;
    flood->listeners[1].peer = other;
    flood->left = line_of(deaf_one, "left\n");
    for (size_t batch = 0; batch < BATCHES; batch++) {
        struct text text = {0};
        for (size_t i = 0; i < BATCH; i++)
            write_line(lines + i * LONG_LINE, batch * BATCH + i + 1);
        flood->begun = stage_now();
        flood->wanted = (batch + 1) * BATCH;
        if (speaker == NULL)
            type_bytes(server, lines, sizeof lines);
        else
            peer_send(speaker, lines, sizeof lines);
        other->wants = POLLIN;
        if (speaker != NULL)
            speaker->wants = POLLIN;
        enum wait_result result = stage_wait(NULL, has_heard_batch, flood);
        other->wants = 0;
        if (speaker != NULL)
            speaker->wants = 0;
        size_t heard = lines_heard(flood);
        if (heard >= flood->wanted)
            continue;
        text_add(&text, "%s. %s sent %zu lines of %d bytes. %s had %zu of them", one_is_deaf, who,
                 flood->wanted, LONG_LINE, other->name, heard);
        if (result == DONE && !other->finished && !other->reset) {
            text_add(&text,
                     ", and still not the next after %.1f seconds: it should have come within %d "
                     "ms. The server waits for the one that does not read, before it sends to the "
                     "others.",
                     seconds_since(flood->begun), ROOM_DELAY_MS);
        } else {
            text_add(&text, ", and should have got the others as well; ");
            add_ending(&text, other);
            text_add(&text, ".");
        }
        fail_because("%s", text.start);
    }
}

/* The lines as the members should get them; *LENGTH bytes. */
static const char *poured(const struct peer *speaker, size_t *length)
{
    static char wanted[BATCH * BATCHES * (LONG_LINE + 16)];
    *length = 0;
    for (size_t i = 0; i < (size_t)BATCH * BATCHES; i++) {
        *length += speaker == NULL ? (size_t)sprintf(wanted + *length, "server says: ")
                                   : (size_t)sprintf(wanted + *length, "[%u] ", speaker->port);
        write_line(wanted + *length, i + 1);
        *length += LONG_LINE;
    }
    return wanted;
}

static void deaf(void)
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *deaf_one = enter_deaf(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    pour(server, &flood, deaf_one, speaker, other);
    /* Everything but the line that it has left, wherever that came. */
    struct text *heard = &flood.listeners[1].heard;
    char *note = memmem(heard->start, heard->length, flood.left, strlen(flood.left));
    if (note != NULL) {
        char *end = note + strlen(flood.left);
        memmove(note, end, (size_t)(heard->start + heard->length - end));
        heard->length -= strlen(flood.left);
    }
    size_t length;
    const char *wanted = poured(speaker, &length);
    if (heard->length < length || memcmp(heard->start, wanted, length) != 0)
        fail_because("%s. %s sent %d lines of %d bytes. %s got as many, but not all of them as "
                     "they were sent.",
                     one_is_deaf, speaker->name, BATCH * BATCHES, LONG_LINE, other->name);
}

static bool is_told_to_have_left(void *argument)
{
    struct flood *flood = argument;
    listen_on(&flood->listeners[1]);
    return has_words(&flood->listeners[1].heard, flood->left);
}

/* Two come after CLIENT has left: the second gets the number of its descriptor, and keeps it. */
static void expect_newcomers_stay(struct program *server, const struct peer *client)
{
    struct listener rest = {.peer = members[0]};
    listen_on(&rest);
    enter(server, "The next client");
    struct peer *second = enter(server, "The next but one");
    gate_open(server, GROUP_CLOSING);
    expect_on_console(server, client->port, "disconnected",
                      "A member that did not read was let go");
    for (int i = 0; i < 2; i++) {
        struct word word = new_word();
        say_line(second, word.letters);
        dialogue_did(
            "A member that did not read was let go, and two others came: the second has got "
            "the number of its descriptor. It spoke.");
        expect_told(line_of(second, word.letters), second);
    }
}

/* LINE is one of what the first member has said, or tells of one who has left; or if CUT, it is the
   beginning of one. */
static bool is_said(const char *line, size_t length, const struct word words[2], bool cut)
{
    bool found = false;
    for (size_t i = 0; i < 1 + member_count && !found; i++) {
        const char *said =
            i < 2 ? line_of(members[0], words[i].letters) : line_of(members[i - 1], "left");
        found = (cut ? length <= strlen(said) : length == strlen(said)) &&
                memcmp(line, said, length) == 0;
    }
    return found;
}

/* MEMBER has got whole lines, and behind half a line nothing. */
static void expect_whole_lines(struct peer *member, const struct word words[2], const char *did)
{
    char back[400];
    ssize_t got = recv(member->fd, back, sizeof back, 0);
    size_t received = got < 0 ? 0 : (size_t)got;
    for (size_t at = 0; at < received;) {
        const char *newline = memchr(back + at, '\n', received - at);
        size_t length = newline == NULL ? received - at : (size_t)(newline - back) - at;
        if (is_said(back + at, length, words, newline == NULL)) {
            at += length + 1;
            continue;
        }
        struct text text = {0};
        text_harmless(&text, back, received, 100, false);
        fail_because("%s Behind half a line nothing should be sent. %s got \"%s\".", did,
                     member->name, text.start);
    }
}

/* Somebody speaks, and send takes five bytes of the line for one member, and then nothing, as it
   does when the buffers are full. Whoever has got half a line gets nothing behind it. */
static void expect_nothing_behind_half_a_line(struct program *server)
{
    static const char did[] = "A client spoke. send took 5 bytes of its line for one member, and "
                              "failed with EAGAIN when it was called with the rest (the autograder "
                              "let it). Then the client spoke again.";
    struct word words[2] = {new_word(), new_word()};
    struct peer *speaker = members[0];
    fault_limit(server, GROUP_SENDING, 5);
    gate_arm(server, GROUP_SENDING, 1, false);
    say_line(speaker, words[0].letters);
    if (gate_wait(server, GROUP_SENDING) != DONE) {
        gate_open(server, GROUP_SENDING);
        fault_off(server, GROUP_SENDING);
        return; /* it does not send with a call that the probe could cut short */
    }
    fault_error(server, GROUP_SENDING, EAGAIN, 1, 0);
    gate_open(server, GROUP_SENDING);
    program_settle(server);
    fault_off(server, GROUP_SENDING);
    say_line(speaker, words[1].letters);
    program_settle(server);
    for (size_t i = 1; i < member_count; i++)
        expect_whole_lines(members[i], words, did);
}

/* DEAF_ONE's buffers are full; OTHER is told that it has left, and what it has got are the first
   lines, whole, and the end of its connection. */
static void expect_let_out(struct flood *flood, struct peer *deaf_one, const struct peer *speaker,
                           struct peer *other)
{
    static char back[BATCH * BATCHES * (LONG_LINE + 16)];
    struct text text = {0};
    other->wants = POLLIN;
    if (stage_wait(NULL, is_told_to_have_left, flood) != DONE) {
        text_add(&text,
                 "%s: %d lines of %d bytes%s, more than the buffers of its connection and the %d "
                 "bytes hold that the room may keep. It should have been let go, and %s should "
                 "have got \"%.*s\"; ",
                 one_is_deaf, BATCH * BATCHES, LONG_LINE,
                 speaker == NULL ? ", which the operator typed" : "", ROOM_KEPT, other->name,
                 (int)strlen(flood->left) - 1, flood->left);
        add_ending(&text, other);
        fail_because("%s.", text.start);
    }
    other->wants = 0;
    size_t length;
    const char *wanted = poured(speaker, &length);
    size_t received = peer_receive(deaf_one, back, length);
    if (memcmp(back, wanted, received) != 0)
        fail_because("%s, and was let go. When it read what was there, %zu bytes, it was not the "
                     "first lines that were said, each as it was said: after half a line, which "
                     "send may have taken, nothing may follow.",
                     one_is_deaf, received);
    if (!deaf_one->finished && !deaf_one->reset) {
        text_add(&text,
                 "%s. The others were told that it had left. It should have seen the end of its "
                 "connection; ",
                 one_is_deaf);
        add_ending(&text, deaf_one);
        fail_because("%s.", text.start);
    }
    forget(deaf_one);
}

static void deaf_is_let_go(void)
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *deaf_one = enter_deaf(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    /* Should its connection be closed a second time, then only when somebody else has got the
       number. */
    gate_arm(server, GROUP_CLOSING, 1, false);
    pour(server, &flood, deaf_one, speaker, other);
    expect_let_out(&flood, deaf_one, speaker, other);
    expect_newcomers_stay(server, deaf_one);
    expect_nothing_behind_half_a_line(server);
}

static void deaf_to_the_operator(void)
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *deaf_one = enter_deaf(server);
    enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    pour(server, &flood, deaf_one, NULL, other);
    expect_let_out(&flood, deaf_one, NULL, other);
}

/* ---- the server under valgrind ---- */

/* Everybody has gone, and the console has said so of all of them. */
static void expect_gone(struct program *server, struct peer *const *clients, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_on_console(server, clients[i]->port, "disconnected", "All clients have left");
}

static void server_helgrind(void)
{
    struct program *server = start_server_helgrind();
    struct peer *clients[4];
    clients[0] = enter(server, "The first client");
    clients[1] = enter(server, "The second client");
    clients[2] = enter(server, "The third client");
    clients[3] = enter(server, "The fourth client");
    say_something(clients[1]);
    say_something(clients[0]);
    announce(server, "welcome");
    /* In an order in which each meets what another has changed since it held the lock itself,
       whether the table begins with the oldest member or with the newest. */
    go(clients[3], RESET);
    go(clients[0], CLOSE);
    go(clients[1], CLOSE);
    say_something(clients[2]);
    go(clients[2], HALF_CLOSE);
    expect_gone(server, clients, 4);
    program_settle(server); /* or the end comes while a thread has a lock of its own */
    program_terminate(server);
    expect_no_races(server);
}

static void server_memcheck(void)
{
    struct program *server = start_server_memcheck();
    struct peer *clients[3];
    clients[0] = enter(server, "The first client");
    clients[1] = enter(server, "The second client");
    clients[2] = enter(server, "The third client");
    say_something(clients[1]);
    announce(server, "welcome");
    fault_error(server, GROUP_THREADING, EAGAIN, 1, 0);
    struct peer *unlucky = connect_next(server, "A client that comes while pthread_create fails");
    bool let_go = is_let_go(unlucky);
    if (fault_hits(server, GROUP_THREADING) == 0) /* it creates threads in another way */
        not_tested(
            "The server does not create threads with a call that the probe could make fail.");
    if (!let_go)
        fail_not_let_go(unlucky, "pthread_create failed: it returned EAGAIN");
    go(clients[2], RESET);
    /* Sending to the one other member fails: whether it is let go for that or goes by itself. */
    fault_error(server, GROUP_SENDING, EPIPE, 1, 0);
    say_line(clients[0], "who hears me?");
    program_settle(server);
    fault_off(server, GROUP_SENDING);
    forget(clients[1]);
    peer_close(clients[1]);
    dialogue_did(
        "A member spoke, and sending its line to another one failed (EPIPE), who then left.");
    expect_told(line_of(clients[1], "left"), NULL);
    clients[1] = enter(server, "The next client");
    say_something(clients[0]);
    go(clients[0], CLOSE);
    go(clients[1], HALF_CLOSE);
    expect_gone(server, clients, 3);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

/* ---- the client ---- */

static struct peer *meet_started(struct program *(*start)(const char *, ...),
                                 struct program **client)
{
    char port[8];
    struct peer *listener = peer_listen("the server");
    snprintf(port, sizeof port, "%u", listener->port);
    *client = start("client", "127.0.0.1", port, NULL);
    struct peer *server = peer_accept(listener, "The server");
    if (server == NULL)
        fail_before("connected to its server", *client);
    return server;
}

static struct peer *meet(struct program **client)
{
    return meet_started(program_start, client);
}

/* The server says LINE, and the client shows it. */
static void show(struct program *client, struct peer *server, const char *line)
{
    struct text text = {0};
    say_line(server, line);
    text_add(&text, "%s\n", line);
    expect_console(client, text.start);
    text_free(&text);
}

/* The person types LINE, and the server gets it. */
static void send_typed(struct program *client, struct peer *server, const char *line)
{
    type_line(client, line);
    expect_line(server, line);
}

static void client_listens(void)
{
    struct program *client;
    struct peer *server = meet(&client);
    for (int i = 0; i < 3; i++)
        show(client, server, new_word().letters);
    send_typed(client, server, new_word().letters);
    for (int i = 0; i < 3; i++)
        show(client, server, new_word().letters);
    say_bytes(server, "one\ntwo\nthree\n", 14);
    expect_console(client, "one\ntwo\nthree\n");
}

static void client_speaks(void)
{
    struct program *client;
    struct peer *server = meet(&client);
    for (int i = 0; i < 3; i++)
        send_typed(client, server, new_word().letters);
    show(client, server, new_word().letters);
    for (int i = 0; i < 3; i++)
        send_typed(client, server, new_word().letters);
    type_bytes(client, "one\ntwo\nthree\n", 14);
    expect_line(server, "one");
    expect_line(server, "two");
    expect_line(server, "three");
}

static void client_half_line(void)
{
    struct program *client;
    struct word word = new_word();
    struct peer *server = meet(&client);
    show(client, server, "hello");
    say_piece(client, server, "half a li", 9);
    type_line(client, word.letters);
    dialogue_did("The server sent \"half a li\", without a newline. Then \"%s\" was typed at the "
                 "client's keyboard.",
                 word.letters);
    expect_line(server, word.letters);
    say_bytes(server, "ne\n", 3);
    expect_console(client, "half a line\n");
}

static void client_half_typed(void)
{
    struct program *client;
    struct word word = new_word();
    struct peer *server = meet(&client);
    send_typed(client, server, "hello");
    type_bytes(client, "half a li", 9);
    program_settle(client);
    say_line(server, word.letters);
    dialogue_did("\"half a li\" was typed at the client's keyboard, and no newline yet. Then the "
                 "server sent \"%s\".",
                 word.letters);
    struct text shown = {0};
    text_add(&shown, "%s\n", word.letters);
    expect_console(client, shown.start);
    type_bytes(client, "ne\n", 3);
    expect_line(server, "half a line");
    text_free(&shown);
}

struct typing {
    struct program *program;
    size_t typed;
};

/* Types as long as the program reads. */
static bool types_on(void *argument)
{
    struct typing *typing = argument;
    char line[LONG_LINE];
    (void)memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (ssize_t count = 1; count > 0;) {
        size_t at = typing->typed % sizeof line;
        count = write(typing->program->in, line + at, sizeof line - at);
        typing->typed += count > 0 ? (size_t)count : 0;
    }
    return false;
}

/* Types until the client leaves something in the pipe: it sleeps whenever it has read all. Returns
   whether it has taken any of it. */
static bool type_until_held_up(struct typing *typing)
{
    size_t begun = typing->typed;
    size_t before;
    do {
        before = typing->typed;
        stage_settle(NULL, types_on, typing);
    } while (typing->typed > before);
    return typing->typed > begun;
}

static void client_held_up(void)
{
    struct program *client;
    bool more = true;
    peer_buffers(SMALL_BUFFERS);
    struct peer *server = meet(&client);
    peer_buffers(0);
    struct typing typing = {.program = client};
    send_typed(client, server, "hello");
    /* Much at a time, since nothing wakes the test up when there is room again. */
    fcntl(client->in, F_SETPIPE_SZ, 1024 * 1024);
    /* What arrives makes the kernel's buffers grow, and send go on: until they are at their limit.
     */
    while (more) {
        struct word word = new_word();
        struct text shown = {0};
        more = type_until_held_up(&typing);
        say_line(server, word.letters);
        dialogue_did(
            "So much was typed that the client's send had to wait: %zu bytes, and the server "
            "read nothing. Then the server sent \"%s\".",
            typing.typed, word.letters);
        text_add(&shown, "%s\n", word.letters);
        expect_console(client, shown.start);
        text_free(&shown);
    }
    /* Nothing of it is lost. */
    int bytes = 1024 * 1024;
    setsockopt(server->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); /* else it takes long */
    close(client->in);
    client->in = -1;
    size_t extra;
    peer_receive_end(server, &extra);
    if (extra / LONG_LINE != typing.typed / LONG_LINE)
        fail_because(
            "%zu bytes were typed, and then Ctrl-D, while the server read nothing. Then it "
            "read on, and got %zu bytes.",
            typing.typed, extra);
    peer_close(server);
    expect_exit(client, 0);
}

static void client_lines(void)
{
    static const char strange[] = "\xc3\xa4\xff\x80\t\x01 \r \xe5\xa5\xbd 100 %d %x";
    static char longest[1025];
    struct program *client;
    struct peer *server = meet(&client);
    fill_letters(longest, sizeof longest - 1);
    show(client, server, "");
    show(client, server, strange);
    show(client, server, longest);
    send_typed(client, server, "");
    send_typed(client, server, strange);
    send_typed(client, server, longest);
    type_line(client, "and another");
    dialogue_did(
        "A line of 1024 bytes was typed at the client's keyboard, and then \"and another\".");
    expect_line(server, "and another");
    say_piece(client, server, "one\ntwo\nthr", 11);
    say_bytes(server, "ee\r\n", 4);
    expect_console(client, "one\ntwo\nthree\n");
    fault_limit(client, GROUP_RECEIVING, 3);
    fault_limit(client, GROUP_SENDING, 5);
    show(client, server, "what recv takes in pieces of three bytes");
    send_typed(client, server, "what send takes in pieces of five bytes");
    type_bytes(client, "zero\0inside\n", 12);
    expect_bytes(server, "zero\0inside", 11);
}

static void client_keyboard_ends(void)
{
    struct program *client;
    struct text shown = {0};
    struct peer *server = meet(&client);
    show(client, server, "welcome");
    program_settle(client); /* the keyboard is to end while the client listens to the server */
    type_bytes(client, "bye\nand a last word", 19);
    type_end(client);
    dialogue_did(
        "Two lines were typed at the client's keyboard, the last without a newline, and then "
        "Ctrl-D.");
    expect_line(server, "bye");
    expect_line(server, "and a last word");
    size_t extra = 0;
    if (!peer_receive_end(server, &extra) || server->reset || extra > 0)
        fail_dialogue(client, server,
                      "The server should have got both lines, and then the end of the stream.");
    enum wait_result result = program_wait(client);
    if (result == DONE || result == SPUN)
        fail_dialogue(client, server,
                      "The server has not closed yet, and may still send. The client should have "
                      "waited for it; it %s.",
                      result == DONE ? "ended" : "kept the processor busy");
    for (int i = 0; i < 100; i++)
        text_add(&shown, "line %d\n", i);
    /* The first of it alone: a client that only takes what is there already is gone then. */
    say_piece(client, server, shown.start, 7);
    say_bytes(server, shown.start + 7, shown.length - 7);
    leave(server, CLOSE);
    dialogue_did("Ctrl-D was typed at the client's keyboard. After that the server still sent 100 "
                 "lines, and closed.");
    expect_shown(client, "line 0\n");
    expect_shown(client, "line 99\n");
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "It was the person who left first: nothing should be said.");
    expect_closed_once(client, "talk leaves conn open, and main closes it.");
    text_free(&shown);
}

static void client_server_ends(void)
{
    struct program *client;
    struct text shown = {0};
    struct peer *server = meet(&client);
    send_typed(client, server, "hello");
    type_bytes(client, "half a li", 9);
    for (int i = 0; i < 100; i++)
        text_add(&shown, "line %d\n", i);
    text_add(&shown, "the last line");
    say_bytes(server, shown.start, shown.length);
    leave(server, HALF_CLOSE);
    dialogue_did("The server sent 101 lines, the last without a newline, and closed its side. The "
                 "person had typed half a line.");
    text_add(&shown, "\nserver left\n");
    expect_console(client, shown.start);
    expect_exit(client, 0);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "\"server left\" should be said once.");
    peer_close(server);
    server = meet(&client);
    show(client, server, "hello");
    leave(server, CLOSE);
    expect_console(client, "server left\n");
    expect_exit(client, 0);
    text_free(&shown);
}

/* Only sending fails, and the server goes on: that is the end as well. */
static void expect_send_error(void)
{
    struct program *client;
    struct peer *server = meet(&client);
    send_typed(client, server, "hello");
    fault_error(client, GROUP_SENDING, EPIPE, 1, 0);
    type_line(client, "are you there?");
    program_settle(client);
    dialogue_did("A line was typed at the client's keyboard, and sending it failed (EPIPE).");
    if (fault_hits(client, GROUP_SENDING) == 0)
        return; /* the probe cannot make it fail */
    if (program_wait(client) != DONE)
        fail_dialogue(client, NULL, "The client should have ended with status 1.");
    expect_failure(client, NULL, NULL);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "The server has not left: this should not have been said.");
}

static void client_server_breaks(void)
{
    struct program *client;
    struct peer *server = meet(&client);
    show(client, server, "hello");
    leave(server, RESET);
    expect_failure(client, NULL, NULL);
    /* The same when it shows in sending, and reading has found the end of the stream: whatever the
       client finds first, SIGPIPE is not its end. */
    server = meet(&client);
    show(client, server, "hello");
    program_pause(client);
    leave(server, FIN_AND_RESET);
    type_line(client, "are you there?");
    program_resume(client);
    dialogue_did("The server vanished (FIN and RST), and a line was typed.");
    if (program_wait(client) != DONE || !WIFEXITED(client->status))
        fail_dialogue(client, NULL, "The client should have ended by itself.");
    expect_send_error();
}

static void client_too_long(void)
{
    static char line[3 * 1024];
    struct program *client;
    struct peer *server = meet(&client);
    show(client, server, "hello");
    fill_letters(line, sizeof line - 1);
    say_bytes(server, line, sizeof line - 1);
    dialogue_did("The server sent %zu bytes without a newline; the limit is 1024.",
                 sizeof line - 1);
    expect_failure(client, "longer than 1024", NULL);
    if (is_shown(client, "server left"))
        fail_dialogue(client, NULL, "The server has not left: this should not have been said.");
    server = meet(&client);
    show(client, server, "hello");
    line[1025] = '\0';
    type_line(client, line);
    dialogue_did("A line of 1025 bytes was typed at the client's keyboard; the limit is 1024.");
    expect_failure(client, "longer than 1024", NULL);
    expect_hang_up(server);
}

/* COUNT times, BLOCK of LINES lines is typed and arrives, and is said and shown. */
static void pass_both_ways(struct program *client, struct peer *server, const char *block,
                           int count)
{
    static char arrived[32 * 1024];
    size_t length = strlen(block);
    for (int i = 0; i < count; i++) {
        type_bytes(client, block, length);
        if (peer_receive(server, arrived, length) != length)
            fail_dialogue(client, server, "All of it should have arrived.");
        say_bytes(server, block, length);
        expect_console(client, block);
    }
}

static void client_memory(void)
{
    enum { LINES = 20, TIMES = 40, KB = LINES * TIMES };
    struct program *client;
    struct text block = {0};
    struct peer *server = meet(&client);
    for (int i = 0; i < LINES; i++)
        text_add(&block, "%01023d\n", i);
    pass_both_ways(client, server, block.start, 2);
    long before = count_at_rest(client, address_space_of);
    pass_both_ways(client, server, block.start, TIMES);
    long more = count_at_most(client, address_space_of, before + KB / 2) - before;
    if (more > KB / 2)
        fail_because("%d lines of 1023 bytes were typed, and as many came from the server. The "
                     "client's address space (VmSize) should be about as large as before; it has "
                     "grown by %ld kB: what it needed for each line is still there.",
                     KB, more);
    text_free(&block);
}

static void client_no_thread(void)
{
    struct program *client;
    fault_at_start(GROUP_THREADING, EAGAIN, 0, INT32_MAX, 0);
    struct peer *server = meet(&client);
    program_settle(client);
    if (fault_hits(client, GROUP_THREADING) == 0) {
        if (threads_of(client) > 1)
            not_tested("The client does not create threads with a call that the probe could make "
                       "fail.");
        program_needs_no_fault(client);
        show(client, server, "hello");
        send_typed(client, server, "hello");
        return;
    }
    expect_thread_complaints(client, 1);
    expect_failure(client, "pthread_create: ", NULL);
}

/* ---- the client under valgrind ---- */

static void client_helgrind(void)
{
    struct program *client;
    struct peer *server = meet_started(program_start_helgrind, &client);
    show(client, server, "one");
    send_typed(client, server, "two");
    show(client, server, "three");
    type_line(client, "four");
    type_end(client);
    expect_line(server, "four");
    expect_hang_up(server);
    expect_exit(client, 0);
    expect_no_races(client);
}

/* ---- the table ---- */

static const struct scenario *const scenarios[] = {
    SCENARIO(two_clients, 3, "-e: serves two clients at once",
             "The thread that accepts must not be the one that talks: create another for each "
             "client, and go back to accept at once.",
             "A thread for each client"),
    SCENARIO(fifty_clients, 3, "-e: serves fifty at once, and one more who is silent for ever",
             "No client may have to wait for another: no pthread_join right after pthread_create, "
             "and no lock around a session.",
             "A thread for each client"),
    SCENARIO(two_hundred_clients, 1, "-e: serves two hundred at once",
             "Is there an array or a counter that is too small, or a wait for somebody to leave?",
             "A thread for each client"),
    SCENARIO(own_arguments, 5, "-e: each thread serves the client it was created for",
             "The new thread may begin late. What its argument points to must be memory of its "
             "own, which neither the next accept nor the creator changes or frees.",
             "Whose argument is it"),
    SCENARIO(one_leaves, 2, "-e: closes the connection of one who leaves, and of nobody else",
             "All threads share one table of descriptors: the thread closes its client's "
             "connection after the session, once, and nothing else.",
             "A thread for each client"),
    SCENARIO(console, 3, "-e: says who comes, who speaks and who goes, in this order",
             "connected is said before the session, by the creator before it creates the thread or "
             "by the thread; disconnected after it, by the thread.",
             "A thread for each client"),
    SCENARIO(fifty_speakers, 1, "-e: shows each line of fifty who speak at once, whole and once",
             "One line, one call of console_tell(). What printf writes may wait in a buffer, and "
             "mix with the words of others.",
             "What the threads share"),
    SCENARIO(reset, 2, "-e: goes on when clients vanish, even in the middle of an answer",
             "SIGPIPE ends the whole process, whichever thread it hits: MSG_NOSIGNAL, or ignore "
             "the signal. A session that returns -1 concerns its client alone.",
             "A thread for each client"),
    SCENARIO(detached_or_joined, 3, "-e: keeps no stack of a thread that has ended",
             "A thread that has ended keeps its stack for pthread_join. Detach it, or join it "
             "later.",
             "Detached or joined"),
    SCENARIO(many_in_turn, 2, "-e: is after 500 clients as it was before",
             "What each client gets, memory, a descriptor, a place in a table, has to be given "
             "back when it leaves.",
             "Detached or joined"),
    SCENARIO(create_fails, 4, "-e: lets a client go when pthread_create fails",
             "pthread_create returns the error, and not -1; errno says nothing. Nobody else will "
             "close this connection.",
             "When pthread_create fails"),
    SCENARIO(
        accept_fatal, 2, "-e: ends with status 1 when its listener cannot be used",
        "When tcp_accept returns -1, the listener is of no use any more: serve returns -1, too. "
        "The return from main then ends all threads.",
        "When accept fails"),
    SCENARIO(conversation, 4, "room: two people and the operator talk, as in the handout",
             "room_say sends to all but the speaker, room_announce to all, room_join and "
             "room_leave tell all who are there.",
             "Who is in the room"),
    SCENARIO(not_to_speaker, 2, "room: sends a line to all the others, not back to the speaker",
             "Go through all members, and leave out the one whose connection is CONN.",
             "Who is in the room"),
    SCENARIO(same_number, 1, "room: tells two members with the same number apart",
             "The number stands in the lines and is for people. Who a member is, its connection "
             "says: compare CONN.",
             "Who is in the room"),
    SCENARIO(joins_and_leaves, 2, "room: tells who joins and who leaves, the newcomer first of all",
             "Put the newcomer in and tell everybody, the newcomer too; take out who leaves, and "
             "then tell those who are left.",
             "Who is in the room"),
    SCENARIO(operator, 2, "room: sends what the operator types to everybody",
             "room_announce: \"server says: \" in front, a newline behind, and to all members.",
             "Who is in the room"),
    SCENARIO(empty_room, 2, "room: goes on after a word to nobody, and after everybody left",
             "Every way out of a function must pass pthread_mutex_unlock, also when there is "
             "nobody to send to.",
             "One lock, for as long as the work takes"),
    SCENARIO(any_bytes, 1, "room: passes on bytes of every kind, and a zero among them",
             "strlen and %s stop at a zero. The line's length is known without them.",
             "Who is in the room"),
    SCENARIO(longest_line, 1, "room: passes on an empty line, and one of 1000 bytes",
             "The number in front and the newline behind need room as well.", "Who is in the room"),
    SLOW(hundreds_in_room, 1, "room: lets 150 members in, and all of them hear the last",
         "Is the table, or what counts its members, too small?", "Who is in the room"),
    SCENARIO(fifty_in_room, 4, "room: fifty come, speak and go at once, and no line is lost",
             "Whoever reads or changes the table holds the one lock of the room, from the first "
             "look to the last send.",
             "One lock, for as long as the work takes"),
    SCENARIO(at_the_same_time, 3, "room: keeps a line whole when others speak at the same moment",
             "Compose the whole line in memory of your own (no static buffer), and send all of it "
             "to a member before anybody else may send to it.",
             "Who is in the room"),
    SLOW(said_while_joining, 2, "room: a newcomer hears what is said once it has joined",
         "Put it in the table and tell it `joined` under one and the same lock.",
         "Who is in the room"),
    SCENARIO(short_sends, 1, "room: finishes a send that took less than it was given",
             "send returns how many bytes it took. Call it again with the rest, until nothing is "
             "left.",
             "Who is in the room"),
    SCENARIO(leaving, 2, "room: survives members that leave while a line is sent",
             "A member is in the table, and its connection open, until nobody sends to it any "
             "more: the same lock for sending and for leaving.",
             "Who is in the room"),
    SCENARIO(dead_member, 3, "room: sends on to the others when one member is dead",
             "An error in sending concerns that member: go on with the next. MSG_NOSIGNAL, or "
             "SIGPIPE ends everything.",
             "One member's error is not the others'"),
    SCENARIO(send_fails, 2, "room: is not left locked when a send fails",
             "The way out after an error must unlock as well, and must not lock what is locked "
             "already.",
             "One member's error is not the others'"),
    SCENARIO(number_reused, 2, "room: sends nothing to a descriptor that is somebody else's now",
             "First out of the table, then close: in between, the number can belong to the next "
             "client.",
             "Who is in the room"),
    SCENARIO(deaf, 3, "room: is not held up by a member that does not read",
             "When its buffers are full, send waits, and the lock with it. MSG_DONTWAIT makes it "
             "fail with EAGAIN instead.",
             "A member that does not read"),
    SLOW(deaf_is_let_go, 2, "room: lets a member go in the end that does not read",
         "When not all of a line could be sent, nothing may follow it. shutdown with SHUT_RDWR "
         "wakes the member's own thread, which leaves.",
         "A member that does not read"),
    SCENARIO(deaf_to_the_operator, 1, "room: what the operator types is held up by nobody either",
             "One function that sends to all is enough, for a member's line, for the operator's, "
             "and for who comes and goes.",
             "A member that does not read"),
    VALGRIND(server_helgrind, 4, "room: its threads are without data races under helgrind",
             "helgrind names the two lines of your file that use the same memory, and the locks "
             "that were held there.",
             "What valgrind sees"),
    VALGRIND(server_memcheck, 2, "room: frees all memory and closes all connections",
             "What malloc returns has no value until you give it one. Whatever was meant for a "
             "thread is freed by that thread, or by its creator when there is no thread; a member "
             "when it leaves.",
             "What valgrind sees"),
    SCENARIO(client_listens, 3, "client: shows what arrives while nobody types",
             "Waiting for the keyboard and waiting for the server must not exclude each other: two "
             "threads, or poll.",
             "A client that listens while you type"),
    SCENARIO(client_speaks, 2, "client: sends what is typed while the server is silent",
             "A line is sent when it is typed, and not when the server has answered.",
             "A client that listens while you type"),
    SCENARIO(client_half_line, 2, "client: sends while half a line has come from the server",
             "Who waits in line_read for the rest of a line cannot look after the keyboard.",
             "A client that listens while you type"),
    SCENARIO(client_half_typed, 1, "client: shows what arrives while half a line is typed",
             "Who waits in line_read for the rest of a line cannot look after the server.",
             "A client that listens while you type"),
    SLOW(client_held_up, 2, "client: shows what arrives while its sending is held up",
         "send waits while the server does not read. Meanwhile lines may arrive.",
         "A client that listens while you type"),
    SCENARIO(client_lines, 1, "client: takes lines in pieces, together and of any bytes",
             "A line is complete when its newline has come. What follows it is there already: ask "
             "for it before waiting again.",
             "A client that listens while you type"),
    SCENARIO(client_keyboard_ends, 3, "client: shows what is on its way after Ctrl-D",
             "shutdown with SHUT_WR ends the one direction only. Go on receiving until the server "
             "has closed as well, and say nothing.",
             "How the client ends"),
    SCENARIO(client_server_ends, 3, "client: ends at once when the server has left",
             "The thread at the keyboard may wait for ever: end it (pthread_cancel, then "
             "pthread_join) when the server has gone.",
             "How the client ends"),
    SCENARIO(client_server_breaks, 1, "client: ends with status 1 when the connection breaks",
             "What line_read or line_send returned decides: -1 from either is -1 from talk.",
             "How the client ends"),
    SCENARIO(client_too_long, 1, "client: ends with status 1 when a line is too long",
             "line_read returns -1 with EMSGSIZE, for the server as for the keyboard.",
             "How the client ends"),
    SCENARIO(client_memory, 1, "client: keeps no memory for the lines it has passed on",
             "What was allocated for a line is freed when the line is sent, or shown.",
             "A client that listens while you type"),
    SCENARIO(client_no_thread, 1, "client: ends with status 1 when it gets no thread",
             "pthread_create returns the error: complain_because, errno, and -1.",
             "When pthread_create fails"),
    VALGRIND(client_helgrind, 1, "client: its threads are without data races under helgrind",
             "What two threads use needs a lock, or one of them has ended (pthread_join) before "
             "the other progress.",
             "What valgrind sees"),
};

const struct lab lab_4 = {.name = "4-pthread",
                          .handout = "handouts/en/4-pthread.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 512};
