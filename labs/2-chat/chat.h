/*
 * A chat between two people who take turns: the client's user sends a line, the server's operator
 * answers with a line (line.h). Both sides of it.
 *
 * Each of them sees on the console of their own program (console.h):
 *
 *   client                              server
 *   You want to say: hello              client says: hello
 *   server says: hi there               You want to say: hi there
 *   You want to say:
 *
 * `You want to say: ` is a prompt. No newline follows it, because the user types on the same line.
 * It must be on the screen before the program waits for the keyboard, even if the console is a pipe
 * or a file; console_prompt() does that. If a line contains a zero byte, the console shows only the
 * bytes before it, but the whole line is sent.
 *
 * A peer has left at end of file, and also if reading from it or sending to it failed, usually with
 * ECONNRESET or EPIPE. A peer whose line is too long (EMSGSIZE) has not left: the session ends, but
 * nothing is printed except the message of line_read.
 */
#ifndef SOCKLADDER_CHAT_H
#define SOCKLADDER_CHAT_H

#include <stdint.h>

/*
 * The server's side, a session_fn (common/serve.h). For each line from the client, shows
 * `client says: LINE`, prompts, reads a line from the keyboard, and sends it.
 *
 *   conn     the connected socket; do not close it: the caller does
 *   peer     the client's port; not needed here
 *   context  the keyboard, a struct line_reader * that lives longer than the session: lines that
 *            the operator typed ahead stay in it for the next client
 *
 * Prints `client left` when the client has left. End of file of the keyboard (Ctrl-D) also ends the
 * session, and then nothing is printed. So does a typed line that is too long (EMSGSIZE). The given
 * operator.c throws it away then, so that the next client gets an answer.
 *
 * Returns 0 at end of file of the client or of the keyboard; -1, with errno from line_read or
 * line_send, if one of them failed. Any process and any thread may call it, but no two may use the
 * same keyboard at the same time.
 */
int chat_answer(int conn, uint16_t peer, void *context);

struct line_reader;

/*
 * The client's side. Repeats these steps: prompts, reads a line from KEYBOARD, sends it, waits for
 * the answer, and shows `server says: LINE`.
 *
 *   conn      the connected socket; do not close it: the caller does
 *   keyboard  the keyboard's reader; it belongs to the caller
 *
 * Prints `server left` when the server has left. It does not notice this while it waits for the
 * keyboard, only after it has sent the next line. End of file of the keyboard (Ctrl-D) also ends
 * the session, and then nothing is printed.
 *
 * Returns 0 at end of file of the server or of the keyboard; -1, with errno from line_read or
 * line_send, if one of them failed.
 */
int chat_ask(int conn, struct line_reader *keyboard);

#endif
