#include "grader/explain/causes/causes.h"
#include "grader/explain/sentence.h"

#include <string.h>

/* A place in the order in which the causes are asked. */
struct rank {
    const struct cause *causes;
    unsigned scope; /* of enum scope: only there */
    bool says_all;  /* where the program waits is no news besides */
};

/* From the surest to the vaguest; the first that applies is told. */
static const struct rank ranks[] = {
    {.causes = causes_of_starters, .says_all = true},
    {.causes = causes_of_copies, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_connecting, .scope = STREAMS},
    {.causes = causes_of_binding, .scope = STREAMS},
    {.causes = causes_of_kept_sockets, .scope = STREAMS},
    {.causes = causes_of_accepting, .scope = STREAMS},
    {.causes = causes_of_stacks},
    {.causes = causes_of_processes_at_all, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_processes, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_zombies, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_threads, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_locks, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_thread_ends, .scope = STREAMS, .says_all = true},
    {.causes = causes_of_sizes, .scope = STREAMS},
    {.causes = causes_of_descriptors, .scope = STREAMS},
    {.causes = causes_of_pauses, .scope = STREAMS},
    {.causes = causes_of_memory, .scope = STREAMS},
    {.causes = causes_of_small_queue, .scope = STREAMS},
    {.causes = causes_of_loops},
    {.causes = causes_of_aborts},
    {.causes = causes_of_readers, .scope = STREAMS},
    {.causes = causes_of_killing},
    {.causes = causes_of_listening, .scope = STREAMS},
    {.causes = causes_of_impatience, .scope = STREAMS},
    {.causes = causes_of_arguments, .scope = STREAMS},
    {.causes = causes_of_server_ends, .scope = STREAMS},
    {.causes = causes_of_resets, .scope = STREAMS},
    {.causes = causes_of_interruption, .scope = STREAMS},
    {.causes = causes_of_stdio, .scope = STREAMS},
    {.causes = causes_of_cut_sends, .scope = STREAMS},
    {.causes = causes_of_address, .scope = STREAMS},
    {.causes = causes_of_lines_sent, .scope = STREAMS},
    {.causes = causes_of_console, .scope = STREAMS},
    {.causes = causes_of_leaving, .scope = STREAMS},
    {.causes = causes_of_lines_shown, .scope = STREAMS},
    {.causes = causes_of_lines_unread, .scope = STREAMS},
    {.causes = causes_of_line_kept, .scope = STREAMS},
    {.causes = causes_of_pieces, .scope = STREAMS},
    {.causes = causes_of_turns, .scope = STREAMS},
    {.causes = causes_of_prompt_kept, .scope = STREAMS},
    {.causes = causes_of_numbers, .scope = STREAMS},
    {.causes = causes_of_asking, .scope = STREAMS},
    {.causes = causes_of_echoing, .scope = STREAMS},
    {.causes = causes_of_closing, .scope = STREAMS},
    {.causes = causes_of_forgotten_threads, .scope = STREAMS},
    {.causes = causes_of_datagram_sockets, .scope = DATAGRAMS},
    {.causes = causes_of_answers, .scope = DATAGRAMS},
    {.causes = causes_of_tries, .scope = DATAGRAMS},
    {.causes = causes_of_descriptors, .scope = DATAGRAMS},
};
enum { RANKS = sizeof ranks / sizeof ranks[0] };

/* ---- what a cause is for ---- */

static bool tried_to_fork(const struct evidence *e)
{
    return has_forked(e) ||
           FIRST(e, NULL, .group = GROUP_FORKING, .how = IN_FIRST | FAILED_WITH_ERRNO) != NULL;
}

static unsigned scope_of(const struct evidence *e)
{
    unsigned scope = e->datagrams ? DATAGRAMS : STREAMS;
    scope |= e->dialogue.in_lines ? LINES : BYTES;
    scope |= has_threads(e) ? THREADS : NO_THREADS;
    scope |= (has_forked(e) ? 0U : NO_FORKS) | (tried_to_fork(e) ? FORKS : 0U);
    bool serves = is_server(e) || FIRST(e, NULL, .call = IS(CALL_UDP_SERVE)) != NULL ||
                  FIRST(e, NULL, .call = IS(CALL_UDP_BIND)) != NULL;
    bool asks = is_client(e) || (e->datagrams && !serves); /* or a driver of the client's half */
    bool echoes = is_server(e) || FIRST(e, NULL, .call = IS(CALL_ECHO_SESSION)) != NULL;
    bool echo_asks = is_client(e) || FIRST(e, NULL, .call = IS(CALL_ECHO_ASK)) != NULL;
    scope |= (echoes ? ECHOING : 0U) | (echo_asks ? ASKING : 0U);
    return scope | (serves ? SERVER : 0U) | (asks ? CLIENT : 0U);
}

/* ---- asking ---- */

/* Does CAUSE explain it? Then its sentence is added to TEXT. */
static bool ask(const struct cause *cause, const struct evidence *e, struct text *text)
{
    struct finding finding = {.n = 0};
    bool explains = (cause->scope & ~scope_of(e)) == 0 &&
                    (cause->of == 0 || (cause->of & (unsigned)e->expected) != 0) &&
                    cause->explains(e, &finding);
    if (explains)
        sentence_add(text, cause->sentence, e, &finding);
    text_free(&finding.quote);
    return explains;
}

/* The first that does, and in *RANK where it stands. */
static const struct cause *first_of(const struct evidence *e, struct text *text,
                                    const struct rank **rank)
{
    unsigned scope = scope_of(e);
    /* A story that says why is not explained again, but for a function that is not written, and
       a copy among the sockets that it counts. */
    const struct rank *end = ranks + (e->explained ? 2 : RANKS);
    for (*rank = ranks; *rank < end; ++*rank) {
        if (((*rank)->scope & ~scope) != 0)
            continue;
        for (const struct cause *cause = (*rank)->causes; cause->id != NULL; cause++)
            if (ask(cause, e, text))
                return cause;
    }
    return NULL;
}

/* Where it waits helps besides: it tells what the program thinks comes next. Not where there are
   many processes or threads, or no connection, and it is known what matters. */
const struct cause *cause_find(const struct evidence *e, struct text *text)
{
    struct text waits = {0};
    const struct rank *rank;
    if (e->program_count == 0)
        return NULL;
    const struct cause *cause = first_of(e, text, &rank);
    bool is_all = e->explained || (cause != NULL && (rank->says_all || e->datagrams));
    if (!is_all && ask(causes_of_waiting, e, &waits))
        text_add(text, _("%s%s"), text->length > 0 ? " " : "", waits.start);
    text_free(&waits);
    return cause;
}

/* ---- rows ---- */

const struct cause *cause_at(size_t index)
{
    for (size_t i = 0; i < RANKS; i++) {
        const struct cause *cause = ranks[i].causes;
        bool again = i > 0 && ranks[i].scope == DATAGRAMS && cause == causes_of_descriptors;
        for (; !again && cause->id != NULL; cause++)
            if (index-- == 0)
                return cause;
    }
    return NULL;
}

const struct cause *cause_named(const char *id)
{
    const struct cause *cause;
    for (size_t i = 0; (cause = cause_at(i)) != NULL; i++)
        if (strcmp(cause->id, id) == 0)
            return cause;
    return NULL;
}
