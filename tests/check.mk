# `make check`: proves that the autograder is right. What CI runs. LABS=2-chat: only that lab is proved.
C_FOLDERS = common handouts/examples handouts/experiments labs solutions tests/bench tests/browser tests/class tests/contrast \
            tests/sequences \
            tests/demo tests/drivers tests/grade tests/grader tests/lab-? $(if $(LIBCLANG),tests/mutants) tests/probe tests/unit tests/watch
C_FILES   = $(shell find $(wildcard $(C_FOLDERS)) -name '*.[ch]')
SCRIPTS   = $(filter-out %.c %.awk %.mk %/load %/peers,$(wildcard .ci/* tests/bench/*)) \
            $(DIST_SCRIPTS) \
            $(filter-out %.awk %.mk,$(wildcard tests/handouts/*)) \
            $(addprefix tests/po/,check compare extract headings test update) \
            $(addprefix tests/class/,engine sixty slurm-test test) \
            $(addprefix tests/,attacks/as-user browser/test corpus/corpus.sh corpus/test demo/test explore/test field prove rebase) \
            $(addprefix tests/,solution/show solution/test tools/lean-library tools/requirements tools/test)
TIDY      = $(filter-out labs/% tests/unit/%,$(filter %.c,$(C_FILES)))
HEADERS   = $(filter %.h,$(C_FILES))
SEEN      = -std=gnu17 -D_GNU_SOURCE -I. -Ilabs -Itests -DCFLAGS_LAB=\"\" $(LIBCLANG_SEEN)

# The tests look for English words, whatever the language of whoever runs them.
check: override export LANGUAGE := en

# Every sentence that students read is translated, and what is translated fits. PO=update brings the
# catalogs up to date with the code.
.PHONY: translations
PO = check
check: translations
translations:
	@mkdir -p $(B) && CC='$(CC)' tests/po/$(PO) $(B)/po && echo '  ✓ translations'
	@$(if $(filter check,$(PO)),tests/po/test $(B)/po)

.PHONY: install-tests odd-place field check lint format headers layers short-files short-functions version compiled tidy analyze cppcheck scripts corpus other-compiler own-memory whole-contrast attacks pairs soak surroundings surroundings-met
# The parts take turns on all processors, the longest first, and all of them run even if one fails.
# What they share is built before.
PARTS = dist-test lint unit-valgrind handouts-tests field own-memory class unit demos surroundings-met \
        whole-contrast install-tests odd-place experiments answers-tests sequences-right pictures-right
check: unit-ready examples experiments-built
	@printf '%s\n' $(PARTS) | xargs -P"$$(nproc)" -I{} $(MAKE) B='$(B)' CC='$(CC)' {}
	@tests/prove $(LABS)

LINT_PARTS = format headers layers short-files short-functions version compiled tidy cppcheck scripts corpus other-compiler
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
	@grep '^#include "grader/' tests/grader/*/*.[ch] | awk -F/ -v layers='$(LAYERS)' \
	    'BEGIN { count = split(layers, name, " "); for (i = 1; i <= count; i++) place[name[i]] = i } \
	    !($$3 in place) || !($$5 in place) || place[$$5] > place[$$3] { print; bad = 1 } \
	    END { if (NR == 0 || bad) { print "A layer includes one to its right, or there is another folder."; exit 1 } }'

# An editor knows how to compile each C file (and what is made of the catalogs).
compiled: compile_commands.json
	@jq -r '.[].file' $(B)/compile_commands.json | grep -vxF '$(CATALOG:.o=.c)' | LC_ALL=C sort >$(B)/compiled
	@printf '%s\n' $(filter %.c,$(C_FILES)) | LC_ALL=C sort | diff - $(B)/compiled || \
	    { echo 'not all C files are in compile_commands.json'; exit 1; }

# The log of changes has a section for the version of the kit.
version:
	@version=$$(sed -n 's/^#define KIT_VERSION "\(.*\)"/\1/p' tests/grader/base/version.h); \
	[ -n "$$version" ] && grep -qx "## $$version" handouts/en/changes.md || \
	    { echo "handouts/en/changes.md says nothing of version $$version"; exit 1; }

# A file of the autograder has one reason to exist, and at most 500 lines: a longer one says on its
# first line why it is.
short-files:
	@awk 'FNR == 1 { reason = /: .*500 lines/ } FNR == 501 && !reason { print FILENAME ": more than 500 lines"; bad = 1 } \
	    END { exit bad }' $(shell find $(wildcard $(addprefix tests/,browser class demo drivers grade grader lab-? mutants probe watch)) -name '*.[ch]')

# No function of a solution has more than 40 lines between its braces.
short-functions:
	@awk 'FNR == 1 { open = 0 } /^{/ { open = FNR } \
	    /^}/ && open { if (FNR - open > 41) { print FILENAME ":" open ": more than 40 lines"; bad = 1 } open = 0 } \
	    END { exit bad }' $(wildcard solutions/*/*.c)

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

scripts:
	@shellcheck -x $(SCRIPTS)
	@shellcheck -s sh -e SC2154 tests/attacks/lib.sh $(wildcard tests/attacks/*/prepare tests/attacks/*/check)

# Every patch of the corpus fits, and in one place only; and what keeps it so works.
corpus:
	@tests/rebase -n
	@tests/corpus/test

# Students may use either compiler; the code of the kit has no warning in both.
other-compiler:
	@$(MAKE) $(QUIETLY) tools-now B=$(B)/clang CC=clang
	@for file in $(wildcard labs/*/*.c solutions/*/*.c common/*.c); do for cc in gcc clang; do \
	    $$cc $(CFLAGS_LAB) -I. -Ilabs -Wpedantic -Werror -fsyntax-only $$file || exit 1; done; done

# All of it compiles for the other processor, too. Needs gcc-aarch64-linux-gnu; nothing is run.
.PHONY: arm64 arm64-objects
arm64:
	@$(MAKE) $(QUIETLY) arm64-objects B=$(B)/arm64 CC=aarch64-linux-gnu-gcc
	@for file in $(wildcard solutions/*/*.c); do aarch64-linux-gnu-gcc $(CFLAGS_LAB) -I. -Ilabs \
	    -Wpedantic -Werror -fsyntax-only $$file || exit 1; done
	@echo '  ✓ compiles for arm64'
arm64-objects: $(GRADER) $(GRADE) $(SHARED) $(B)/tests/grade/canary.o $(COMMON) $(MAINS) $(DRIVERS) $(LINK) $(B)/probe.so

# valgrind finds nothing in the grader itself, while it plays all scenarios.
own-memory: references
	@rm -rf $(B)/own-memory && mkdir -p $(B)/own-memory
	@for lab in $(LABS); do \
	    valgrind -q --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
	        --error-exitcode=99 --log-file=$(B)/own-memory/%p \
	        $(B)/grader --lab $${lab%%-*} --programs $(B)/programs/$$lab --probe $(B)/probe.so \
	        --sources solutions/$$lab --source solutions --patience 5 --no-valgrind >$(B)/own-memory/report \
	    || { cat $(B)/own-memory/*; exit 1; }; echo "  ✓ own memory, lab $$lab"; done

install-tests:
	@tests/tools/test

# The kit may stand anywhere, and be built anywhere.
ODD := $(B)/an odd: place (1) $$(exit) %C3%BC
odd-place:
	@rm -rf '$(B)'/an\ odd* && mkdir '$(ODD)' && cp -R Makefile labs solutions common tests '$(ODD)'
	@cd '$(ODD)' && NO_COLOR=1 $(MAKE) lab-1 SRC=solutions V=1 B=elsewhere >report 2>&1 && ! grep -q '^[-!?]' report \
	    || { cat '$(ODD)/report'; exit 1; }
	@rm -rf '$(ODD)' && echo '  ✓ in an odd place'

# Folders, files and dates as they come from strangers.
field: tools
	@tests/field

# Every cell of the table of `make contrast` is filled in by the references.
whole-contrast: tools
	@$(MAKE) $(QUIETLY) contrast SRC=solutions >$(B)/contrast.table || { cat $(B)/contrast.table; exit 1; }
	@echo '  ✓ contrast'

# Each experiment of the handouts shows what it claims.
.PHONY: experiments
experiments:
	@$(MAKE) $(QUIETLY) experiments-built
	@tests/explore/test $(X) $(EXPERIMENTS)

# The demonstrations of all labs, with the references, in a pipe and in a terminal.
.PHONY: demos
demos: tools
	@tests/demo/test '$(B)'

# Who may read the reference.
.PHONY: answers-tests
answers-tests: tools
	@tests/solution/test $(B)/answers-tests

# Every attack in every lab where it applies, with and without the box, as root and as an ordinary
# user. `make check` plays each one where it bites most.
attacks: tools
	@tests/prove -a $(LABS)
	@tests/attacks/as-user $(LABS)

# Two bugs in one program: each is still caught, and explained by its own cause or by none.
# PAIRS=50 SEED=2: fewer of them, another sample.
PAIRS = 200
SEED  = 1
pairs: tools
	@tests/prove -p $(PAIRS) -s $(SEED) $(LABS)

# All tests on the references, with all processors busy, on a single one, with a tenth of one: no test
# may fail once. Each failure comes with the line that plays it again. RUNS=10: a short one, as in CI.
RUNS = 200
soak:
	@B='$(B)' tests/bench/soak -r $(RUNS)

# The references in containers, under limits, without valgrind …: no point may be lost. Those that
# are met most often, in two labs, are part of `make check`.
surroundings: tools
	@tests/bench/surroundings
surroundings-met: tools
	@if [ "$$(id -u)" = 0 ]; then tests/bench/surroundings -s 1 3; \
	else echo '  - surroundings: only root can make them, so they are not played'; fi
