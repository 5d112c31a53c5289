/* What the scenes are made of: rows, each with the states of both ends of a connection. The program
   is held after each of its calls, so that the states are those of that moment: nothing goes on
   until they have been read from the kernel. A scene that does not go as it should is a fault of
   the autograder. */
#ifndef SOCKLADDER_ROWS_H
#define SOCKLADDER_ROWS_H

#include "grader/play/peer.h"
#include "grader/play/program.h"
#include "sequences/sequences.h"

/* The rows of this scene name the peer, and who of the program acts: P, C1, main, T1. */
void rows_name_who(void);

/* The test plays the server: the peer is on the right, the program on the left. */
void rows_have_peer_right(void);

/* Adds a row as it stands; or one with the states of both ends of PEER's connection, when
   everything rests. ARROW: ">", "<", "=" (both ways), or "" for nothing. */
void write_row(const char *left_margin, const char *left, const char *arrow, const char *label,
               const char *right, const char *right_margin, const char *who);
void add_row(const struct peer *peer, const char *left, const char *arrow, const char *label,
             const char *right);

/* The row of what PEER has just done. LABEL stands at the arrow; "-": nothing travels. */
void peer_does(const struct peer *peer, const char *call, const char *label);
void peer_receives(struct peer *peer, size_t length, const char *call);

/* Waits until PROGRAM has made its next call of GROUP, adds its row, and lets it go on, or holds it
   there (program_did): gate_next() lets it go. ARROW is what travels to PEER then. */
void program_does(struct program *program, enum probe_group group, const struct peer *peer,
                  const char *arrow, const char *label);
void program_did(struct program *program, enum probe_group group, const struct peer *peer,
                 const char *arrow, const char *label);

/* The row of the last CALL that PROGRAM has made, for calls that nothing holds. */
void last_call_did(const struct program *program, enum probe_call call, const struct peer *peer,
                   const char *arrow, const char *label);

/* The row of the call in which ACTOR of PROGRAM ("C1") waits for PEER. */
void waits(const struct program *program, const char *actor, const struct peer *peer);

void everything_rests(void);

/* From here on the programs are those of LAB. */
void take_programs_of(const char *lab);

/* The server of the scene, held after each call that a row is about. Or: PROGRAM is, from now on.
 */
struct program *start_held_server(void);
void hold_from_now_on(struct program *program);

#endif
