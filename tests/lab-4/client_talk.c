/* The client: lines arrive while the user types. */
#include "grader/expect/depth.h"
#include "lab-4/common.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

SCENARIO(client_listens, 2, "client: shows lines that arrive while nobody types",
         "Wait for the keyboard and for the server at the same time: with two threads, or with "
         "poll.",
         "A client that listens while you type")
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
    for (int i = 0; i < 3; i++)
        show(client, server, new_word().letters);
    send_typed(client, server, new_word().letters);
    for (int i = 0; i < 3; i++)
        show(client, server, new_word().letters);
    say_bytes(server, "one\ntwo\nthree\n", 14);
    expect_console(client, "one\ntwo\nthree\n");
}

SCENARIO(client_speaks, 1, "client: sends typed lines while the server is silent",
         "Send a line when it is typed. Do not wait until the server has answered.",
         "A client that listens while you type")
{
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
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

SCENARIO(client_half_line, 1, "client: sends after half a line from the server",
         "While line_read waits for the rest of the server's line, it blocks this thread. Read the "
         "keyboard in another thread.",
         "A client that listens while you type")
{
    struct program *client;
    struct word word = new_word();
    struct peer *server = meet_client(program_start, &client);
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

SCENARIO(client_half_typed, 1, "client: shows lines while half a line is typed",
         "While line_read waits for the rest of the typed line, it blocks this thread. Read the "
         "connection in another thread.",
         "A client that listens while you type")
{
    struct program *client;
    struct word word = new_word();
    struct peer *server = meet_client(program_start, &client);
    send_typed(client, server, "hello");
    type_bytes(client, "half a li", 9);
    program_settle(client);
    say_line(server, word.letters);
    dialogue_did("\"half a li\" was typed at the client's keyboard, without a newline. Then the "
                 "server sent \"%s\".",
                 word.letters);
    expect_said_next(client, "", word.letters);
    type_bytes(client, "ne\n", 3);
    expect_line(server, "half a line");
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

/* Types until the client no longer reads everything from the pipe. Returns whether it has read
   anything. */
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

SLOW(client_held_up, 1, "client: shows lines while its send blocks",
     "send blocks while the server does not read. Lines may arrive at the same time.",
     "A client that listens while you type")
{
    struct program *client;
    bool more = true;
    peer_buffers(SMALL_BUFFERS);
    struct peer *server = meet_client(program_start, &client);
    peer_buffers(0);
    struct typing typing = {.program = client};
    send_typed(client, server, "hello");
    /* A large pipe, because nothing wakes the test up when there is room again. */
    fcntl(client->in, F_SETPIPE_SZ, 1024 * 1024);
    /* Incoming lines make the kernel's buffers grow, and send goes on, until they reach their
       limit. */
    while (more) {
        struct word word = new_word();
        more = type_until_held_up(&typing);
        say_line(server, word.letters);
        dialogue_did(
            "%zu bytes were typed, and the server read nothing, so the client's send blocked. Then "
            "the server sent \"%s\".",
            typing.typed, word.letters);
        expect_said_next(client, "", word.letters);
    }
    /* No byte may be lost. */
    int bytes = 1024 * 1024;
    setsockopt(server->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); /* else it takes long */
    close(client->in);
    client->in = -1;
    size_t extra;
    peer_receive_end(server, &extra);
    if (extra / LONG_LINE != typing.typed / LONG_LINE)
        fail_because(
            EXPECT_LINE,
            "%zu bytes were typed, and then Ctrl-D, while the server read nothing. Then it read "
            "again, and got %zu bytes.",
            typing.typed, extra);
    peer_close(server);
    expect_exit(client, 0);
}

SCENARIO(client_lines, 1, "client: reads lines in pieces, joined, and of any bytes",
         "A line is complete when its newline has arrived. The reader may already hold the next "
         "line: call line_read before you wait again.",
         "A client that listens while you type")
{
    static const char strange[] = "\xc3\xa4\xff\x80\t\x01 \r \xe5\xa5\xbd 100 %d %x";
    static char longest[1025];
    struct program *client;
    struct peer *server = meet_client(program_start, &client);
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

/* COUNT times, types BLOCK and expects it to arrive, then sends BLOCK and expects it on the
   console. */
static void pass_both_ways(struct program *client, struct peer *server, const char *block,
                           int count)
{
    static char arrived[32 * 1024];
    size_t length = strlen(block);
    for (int i = 0; i < count; i++) {
        type_bytes(client, block, length);
        if (peer_receive(server, arrived, length) != length)
            fail_dialogue(EXPECT_LINE, client, server, "All typed bytes should have arrived.");
        say_bytes(server, block, length);
        expect_console(client, block);
    }
}

SCENARIO(client_memory, 1, "client: leaks no memory over 800 lines",
         "Free the memory of a line after you have sent or shown it.",
         "A client that listens while you type")
{
    enum { LINES = 20, TIMES = 40, KB = LINES * TIMES };
    struct program *client;
    struct text block = {0};
    struct peer *server = meet_client(program_start, &client);
    for (int i = 0; i < LINES; i++)
        text_add(&block, "%01023d\n", i);
    pass_both_ways(client, server, block.start, 2);
    long before = count_at_rest(client, address_space_of);
    pass_both_ways(client, server, block.start, TIMES);
    expect_loop(client, GROUP_RECEIVING, 1, "800 lines arrived from the server");
    expect_loop(client, GROUP_SENDING, 1, "800 lines were typed");
    long more = count_at_most(client, address_space_of, before + KB / 2) - before;
    if (more > KB / 2)
        fail_because(EXPECT_RESOURCES,
                     "%d lines of 1023 bytes were typed, and as many arrived from the server. The "
                     "client's address space (VmSize) should be about as large as before. It has "
                     "grown by %ld kB, because the client has not freed the memory of each line.",
                     KB, more);
    text_free(&block);
}

SCENARIO(client_no_thread, 1, "client: ends with status 1 when pthread_create fails",
         "pthread_create returns the error: call complain_because, set errno, and return -1.",
         "When pthread_create fails")
{
    struct program *client;
    fault_at_start(GROUP_THREADING, EAGAIN, 0, INT32_MAX, 0);
    struct peer *server = meet_client(program_start, &client);
    program_settle(client);
    if (fault_hits(client, GROUP_THREADING) == 0) {
        if (threads_of(client) > 1)
            not_tested_unseen(client, GROUP_THREADING, "make fail");
        program_needs_no_fault(client);
        show(client, server, "hello");
        send_typed(client, server, "hello");
        return;
    }
    expect_thread_complaints(client, 1);
    expect_failure(client, "pthread_create: ", NULL);
}
