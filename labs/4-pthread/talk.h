/*
 * A client that listens while its person types. Neither waits for the other: what arrives is shown
 * when it arrives, also while the person is in the middle of a line or sending is held up; what is
 * typed is sent when its line is done, also while the server is silent or in the middle of a line.
 * man pages: pthread_create(3) pthread_join(3) pthread_cancel(3) poll(2) shutdown(2)
 */
#ifndef SOCKLADDER_TALK_H
#define SOCKLADDER_TALK_H

/*
 * Sends each line from KEYBOARD to CONN, and shows each line from CONN on the console as it came,
 * until one of the two ends:
 *
 * - The keyboard ends (Ctrl-D): nothing more is sent, and the server sees the end of the stream
 *   (shutdown(2), SHUT_WR). What is still on its way is shown, until the server closes as well.
 *   Nothing is said.
 * - The server ends: everything that it sent has been shown, `server left` is said, and talk
 *   returns at once, whether or not the person goes on typing.
 *
 * Lines are those of 2-chat/line.h, in both directions.
 *
 *   conn      the connected socket; it stays the caller's and is still open afterwards
 *   keyboard  a descriptor, the caller's as well
 *
 * Returns 0 when both, or the server alone, have ended in the ordinary way; -1 with errno when
 * reading or sending failed, after the complaint of line_read or line_send, or when no thread could
 * be created, after complain_because("pthread_create", ...). When talk has returned, nothing that
 * it started uses CONN or KEYBOARD any more. Called once, from the main thread.
 */
int talk(int conn, int keyboard);

#endif
