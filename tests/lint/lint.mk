# `make lint`: what can be said of the files without running what is in them. Included by the Makefile.
LOOKED_AT = .ci common handouts labs solutions tests

# All C files but those that are no unit of their own: pieces of attacks, what coverage and a platform's
# test put in front of others, and what po/ reads. Without libclang nothing of tests/mutants compiles.
C_PIECES = tests/attacks tests/coverage tests/dist tests/po $(if $(LIBCLANG),,tests/mutants)
C_FILES  = $(filter-out $(C_PIECES:%=%/%),$(shell find $(LOOKED_AT) -name '*.[ch]'))
HEADERS  = $(filter %.h,$(C_FILES))
TIDY     = $(filter-out labs/% tests/unit/%,$(filter %.c,$(C_FILES)))
SEEN     = -std=gnu17 -D_GNU_SOURCE -I. -Ilabs -Itests -DCFLAGS_LAB=\"\" $(LIBCLANG_SEEN)

# All scripts, by their first line, and what they read, by its name: none can be forgotten.
SCRIPTS  = $(shell find $(LOOKED_AT) -type f -exec awk -f tests/lint/scripts.awk {} + | LC_ALL=C sort)

LINT_PARTS = format headers layers short-files short-functions version compiled tidy cppcheck scripts corpus other-compiler
.PHONY: lint analyze $(LINT_PARTS)
lint: $(LINT_PARTS)

format:
	@clang-format --dry-run --Werror $(C_FILES)

# Every header stands alone, and the contracts are in labs/ and common/ only.
headers:
	@! find solutions -name '*.h' | grep . || { echo 'headers in solutions/'; exit 1; }
	@for header in $(HEADERS); do $(CC) $(SEEN) -Wall -Wextra -Werror -fsyntax-only -x c $$header || exit 1; done

# A layer of the engine includes only what is to its left.
LAYERS = base observe play expect explain run
layers:
	@grep '^#include "grader/' tests/grader/*/*.[ch] | awk -v layers='$(LAYERS)' -f tests/lint/layers.awk

# A file of the autograder has one reason to exist, and at most 500 lines: a longer one says on its
# first line why it is.
SHORT = $(addprefix tests/,browser class demo drivers grade grader lab-? mutants probe watch)
short-files:
	@awk -f tests/lint/files.awk $(shell find $(wildcard $(SHORT)) -name '*.[ch]')

# No function of a solution has more than 40 lines between its braces.
short-functions:
	@awk -f tests/lint/functions.awk $(wildcard solutions/*/*.c)

# The log of changes has a section for the version of the kit.
version:
	@version=$$(sed -n 's/^#define KIT_VERSION "\(.*\)"/\1/p' tests/grader/base/version.h); \
	[ -n "$$version" ] && grep -qx "## $$version" handouts/en/changes.md || \
	    { echo "handouts/en/changes.md says nothing of version $$version"; exit 1; }

# An editor knows how to compile each C file (and what is made of the catalogs).
compiled: compile_commands.json
	@jq -r '.[].file' $(B)/compile_commands.json | grep -vxF '$(CATALOG:.o=.c)' | LC_ALL=C sort >$(B)/compiled
	@printf '%s\n' $(filter %.c,$(C_FILES)) | LC_ALL=C sort | diff - $(B)/compiled || \
	    { echo 'not all C files are in compile_commands.json'; exit 1; }

# One file at a time: several in one process make clang-tidy 14 see va_lists that are not there. The
# analyzer takes thirty times as long as all the rest: in `make check` it looks at what students
# read and what rides along in their programs; `make analyze` lets it look at everything.
ANALYZED = $(filter common/% solutions/% tests/probe/%,$(TIDY))
define tidy_files
	@mkdir -p $(B)
	@printf '%s\n' $(1) | xargs -P$$(nproc) -I{} sh -c \
	    'clang-tidy --quiet $(2) "{}" -- $(SEEN) 2>$(B)/tidy.$$$$ || { cat $(B)/tidy.$$$$; exit 1; }; rm -f $(B)/tidy.$$$$'
endef
tidy:
	$(call tidy_files,$(ANALYZED),)
	$(call tidy_files,$(filter-out $(ANALYZED),$(TIDY)),--checks=-clang-analyzer-*)
analyze:
	$(call tidy_files,$(TIDY),)

# cppcheck overlooks _Noreturn before a function, and takes the <a/b.h> of __has_include for a
# division. Left out: NULL as the last argument, which is what the man pages of execl and the like
# show; and that it has not looked at all branches.
CPPCHECK = $(filter-out -std=%,$(SEEN)) -D'_Noreturn=__attribute__((noreturn))' -D'__has_include(header)=1' \
           --suppress=varFuncNullUB --suppress=normalCheckLevelMaxBranches
cppcheck:
	@cppcheck -q --enable=warning,performance,portability --error-exitcode=1 -j$$(nproc) $(CPPCHECK) \
	    $(filter-out tests/unit/programs/%,$(filter %.c,$(C_FILES)))

# What attacks do before and after stands in files without a first line; tests/prove runs them.
scripts:
	@shellcheck -x $(SCRIPTS)
	@shellcheck -s sh -e SC2154 $(wildcard tests/attacks/*/prepare tests/attacks/*/check)

# Every patch of the corpus fits, and in one place only; and what keeps it so works.
corpus:
	@tests/rebase -n
	@tests/corpus/test

# Students may use either compiler; the code of the kit has no warning in both.
other-compiler:
	@$(MAKE) $(QUIETLY) tools-now B=$(B)/clang CC=clang
	@for file in $(wildcard labs/*/*.c solutions/*/*.c common/*.c); do for cc in gcc clang; do \
	    $$cc $(CFLAGS_LAB) -I. -Ilabs -Wpedantic -Werror -fsyntax-only $$file || exit 1; done; done
