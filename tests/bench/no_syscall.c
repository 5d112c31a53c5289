/* Preloaded into the grader: /proc/PID/syscall cannot be read, as with Yama's ptrace_scope 2 and 3
   (proc(5), Documentation/admin-guide/LSM/Yama.rst of the kernel) or on a kernel without it. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

static int refused(const char *path)
{
    size_t length = strlen(path);
    return strncmp(path, "/proc/", 6) == 0 && length > 8 &&
           strcmp(path + length - 8, "/syscall") == 0;
}

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    if (refused(path)) {
        errno = EPERM;
        return -1;
    }
    return real(path, flags, mode);
}
