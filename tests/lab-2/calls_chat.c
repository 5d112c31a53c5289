/* chat_answer and chat_ask by themselves: what they return, and what they leave. */
#include "lab-2/common.h"

#include <errno.h>
#include <string.h>

/* One of the two, with its peer. */
struct chat {
    struct program *driver;
    struct peer *peer;
    const char *function; /* "chat_answer" */
    const char *who;      /* "client": the peer, as the console calls it */
    const char *says;     /* "client says: " */
};

static struct chat start_chat(const char *command)
{
    bool answers = strcmp(command, "answer") == 0;
    struct chat chat = {.function = answers ? "chat_answer" : "chat_ask",
                        .who = answers ? "client" : "server",
                        .says = answers ? "client says: " : "server says: "};
    driver_holds();
    chat.driver = expect_listening(program_start_driver("call_chat", command, NULL));
    chat.peer = connect_client(chat.driver, answers ? "The client" : "The server");
    return chat;
}

/* The peer's turn, and that of the keyboard. */
static void peer_turn(const struct chat *chat)
{
    struct word word = new_word();
    say_line(chat->peer, word.letters);
    expect_said(chat->driver, chat->says, word.letters);
}

static void own_turn(const struct chat *chat)
{
    struct word word = new_word();
    type_line(chat->driver, word.letters);
    expect_line(chat->peer, word.letters);
}

/* The function has returned, with the connection open; the console has said LEFT times that the
   peer has left. */
static struct returned expect_over(const struct chat *chat, size_t left, const char *situation)
{
    struct returned returned = expect_returned(chat->driver, chat->function, 1, situation);
    expect_sockets(chat->driver, &returned, 1, situation,
                   "the connection stays open, and the caller closes it");
    dialogue_did("%s.", _(situation));
    expect_left_told(chat->driver, chat->who, left);
    return returned;
}

static void expect_over_well(const struct chat *chat, size_t left, const char *situation)
{
    struct returned returned = expect_over(chat, left, situation);
    expect_value(&returned, 0, situation);
    expect_not_reported(chat->driver, &returned, "read", situation);
    expect_not_reported(chat->driver, &returned, "recv", situation);
}

static void expect_over_with(const struct chat *chat, int error, size_t left, const char *situation)
{
    struct returned returned = expect_over(chat, left, situation);
    expect_error(&returned, error, situation);
}

/* ---- chat_answer ---- */

SCENARIO(answer_returns, 1, "chat_answer: returns 0 when the client has left",
         "If line_read returns 0 for the client: print \"client left\", and return 0. serve closes "
         "the connection.",
         "When somebody leaves")
{
    struct chat chat = start_chat("answer");
    peer_turn(&chat);
    own_turn(&chat);
    peer_half_close(chat.peer);
    expect_over_well(&chat, 1, "The client had a turn, and left");
}

SCENARIO(answer_keyboard, 1, "chat_answer: returns 0 at end of file of the keyboard",
         "If line_read returns 0 for the keyboard: print nothing, and return 0.",
         "When somebody leaves")
{
    struct chat chat = start_chat("answer");
    peer_turn(&chat);
    own_turn(&chat);
    peer_turn(&chat);
    type_end(chat.driver);
    expect_over_well(&chat, 0, "Ctrl-D was typed when it was the operator's turn");
}

SCENARIO(answer_fails, 2, "chat_answer: returns -1 when line_read or line_send fails",
         "Return -1 with their errno. The client has left, unless its line was too long "
         "(EMSGSIZE).",
         "When somebody leaves")
{
    struct chat chat = start_chat("answer");
    peer_turn(&chat);
    own_turn(&chat);
    fault_error(chat.driver, GROUP_RECEIVING, ETIMEDOUT, INT32_MAX, 0);
    say_bytes(chat.peer, "half", 4);
    expect_over_with(&chat, ETIMEDOUT, 1, "recv failed with ETIMEDOUT");
    trust_fault(chat.driver, GROUP_RECEIVING, "make fail");

    chat = start_chat("answer");
    peer_turn(&chat);
    own_turn(&chat);
    fault_error(chat.driver, GROUP_SENDING, EPIPE, INT32_MAX, 0);
    peer_turn(&chat);
    type_line(chat.driver, "an answer");
    expect_over_with(&chat, EPIPE, 1, "send failed with EPIPE");
    trust_fault(chat.driver, GROUP_SENDING, "make fail");

    chat = start_chat("answer");
    say_line(chat.peer, letters(LIMIT + 1));
    expect_over_with(&chat, EMSGSIZE, 0, "The client sent a line of 1025 bytes");

    chat = start_chat("answer");
    peer_turn(&chat);
    type_line(chat.driver, letters(LIMIT + 1));
    expect_over_with(&chat, EMSGSIZE, 0, "A line of 1025 bytes was typed");
}

VALGRIND(answer_threads, 1, "chat_answer: may run in two threads at the same time",
         "All threads share static variables and arrays. What belongs to one conversation must be "
         "on the stack, or in a reader.",
         "What is left over")
{
    struct chat first = {.function = "chat_answer", .who = "client", .says = "client says: "};
    first.driver = expect_listening(program_start_driver_helgrind("call_chat", "answers", NULL));
    struct chat second = first;
    first.peer = connect_client(first.driver, "The first client");
    second.peer = connect_client(first.driver, "The second client");
    /* One of them at a time needs the keyboard, while the other waits for its client. */
    for (int i = 0; i < 2; i++) {
        peer_turn(&first);
        own_turn(&first);
        peer_turn(&second);
        own_turn(&second);
    }
    leave(first.peer, HALF_CLOSE);
    leave(second.peer, HALF_CLOSE);
    program_wait(first.driver);
    expect_left_told(first.driver, "client", 2);
    expect_no_races(first.driver);
}

/* ---- chat_ask ---- */

SCENARIO(ask_returns, 2, "chat_ask: returns 0 when the server has left",
         "If line_read returns 0 for the server: print \"server left\", and return 0. The caller "
         "closes the connection.",
         "When somebody leaves")
{
    struct chat chat = start_chat("ask");
    own_turn(&chat);
    peer_turn(&chat);
    own_turn(&chat);
    peer_half_close(chat.peer);
    expect_over_well(&chat, 1, "The server left instead of an answer");
}

SCENARIO(ask_keyboard, 1, "chat_ask: returns 0 at end of file of the keyboard",
         "If line_read returns 0 for the keyboard: print nothing, and return 0.",
         "When somebody leaves")
{
    struct chat chat = start_chat("ask");
    own_turn(&chat);
    peer_turn(&chat);
    type_end(chat.driver);
    expect_over_well(&chat, 0, "Ctrl-D was typed when it was the user's turn");
}

SCENARIO(ask_fails, 2, "chat_ask: returns -1 when line_read or line_send fails",
         "Return -1 with their errno. The server has left, unless its line was too long "
         "(EMSGSIZE).",
         "When somebody leaves")
{
    struct chat chat = start_chat("ask");
    own_turn(&chat);
    peer_turn(&chat);
    fault_error(chat.driver, GROUP_RECEIVING, ETIMEDOUT, INT32_MAX, 0);
    own_turn(&chat);
    say_bytes(chat.peer, "half", 4);
    expect_over_with(&chat, ETIMEDOUT, 1, "recv failed with ETIMEDOUT");
    trust_fault(chat.driver, GROUP_RECEIVING, "make fail");

    chat = start_chat("ask");
    own_turn(&chat);
    peer_turn(&chat);
    fault_error(chat.driver, GROUP_SENDING, EPIPE, INT32_MAX, 0);
    type_line(chat.driver, "a question");
    expect_over_with(&chat, EPIPE, 1, "send failed with EPIPE");
    trust_fault(chat.driver, GROUP_SENDING, "make fail");

    chat = start_chat("ask");
    own_turn(&chat);
    say_line(chat.peer, letters(LIMIT + 1));
    expect_over_with(&chat, EMSGSIZE, 0, "The server sent a line of 1025 bytes");

    chat = start_chat("ask");
    type_line(chat.driver, letters(LIMIT + 1));
    expect_over_with(&chat, EMSGSIZE, 0, "A line of 1025 bytes was typed");
}
