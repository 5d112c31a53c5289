/* Words that are told through a variable, and are no sentence by themselves: for tests/po/extract.
   Nobody compiles this. */
#include "grader/base/messages.h"

const char *words[] = {
    /* the programs, and what they have */
    _("server"), _("client"), _("driver"), _("programs"), _("threads"), _("thread"), _("child"),
    _("sockets"), _("descriptors"), _("connection"),
    /* the pages */
    _("handouts/en/1-echo.md"), _("handouts/en/2-chat.md"), _("handouts/en/3-fork.md"),
    _("handouts/en/4-pthread.md"), _("handouts/en/5-udp.md"),
    /* what came of the tests, and what happened to one */
    _("failed"), _("not earned"), _("out"), _("fault of the autograder"), _("killed"), _("stopped"),
    /* what calls do, in tests/grader/expect/trust.c */
    _("accept"), _("receive"), _("send"), _("close"),
    /* what members of a room do, and what was done with one */
    _("came"), _("connected"), _("left"), _("spoke"),
    /* what valgrind finds, and what is done with a lock */
    _("leak"), _("unlocks"), _("destroys"),
    /* others */
    _("read"), _("second"), _("twice"), _(", at "), _(" and "),
};
