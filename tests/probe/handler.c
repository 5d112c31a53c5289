/*
 * What a signal handler must not call (signal-safety(7)): the functions of stdio, and those of
 * console.h, which are built on vsnprintf; besides, in heap.c and thread.c, malloc and the like,
 * pthread_mutex_lock and exit. They are written down when a handler calls them, and only then;
 * otherwise nothing is changed.
 */
#include "probe/memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unwind.h>

struct walk {
    uintptr_t last; /* where the frame before this one called the next */
    uintptr_t handler;
};

/* A frame that was interrupted stands at the instruction that comes next, and not behind a call:
   the frame that was seen before the kernel's own is the handler. */
static _Unwind_Reason_Code look_at_frame(struct _Unwind_Context *context, void *argument)
{
    struct walk *walk = argument;
    int interrupted = 0;
    uintptr_t place = _Unwind_GetIPInfo(context, &interrupted);
    if (interrupted) {
        walk->handler = walk->last;
        return _URC_END_OF_STACK;
    }
    if (place_in_program((void *)place) != 0)
        walk->last = place;
    return _URC_NO_REASON;
}

void note_unsafe(enum probe_unsafe what)
{
    struct probe_trace *shared = memory();
    struct walk walk = {0};
    if (shared == NULL || orders()->under_valgrind || atomic_load(&shared->handling) == 0)
        return;
    int error = errno;
    _Unwind_Backtrace(look_at_frame, &walk);
    if (walk.handler != 0)
        event_end(event_begin(CALL_UNSAFE, -1, what, (void *)walk.handler), 0);
    errno = error;
}

static void note_call(void)
{
    note_unsafe(UNSAFE_STDIO);
}

int vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    REAL(vsnprintf);
    note_call();
    return real(text, size, format, arguments);
}

int snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return result;
}

int vsprintf(char *text, const char *format, va_list arguments)
{
    REAL(vsprintf);
    note_call();
    return real(text, format, arguments);
}

int sprintf(char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vsprintf(text, format, arguments);
    va_end(arguments);
    return result;
}

int vfprintf(FILE *stream, const char *format, va_list arguments)
{
    REAL(vfprintf);
    note_call();
    return real(stream, format, arguments);
}

int vprintf(const char *format, va_list arguments)
{
    return vfprintf(stdout, format, arguments);
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return result;
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int result = vfprintf(stream, format, arguments);
    va_end(arguments);
    return result;
}

int puts(const char *text)
{
    REAL(puts);
    note_call();
    return real(text);
}

int fputs(const char *text, FILE *stream)
{
    REAL(fputs);
    note_call();
    return real(text, stream);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream)
{
    REAL(fwrite);
    note_call();
    return real(bytes, size, count, stream);
}

void perror(const char *text)
{
    REAL(perror);
    note_call();
    real(text);
}

int putchar(int byte)
{
    REAL(putchar);
    note_call();
    return real(byte);
}

int fputc(int byte, FILE *stream)
{
    REAL(fputc);
    note_call();
    return real(byte, stream);
}

int fflush(FILE *stream)
{
    REAL(fflush);
    note_call();
    return real(stream);
}
