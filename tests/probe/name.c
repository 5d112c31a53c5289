/* Looking up names: those that do not exist here, and addresses that lead nowhere, if the test
   wants that. */
#include "probe/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CALLER __builtin_return_address(0)

/* RFC 6761: a name that ends in .invalid never exists. Told at once, so that no test depends on
   this machine's name servers. */
static bool never_exists(const char *name)
{
    static const char suffix[] = ".invalid";
    size_t length = name == NULL ? 0 : strlen(name);
    return length >= sizeof suffix - 1 && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

/* RFC 6761 also says what localhost is; not every machine does (a container without /etc/hosts). */
static bool is_this_machine(const char *name)
{
    return name != NULL && strcmp(name, "localhost") == 0;
}

/* An address like LIVE where nobody listens, 127.255.255.254. It is laid out as glibc does it, in
   one block, so that freeaddrinfo(3) frees it with the others. */
static struct addrinfo *dead_address(const struct addrinfo *live, struct addrinfo *next)
{
    struct dead {
        struct addrinfo info;
        struct sockaddr_in address;
    } *dead = calloc(1, sizeof *dead);
    if (dead == NULL)
        return next;
    dead->info = *live;
    memcpy(&dead->address, live->ai_addr, sizeof dead->address);
    dead->address.sin_addr.s_addr = htonl(0x7ffffffe);
    dead->info.ai_addr = (struct sockaddr *)&dead->address;
    dead->info.ai_canonname = NULL;
    dead->info.ai_next = next;
    return &dead->info;
}

/* Puts one before the first of LIST, and one behind the last: for who goes on too long. */
static struct addrinfo *with_dead_addresses(struct addrinfo *list)
{
    struct addrinfo *live = list;
    while (live != NULL && live->ai_family != AF_INET)
        live = live->ai_next;
    if (live == NULL)
        return list;
    struct addrinfo *last = list;
    while (last->ai_next != NULL)
        last = last->ai_next;
    last->ai_next = dead_address(live, NULL);
    return dead_address(live, list);
}

/* Puts ::1 before the first of LIST, in one block as above: what many a machine knows localhost by.
 */
static struct addrinfo *with_ipv6_first(struct addrinfo *list)
{
    struct other {
        struct addrinfo info;
        struct sockaddr_in6 address;
    } *other = list == NULL || list->ai_family != AF_INET ? NULL : calloc(1, sizeof *other);
    if (other == NULL)
        return list;
    other->info = *list;
    other->info.ai_family = AF_INET6;
    other->info.ai_addrlen = sizeof other->address;
    other->info.ai_addr = (struct sockaddr *)&other->address;
    other->info.ai_canonname = NULL;
    other->info.ai_next = list;
    other->address.sin6_family = AF_INET6;
    other->address.sin6_port = ((const struct sockaddr_in *)list->ai_addr)->sin_port;
    other->address.sin6_addr = in6addr_loopback;
    return &other->info;
}

/* A fault with the LIMIT AF_INET6: for who asks for addresses of any family. Any other: dead. */
static struct addrinfo *with_another_address(struct addrinfo *list, const struct addrinfo *hints)
{
    if (orders()->faults[GROUP_LOOKING_UP].limit != AF_INET6)
        return with_dead_addresses(list);
    return hints == NULL || hints->ai_family == AF_UNSPEC ? with_ipv6_first(list) : list;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    REAL(getaddrinfo);
    struct probe_event *event = event_begin(CALL_GETADDRINFO, -1, 0, CALLER);
    if (event != NULL && never_exists(node))
        return (int)event_end(event, EAI_NONAME);
    bool numeric_only = hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0;
    if (event != NULL && is_this_machine(node) && !numeric_only)
        node = "127.0.0.1";
    int result = real(node, service, hints, list);
    if (result == 0 && event_faulted(event))
        *list = with_another_address(*list, hints);
    return (int)event_end(event, result);
}

/* HOST with a dead address before the first and one behind the last, as above; at most so many. */
static struct hostent *host_with_dead_addresses(const struct hostent *host)
{
    enum { MOST = 16 };
    static PROBE_OWN struct hostent answer;
    static PROBE_OWN in_addr_t dead;
    static PROBE_OWN char *addresses[MOST + 3];
    size_t count = 0;
    dead = htonl(0x7ffffffe);
    addresses[count++] = (char *)&dead;
    for (char **live = host->h_addr_list; *live != NULL && count <= MOST; live++)
        addresses[count++] = *live;
    addresses[count++] = (char *)&dead;
    addresses[count] = NULL;
    answer = *host;
    answer.h_addr_list = addresses;
    return &answer;
}

struct hostent *gethostbyname(const char *name)
{
    REAL(gethostbyname);
    struct probe_event *event = event_begin(CALL_GETHOSTBYNAME, -1, 0, CALLER);
    struct hostent *host = NULL;
    if (event != NULL && never_exists(name))
        h_errno = HOST_NOT_FOUND;
    else
        host = real(event != NULL && is_this_machine(name) ? "127.0.0.1" : name);
    /* It knows no addresses but those of IPv4. */
    if (host != NULL && host->h_addrtype == AF_INET && event_faulted(event) &&
        orders()->faults[GROUP_LOOKING_UP].limit != AF_INET6)
        host = host_with_dead_addresses(host);
    event_end(event, host == NULL ? h_errno : 0);
    return host;
}
