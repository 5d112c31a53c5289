/* What a box shows: the files that are prepared for it, and bubblewrap's arguments. For box.c. */
#ifndef SOCKLADDER_BOX_VIEW_H
#define SOCKLADDER_BOX_VIEW_H

#include "grade/box.h"

/* Can the shares of BOX be shown? False: WHY says which cannot. */
bool box_view_is_sound(const struct box *box, struct text *why);

/* In the child that is to become the box, in a mount namespace of its own: puts what the box shows,
   and its empty folders, where bubblewrap finds them. OWNER, as the child's user namespace numbers
   users, is to own `scratch`. False: WHY. */
bool box_view_prepare(const struct box *box, uid_t owner, struct text *why);

/* Words for execve(2), the last NULL. */
struct box_words {
    const char *words[512];
    size_t count;
    struct text kept[256]; /* those that were put together here */
    size_t kept_count;
};

/* In the same child, as root of the box: adds the arguments that show it. Descriptors that they
   name are open and not close-on-exec, and above BOX_DESCRIPTORS. False: WHY. */
bool box_view_arguments(const struct box *box, struct box_words *words, struct text *why);

void box_words_add(struct box_words *words, const char *word);
void box_words_add_number(struct box_words *words, int number);

#endif
