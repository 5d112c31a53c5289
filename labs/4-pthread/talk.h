/*
 * A client that shows incoming lines while its user types. Neither direction waits for the other.
 * It shows a line when the line arrives, even while the user is typing or a send blocks. It sends a
 * line when the user has typed it, even while the server is silent or in the middle of a line.
 * man pages: pthread_create(3) pthread_join(3) pthread_cancel(3) poll(2) shutdown(2)
 */
#ifndef SOCKLADDER_TALK_H
#define SOCKLADDER_TALK_H

/*
 * Sends each line from KEYBOARD to CONN, and shows each line from CONN unchanged on the console,
 * until one of the two reaches end of file:
 *
 * - End of file of the keyboard (Ctrl-D): talk sends nothing more, and shuts down the sending side
 *   of the connection (shutdown(2), SHUT_WR), so that the server sees end of file. It still shows
 *   what arrives, until the server closes the connection too. It prints no message.
 * - End of file of the server: talk shows all that the server sent, prints `server left`, and
 *   returns at once, even if the user never types another line.
 *
 * In both directions, lines are as in 2-chat/line.h.
 *
 *   conn      the connected socket; do not close it: the caller does
 *   keyboard  a descriptor; do not close it either
 *
 * Returns 0 after end of file of both, or of the server alone. Returns -1 with errno if reading or
 * sending failed, after the message of line_read or line_send, or if no thread could be created,
 * after complain_because("pthread_create", ...). When talk returns, no thread that it started may
 * still use CONN or KEYBOARD. It is called once, from the main thread.
 */
int talk(int conn, int keyboard);

#endif
