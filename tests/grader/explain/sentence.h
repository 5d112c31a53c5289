/*
 * How the sentence of a cause is written. It is plain text, with places for what was found:
 *
 *   $1       where step 1 was called: `, serve.c:18`, or nothing if that is not known
 *   $(1)     the same in parentheses: ` (serve.c:18)`; $p1 the place alone
 *   $c1      the name of its call; $d1 its descriptor; $a1 the bytes it was asked for or given (or
 *            whatever `given` of its event is), $A1 the same as an unsigned number; $r1 what it
 *            returned; $u1 the bytes that were unread; $o1 its port; $i1 its address
 *   $e1      its error in words, $E1 the error's name
 *   $t1      who called it: "the main thread", "thread T2, which serves [40276],"; $T1 the same at
 *            the beginning of a sentence
 *   $f1      the function that it was called in
 *   $n       a number that was found, as are $m and $k
 *   ${n:byte|bytes}   the first word if $n is 1, and else the second
 *   $q       words of the program's own; $w words of the autograder's
 *   $role    "server" or "client"
 *   [a: ...] only if part a was found; parts do not nest
 *   $$ $[ $] the characters themselves
 */
#ifndef SOCKLADDER_SENTENCE_H
#define SOCKLADDER_SENTENCE_H

#include "grader/explain/cause.h"

/* Adds SENTENCE to TEXT, with what FINDING has in its places. */
void sentence_add(struct text *text, const char *sentence, const struct evidence *evidence,
                  const struct finding *finding);

#endif
