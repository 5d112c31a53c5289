#include "mutants/mutants.h"

#include "mutants/find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool find_in(struct original *original, const struct workshop *workshop)
{
    struct text path = {0};
    text_add(&path, "%s/solutions/%s", workshop->root, original->name);
    bool good = find_mutations(path.start, workshop->root, &original->text, &original->mutations);
    text_free(&path);
    return good;
}

static void list_those_of(struct mutants *mutants, const struct original *original)
{
    for (size_t i = 0; i < original->mutations.count; i++) {
        struct mutant *mutant = &mutants->list[mutants->count++];
        *mutant = (struct mutant){.original = original, .mutation = &original->mutations.list[i]};
        mutation_describe(mutant->mutation, &original->text, &mutant->change);
    }
}

bool mutants_find(struct mutants *mutants, const struct workshop *workshop,
                  const struct lab_files *lab)
{
    size_t count = 0;
    *mutants = (struct mutants){.lab = lab};
    for (size_t i = 0; i < count_names(lab->written); i++) {
        struct original *original = &mutants->originals[i];
        snprintf(original->name, sizeof original->name, "%s/%s.c", lab->name, lab->written[i]);
        if (!find_in(original, workshop))
            return false;
        count += original->mutations.count;
    }
    mutants->list = calloc(count + 1, sizeof *mutants->list);
    if (mutants->list == NULL)
        abort();
    for (size_t i = 0; i < count_names(lab->written); i++)
        list_those_of(mutants, &mutants->originals[i]);
    return true;
}

void mutants_free(struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++)
        change_free(&mutants->list[i].change);
    for (size_t i = 0; i < LAB_FILES; i++) {
        text_free(&mutants->originals[i].text);
        mutations_free(&mutants->originals[i].mutations);
    }
    free(mutants->list);
    *mutants = (struct mutants){0};
}

void mutant_source(const struct original *original, const struct mutant *mutant,
                   struct text *source)
{
    if (mutant != NULL)
        mutation_apply(mutant->mutation, &original->text, source);
    else
        text_add_bytes(source, original->text.start, original->text.length);
}

bool mutant_write(const struct original *original, const struct mutant *mutant, const char *path)
{
    struct text source = {0};
    mutant_source(original, mutant, &source);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool good = fd != -1 && text_write(&source, fd);
    if (!good)
        fprintf(stderr, "mutants: %s: %s\n", path, strerror(errno));
    if (fd != -1)
        close(fd);
    text_free(&source);
    return good;
}

bool mutant_counts(const struct mutant *mutant)
{
    return mutant->object != 0 && mutant->changes && mutant->twin == NULL;
}
