#include "grader/run/pages.h"

#include <stddef.h>
#include <string.h>

#define PAGE_1 "handouts/en/1-echo.md"
#define PAGE_2 "handouts/en/2-chat.md"
#define PAGE_3 "handouts/en/3-fork.md"
#define PAGE_4 "handouts/en/4-pthread.md"

/* The sections of causes that more than one lab may have, and that are not in all its pages. In the
   order in which the pages are opened. make unit-evidence holds it against the pages. */
static const struct home {
    const char *section;
    const char *pages[3];
} homes[] = {
    {"A socket is a descriptor", {PAGE_1}},
    {"Ports travel in network byte order", {PAGE_1}},
    {"Names and addresses", {PAGE_1}},
    {"When accept fails", {PAGE_1, PAGE_3, PAGE_4}},
    {"A stream has no messages", {PAGE_1, PAGE_2}},
    {"Who closes what", {PAGE_1, PAGE_2, PAGE_3}},
    {"What is left over", {PAGE_2}},
    {"Taking turns", {PAGE_2}},
    {"When somebody leaves", {PAGE_2}},
    {"A child must end", {PAGE_3}},
    {"One prototype, three bodies", {PAGE_3}},
    {"Signals merge", {PAGE_3}},
    {"What fork copies", {PAGE_3}},
    {"When a signal interrupts accept", {PAGE_3}},
    {"When fork fails", {PAGE_3}},
    {"Zombies", {PAGE_3}},
    {"A member that does not read", {PAGE_4}},
    {"A thread for each client", {PAGE_4}},
    {"Detached or joined", {PAGE_4}},
    {"One lock, for as long as the work takes", {PAGE_4}},
    {"One member's error is not the others'", {PAGE_4}},
    {"When pthread_create fails", {PAGE_4}},
    {"Who is in the room", {PAGE_4}},
    {"Whose argument is it", {PAGE_4}},
};

const char *page_of(const char *section, const char *own)
{
    const struct home *home = homes;
    const struct home *end = homes + sizeof homes / sizeof homes[0];
    while (home < end && strcmp(home->section, section) != 0)
        home++;
    if (home == end)
        return own;
    for (size_t i = 0; i < sizeof home->pages / sizeof home->pages[0]; i++)
        if (home->pages[i] != NULL && strcmp(home->pages[i], own) == 0)
            return own;
    return home->pages[0];
}
