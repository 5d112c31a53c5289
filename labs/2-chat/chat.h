/*
 * Two people at two keyboards, in turns: the client's asks, the server's answers. A turn is one
 * line (line.h). Both sides of it.
 *
 * What they see, each on the console of their own program (console.h):
 *
 *   client                              server
 *   You want to say: hello              client says: hello
 *   server says: hi there               You want to say: hi there
 *   You want to say:
 *
 * `You want to say: ` is a prompt: no newline follows it, and it is on the screen before the
 * program waits for the keyboard, also when the console is a pipe or a file; console_prompt() does
 * that. The end of the prompt's line is whatever the person types. Of a line that holds a zero byte
 * the console shows what stands before it; what is sent is the whole line.
 *
 * A peer has left when its stream has ended, and also when reading from it or sending to it failed,
 * ECONNRESET and EPIPE being the usual errors. A peer whose line is too long (EMSGSIZE) has not
 * left: the conversation is over, but nothing is said except line_read's complaint.
 */
#ifndef SOCKLADDER_CHAT_H
#define SOCKLADDER_CHAT_H

#include <stdint.h>

/*
 * The server's side, a session_fn (common/serve.h). For each line of the client: shows
 * `client says: LINE`, prompts, takes a line from the keyboard, and sends it.
 *
 *   conn     the connected socket; it stays the caller's and is still open afterwards
 *   peer     the client's port; not needed here
 *   context  the keyboard, a struct line_reader * that outlives the session: what is typed ahead
 *            is there for the next client
 *
 * Says `client left` when the client has left. When the keyboard has ended (Ctrl-D), the
 * conversation is over as well, and nothing is said to anybody.
 *
 * Returns 0 when the client's stream or the keyboard has ended; -1, with errno as line_read or
 * line_send set it, when one of them failed. May be called from any process and any thread, with a
 * keyboard that nobody else uses at the same time.
 */
int chat_answer(int conn, uint16_t peer, void *context);

struct line_reader;

/*
 * The client's side: prompts, takes a line from KEYBOARD, sends it, waits for the answer, shows
 * `server says: LINE`; again and again.
 *
 *   conn      the connected socket; it stays the caller's and is still open afterwards
 *   keyboard  stays the caller's
 *
 * Says `server left` when the server has left. While the program waits for the keyboard it does not
 * notice that: it notices when the next line has been sent. When the keyboard has ended (Ctrl-D),
 * the conversation is over as well, and nothing is said to anybody.
 *
 * Returns 0 when the server's stream or the keyboard has ended; -1, with errno as line_read or
 * line_send set it, when one of them failed.
 */
int chat_ask(int conn, struct line_reader *keyboard);

#endif
