#include "grade/box_users.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers that nobody is given, of which a box takes as many as a small container has; and, where
   root itself has no more than that, those that the tests take (grader/play/sandbox.c) and one
   more. */
enum {
    NOBODYS = 2010000000,
    ALL = 65536,
    FIRST_OF_FEW = 20000,
    FEW = 40000,
    ROOT_OF_FEW = FIRST_OF_FEW + FEW,
};

/* Does this number stand for a user in our own user namespace? For root. */
static bool user_exists(unsigned user)
{
    if (setresuid((uid_t)-1, user, (uid_t)-1) == -1)
        return false;
    if (setresuid((uid_t)-1, 0, (uid_t)-1) == -1)
        abort(); /* root is always allowed to come back */
    return true;
}

static bool find_for_root(struct box_map *map, bool many)
{
    if (user_exists(NOBODYS) && user_exists(NOBODYS + ALL - 1))
        map->users[0] = (struct box_numbers){0, NOBODYS, many ? ALL : 1};
    else if (user_exists(FIRST_OF_FEW) && user_exists(ROOT_OF_FEW))
        map->users[0] = (struct box_numbers){0, ROOT_OF_FEW, 1};
    else
        return false;
    if (many && map->users[0].count == 1)
        map->users[1] = (struct box_numbers){FIRST_OF_FEW, FIRST_OF_FEW, FEW};
    memcpy(map->groups, map->users, sizeof map->groups);
    return true;
}

/* The numbers from 1 on, as /etc/subuid or the like gives them to USER: subuid(5). */
static bool find_granted(const char *path, struct box_numbers *numbers)
{
    char user[16];
    char line[512];
    const struct passwd *entry = getpwuid(geteuid());
    FILE *file = fopen(path, "re");
    bool found = false;
    snprintf(user, sizeof user, "%u", geteuid());
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        char *colon = strchr(line, ':');
        if (colon == NULL)
            continue;
        *colon = '\0';
        if (strcmp(line, user) != 0 && (entry == NULL || strcmp(line, entry->pw_name) != 0))
            continue;
        unsigned long first = strtoul(colon + 1, &colon, 10);
        unsigned long count = *colon == ':' ? strtoul(colon + 1, NULL, 10) : 0;
        found = first > 0 && count >= ROOT_OF_FEW;
        *numbers =
            (struct box_numbers){1, (unsigned)first, count < ALL ? (unsigned)count : ALL - 1};
    }
    if (file != NULL)
        fclose(file);
    return found;
}

static bool find_for_anybody(struct box_map *map, bool many)
{
    map->users[0] = (struct box_numbers){0, geteuid(), 1};
    map->groups[0] = (struct box_numbers){0, getegid(), 1};
    map->by_helper = many;
    return !many ||
           (access("/usr/bin/newuidmap", X_OK) == 0 && access("/usr/bin/newgidmap", X_OK) == 0 &&
            find_granted("/etc/subuid", &map->users[1]) &&
            find_granted("/etc/subgid", &map->groups[1]));
}

bool box_map_find(struct box_map *map, enum box_users users, struct text *why)
{
    bool root = geteuid() == 0;
    int least = users == BOX_MANY ? 1 : 0;
    for (int many = users == BOX_ONE ? 0 : 1; many >= least; many--) {
        *map = (struct box_map){.many = many};
        if (root ? find_for_root(map, many) : find_for_anybody(map, many))
            return true;
    }
    if (why != NULL && root)
        text_add(why,
                 "root of this container may not become enough other users (user_namespaces(7))");
    else if (why != NULL)
        text_add(why,
                 "there is one user only: apt-get install uidmap, and a line of %d users for "
                 "you in /etc/subuid and /etc/subgid (usermod --add-subuids --add-subgids)",
                 ALL);
    return false;
}

uid_t box_owner(void)
{
    struct box_map map;
    return box_map_find(&map, BOX_BEST, NULL) ? map.users[0].outside : geteuid();
}

bool box_has_many_users(void)
{
    struct box_map map;
    return box_map_find(&map, BOX_MANY, NULL);
}

/* ---- writing it ---- */

static bool write_file(pid_t pid, const char *name, const char *words, struct text *why)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    bool done = file != -1 && write(file, words, strlen(words)) == (ssize_t)strlen(words);
    if (!done)
        text_add(why, "%s of a new user namespace cannot be written: %s", name, strerror(errno));
    if (file != -1)
        close(file);
    return done;
}

static bool write_numbers(const struct box_numbers *numbers, pid_t pid, const char *name,
                          struct text *why)
{
    char words[128] = "";
    for (size_t i = 0, used = 0; i < BOX_NUMBERS && numbers[i].count > 0; i++)
        used += (size_t)snprintf(words + used, sizeof words - used, "%u %u %u\n", numbers[i].inside,
                                 numbers[i].outside, numbers[i].count);
    return write_file(pid, name, words, why);
}

/* HELPER (newuidmap, newgidmap) may write what /etc/subuid or the like allows. */
static bool let_write(const char *helper, const struct box_numbers *numbers, pid_t pid,
                      struct text *why)
{
    char words[1 + 3 * BOX_NUMBERS][16];
    char *arguments[3 + 3 * BOX_NUMBERS] = {(char *)helper, words[0]};
    int count = 1;
    snprintf(words[0], sizeof words[0], "%d", (int)pid);
    for (size_t i = 0; i < BOX_NUMBERS; i++) {
        snprintf(words[count++], sizeof words[0], "%u", numbers[i].inside);
        snprintf(words[count++], sizeof words[0], "%u", numbers[i].outside);
        snprintf(words[count++], sizeof words[0], "%u", numbers[i].count);
    }
    for (int i = 0; i < count; i++)
        arguments[1 + i] = words[i];
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        char *environment[] = {NULL};
        execve(helper, arguments, environment);
        _exit(127);
    }
    while (child != -1 && waitpid(child, &status, 0) == -1 && errno == EINTR)
        ;
    if (status != 0)
        text_add(why, "%s does not give the users of /etc/subuid or /etc/subgid", helper);
    return status == 0;
}

bool box_map_write(const struct box_map *map, pid_t pid, struct text *why)
{
    if (map->by_helper)
        return let_write("/usr/bin/newgidmap", map->groups, pid, why) &&
               let_write("/usr/bin/newuidmap", map->users, pid, why);
    /* Who is not root may map groups only where nobody can leave one: user_namespaces(7). */
    return (geteuid() == 0 || write_file(pid, "setgroups", "deny", why)) &&
           write_numbers(map->groups, pid, "gid_map", why) &&
           write_numbers(map->users, pid, "uid_map", why);
}
