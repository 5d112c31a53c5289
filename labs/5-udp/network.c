#include "5-udp/network.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { NS_IN_MS = 1000 * 1000 };

/* splitmix64 by Sebastiano Vigna: a few lines, the same sequence on every machine, good with any
   seed. rand(3) is another generator in every C library. */
static uint64_t throw_dice(uint64_t *dice)
{
    uint64_t z = *dice += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static bool happens(struct way *way, uint16_t percent)
{
    return throw_dice(&way->dice) % 100 < percent;
}

void way_open(struct way *way, int sock, const struct sockaddr_in *to, uint64_t seed,
              uint64_t number)
{
    *way = (struct way){.sock = sock, .to = *to};
    way->dice = throw_dice(&seed) + number;
    way->dice = throw_dice(&way->dice);
}

/* Inserts DATAGRAM after all that are due before it or at the same time. */
static void insert(struct network *network, struct datagram *datagram)
{
    struct datagram **place = &network->first;
    while (*place != NULL && (*place)->due <= datagram->due)
        place = &(*place)->next;
    datagram->next = *place;
    *place = datagram;
    network->waiting++;
}

static void take_out(struct network *network, struct datagram *datagram)
{
    struct datagram **place = &network->first;
    while (*place != datagram)
        place = &(*place)->next;
    *place = datagram->next;
    network->waiting--;
    if (datagram->way->held == datagram)
        datagram->way->held = NULL;
}

/* Returns a datagram that waits until DUE; NULL if there is no room for it. */
static struct datagram *add(struct network *network, struct way *way, const char *bytes,
                            size_t length, int64_t due)
{
    if (network->waiting == NETWORK_WAITING_MOST)
        return NULL;
    struct datagram *datagram = malloc(sizeof *datagram + length);
    if (datagram == NULL)
        return NULL;
    *datagram = (struct datagram){.way = way, .due = due, .length = length};
    if (length > 0)
        memcpy(datagram->bytes, bytes, length);
    insert(network, datagram);
    return datagram;
}

/* Lets the datagram that is held on WAY leave right after the one that is due at DUE. */
static void overtake(struct network *network, struct way *way, int64_t due)
{
    struct datagram *held = way->held;
    take_out(network, held);
    held->due = due;
    insert(network, held);
    network->reordered++;
}

void network_take(struct network *network, struct way *way, const char *bytes, size_t length,
                  int64_t now)
{
    /* Always three throws, so that what happens to one datagram does not depend on the datagrams
       before it, and a higher loss loses more datagrams, not different ones. */
    bool lost = happens(way, network->loss);
    bool twice = happens(way, network->duplicate);
    bool held = happens(way, network->reorder) && way->held == NULL;
    int64_t due = now + (int64_t)network->delay_ms * NS_IN_MS;
    if (held)
        due += (int64_t)NETWORK_HOLD_MS * NS_IN_MS;

    struct datagram *one = lost ? NULL : add(network, way, bytes, length, due);
    if (one == NULL) {
        network->lost++;
        return;
    }
    struct datagram *copy = twice ? add(network, way, bytes, length, due) : NULL;
    if (copy != NULL)
        copy->copy = true;
    if (held)
        way->held = one;
    else if (way->held != NULL && due < way->held->due)
        overtake(network, way, due);
}

struct datagram *network_next(struct network *network, int64_t now)
{
    struct datagram *first = network->first;
    if (first == NULL || first->due > now)
        return NULL;
    take_out(network, first);
    return first;
}

void network_sent(struct network *network, struct datagram *datagram, bool left)
{
    if (datagram->copy)
        network->duplicated += left;
    else if (left)
        network->passed++;
    else
        network->lost++;
    if (left && !datagram->copy && network->delay_ms > 0)
        network->delayed++;
    free(datagram);
}

int network_wait(const struct network *network, int64_t now)
{
    if (network->first == NULL)
        return -1;
    int64_t left = network->first->due - now;
    if (left <= 0)
        return 0;
    int64_t ms = (left + NS_IN_MS - 1) / NS_IN_MS; /* rounded up, or poll would end too early */
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

void network_drop(struct network *network, const struct way *way)
{
    struct datagram *next;
    for (struct datagram *one = network->first; one != NULL; one = next) {
        next = one->next;
        if (way != NULL && one->way != way)
            continue;
        take_out(network, one);
        network_sent(network, one, false);
    }
}
