/* The tables of causes, each ended by a row without an id. A predicate sees the evidence alone. */
#ifndef SOCKLADDER_CAUSES_H
#define SOCKLADDER_CAUSES_H

#include "grader/explain/cause.h"
#include "grader/explain/query.h"

#include <stdbool.h>

extern const struct cause causes_of_starters[];
extern const struct cause causes_of_copies[];
extern const struct cause causes_of_sizes[];
extern const struct cause causes_of_descriptors[];
extern const struct cause causes_of_memory[];
extern const struct cause causes_of_arguments[];
extern const struct cause causes_of_numbers[];
extern const struct cause causes_of_cut_sends[];
extern const struct cause causes_of_asking[];
extern const struct cause causes_of_echoing[];
extern const struct cause causes_of_console[];
extern const struct cause causes_of_lines_shown[];
extern const struct cause causes_of_line_kept[];
extern const struct cause causes_of_prompt_kept[];
extern const struct cause causes_of_datagram_sockets[];
extern const struct cause causes_of_answers[];
extern const struct cause causes_of_stacks[];
extern const struct cause causes_of_killing[];
extern const struct cause causes_of_impatience[];
extern const struct cause causes_of_server_ends[];
extern const struct cause causes_of_resets[];
extern const struct cause causes_of_interruption[];
extern const struct cause causes_of_closing[];
extern const struct cause causes_of_aborts[];
extern const struct cause causes_of_readers[];
extern const struct cause causes_of_lines_sent[];
extern const struct cause causes_of_pieces[];
extern const struct cause causes_of_processes_at_all[];
extern const struct cause causes_of_processes[];
extern const struct cause causes_of_zombies[];
extern const struct cause causes_of_connecting[];
extern const struct cause causes_of_binding[];
extern const struct cause causes_of_kept_sockets[];
extern const struct cause causes_of_accepting[];
extern const struct cause causes_of_listening[];
extern const struct cause causes_of_small_queue[];
extern const struct cause causes_of_address[];
extern const struct cause causes_of_threads[];
extern const struct cause causes_of_locks[];
extern const struct cause causes_of_thread_ends[];
extern const struct cause causes_of_forgotten_threads[];
extern const struct cause causes_of_tries[];
extern const struct cause causes_of_leaving[];
extern const struct cause causes_of_lines_unread[];
extern const struct cause causes_of_turns[];
extern const struct cause causes_of_loops[];
extern const struct cause causes_of_pauses[];
extern const struct cause causes_of_stdio[];
extern const struct cause causes_of_waiting[];

/* ---- what more than one theme asks ---- */

/* Where the descriptor of STEP was closed before it, in its process or before that began. */
const struct step *closed_before(const struct evidence *e, const struct step *step);

/* Where SIGPIPE has come from: the send on a socket that has not returned, or else the last one;
   NULL if there is none. */
const struct step *killing_send(const struct evidence *e);

/* Conversations in lines: what asks for a line. */
extern const char prompt_of_chat[];

/* The last connection, accepted or made: its descriptor, and in *FROM the step behind it; -1 if
   there is none. */
int last_connection(const struct evidence *e, const struct step **from);

bool receives(const struct step *step, int fd); /* STEP is a receive of FD, a socket */
bool ends_with(const char *string, const char *end);

/* The receive that has told of the other side's end; NULL if none has, or it is not the last one.
 */
const struct step *end_of_connection(const struct evidence *e);

/* LINE begins with `[40276] `: returns that number; -1 if it does not. */
long number_in_front(const struct text *line);

/* The console should show a line just as the other side has sent it. */
bool awaits_what_was_said(const struct evidence *e);

/* Datagrams: STEP is a call of GROUP, RECEIVING or SENDING, that has moved one; the last such call;
   the last one of both directions, or that waits, that has returned. */
bool has_moved(const struct step *step, enum probe_group group);
const struct step *last_moved(const struct evidence *e, enum probe_group group);
const struct step *last_of_both(const struct evidence *e);

#endif
