/* What a class has handed in: every file and folder, as it was found on disk and in archives. */
#ifndef SOCKLADDER_CLASS_ENTRIES_H
#define SOCKLADDER_CLASS_ENTRIES_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MOST_FILE_BYTES = 1 << 20, /* of a file, as the grading takes it */
    MOST_PATH = 4096,
    MOST_DEPTH = 12, /* so many folders and archives in each other */
};

enum entry_kind {
    ENTRY_FOLDER,
    ENTRY_ARCHIVE, /* or something of the kind that could not be read */
    ENTRY_FILE,    /* one that a lab may need: its bytes are there */
    ENTRY_LIST,    /* Gradescope's list of submissions: its bytes are there */
    ENTRY_OTHER,   /* any other file: without its bytes */
};

struct entry {
    char *path; /* below the class's folder, "alice/lab1.zip/tcp.c": any bytes but zero */
    enum entry_kind kind;
    int64_t modified; /* seconds since 1970; 0: not known */
    struct text bytes;
};

/* Starts with {0}; entries_free() ends it. */
struct entries {
    struct entry *list;
    size_t count;
    size_t capacity;
};

/* Adds an entry, and takes BYTES over. */
void entries_add(struct entries *entries, const char *path, enum entry_kind kind, int64_t modified,
                 struct text bytes);

/* Sorts by path, as strcmp(3) does, and drops all but the first of those with the same path. */
void entries_sort(struct entries *entries);

void entries_free(struct entries *entries);

/* ---- what names say ---- */

/* The part of PATH after its last slash. */
const char *last_part(const char *path);

/* May a folder in that of the class be a student's, though its NAME, of LENGTH bytes, begins with a
   dot? Tools and file systems have folders of their own there. */
bool may_be_student(const char *name, size_t length);

/* Is the first folder on PATH hidden, and not one that a platform made for a student? */
bool in_hidden_folder(const char *path);

/* What a file on PATH is, by its names alone. Hidden files, what stands in hidden folders other
   than the first one, which is a student's, and what macOS and Windows add, are nothing: false. */
bool kind_of_file(const char *path, enum entry_kind *kind);

/*
 * The name that a file of a lab was handed in under: platforms and browsers number what is uploaded
 * again, "tcp-1.c", "tcp (1).c". Puts "tcp.c" into NAME, of SIZE bytes, and returns the number; 0
 * if there is none. -1 if the file is none that a student writes in a lab, and no plain header
 * either.
 */
int written_name(const char *path, char *name, size_t size);

/* How long the name of an archive is without its ending (".zip", ".tar.gz" and the like); 0 if NAME
   has no such ending. */
size_t archive_stem(const char *name);

/* An archive of a kind that is not read: ".rar", ".7z". */
bool is_foreign_archive(const char *name);

/* Adds to NOTES, as a line of its own, "PATH: WHAT", unless it is there already. */
void note(struct text *notes, const char *path, const char *what);

#endif
