/* For `make coverage`, in front of every file: a process that ends with _exit(2) writes down what
   it has run, as one that returns from main does. Where it must not write, it is silent: what it
   prints is looked at. */
#ifndef SOCKLADDER_COVERAGE_H
#define SOCKLADDER_COVERAGE_H

#include <fcntl.h>
#include <gcov.h>
#include <unistd.h>

static inline _Noreturn void covered_exit(int status)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nothing != -1 && dup2(nothing, STDERR_FILENO) == STDERR_FILENO)
        __gcov_dump();
    _exit(status);
}
#define _exit covered_exit

#endif
