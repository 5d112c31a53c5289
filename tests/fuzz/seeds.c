/* Plays a fuzz target with the files of a folder, as they are: a main for where there is no
   libFuzzer, and for `make check`, which needs none. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 };

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static bool play(const char *path)
{
    struct text bytes = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file == -1 || !text_read(&bytes, file, MOST_BYTES)) {
        perror(path);
        return false;
    }
    close(file);
    fprintf(stderr, "%s\n", path); /* the last one that is named ended the program */
    LLVMFuzzerTestOneInput((const uint8_t *)bytes.start, bytes.length);
    text_free(&bytes);
    return true;
}

int main(int argc, char **argv)
{
    struct dirent **files;
    int played = 0;
    int count = argc == 2 ? scandir(argv[1], &files, NULL, alphasort) : -1;
    if (count == -1) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    if (LLVMFuzzerInitialize != NULL && LLVMFuzzerInitialize(&argc, &argv) != 0)
        return 2;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], files[i]->d_name);
        if (files[i]->d_type == DT_REG && !play(path))
            return 1;
        played += files[i]->d_type == DT_REG;
        free(files[i]);
    }
    free(files);
    return played > 0 ? 0 : 1;
}
