/* A program chooses its name in /proc itself, up to 15 bytes: grader/observe/procfs.h. */
#include "fuzz/fuzz.h"

#include "grader/observe/procfs.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pid_t parent = -1;
    struct text name = fuzz_text(data, size);
    if (prctl(PR_SET_NAME, name.start) == -1)
        abort();
    char state = procfs_state(getpid(), &parent);
    fuzz_must(state == 'R' && parent == getppid(), "the name hides neither state nor parent");
    fuzz_must(procfs_tracer(getpid()) == 0, "nor says that somebody traces it");
    fuzz_must(procfs_threads(getpid()) >= 1, "nor hides its threads");
    fuzz_must(procfs_address_space(getpid()) > 0, "nor its memory");
    fuzz_must(procfs_cpu_seconds(getpid()) >= 0, "nor its time");
    text_free(&name);
    return 0;
}
