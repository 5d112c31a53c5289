# `make check`: proves that the autograder is right. What CI runs. LABS=2-chat: only that lab is proved.
# Included by the Makefile, as are the parts in the folders of what they prove.

# They take turns on all processors, the longest first, and all of them run even if one fails. What
# they share is built before.
PARTS = dist-test \
        lint \
        unit-valgrind \
        handouts-tests \
        field \
        own-memory \
        class \
        unit \
        demos \
        surroundings-met \
        whole-contrast \
        install-tests \
        odd-place \
        experiments \
        answers-tests \
        sequences-right \
        pictures-right \
        fuzz-seeds \
        endure-briefly

# The tests look for English words, whatever the language of whoever runs them.
.PHONY: check
check: override export LANGUAGE := en
check: translations unit-ready examples experiments-built
	@printf '%s\n' $(PARTS) | xargs -P"$$(nproc)" -I{} $(MAKE) B='$(B)' CC='$(CC)' LABS= {}
	@tests/prove $(LABS)

# ---- the parts that have no file of their own ----

# Every sentence that students read is translated, and what is translated fits. PO=update brings the
# catalogs up to date with the code.
.PHONY: translations
PO = check
translations:
	@mkdir -p $(B) && CC='$(CC)' tests/po/$(PO) $(B)/po && echo '  ✓ translations'
	@$(if $(filter check,$(PO)),tests/po/test $(B)/po)

# valgrind finds nothing in the grader itself, while it plays all scenarios.
.PHONY: own-memory
own-memory: references
	@rm -rf $(B)/own-memory && mkdir -p $(B)/own-memory
	@for lab in $(LAB_FOLDERS); do \
	    valgrind -q --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
	        --error-exitcode=99 --log-file=$(B)/own-memory/%p \
	        $(B)/grader --lab $${lab%%-*} --programs $(B)/programs/$$lab --probe $(B)/probe.so \
	        --sources solutions/$$lab --source solutions --patience 5 --no-valgrind >$(B)/own-memory/report \
	    || { cat $(B)/own-memory/*; exit 1; }; echo "  ✓ own memory, lab $$lab"; done

# A machine that lacks something is told so.
.PHONY: install-tests
install-tests:
	@tests/tools/test

# The kit may stand anywhere, and be built anywhere.
.PHONY: odd-place
ODD := $(B)/an odd: place (1) $$(exit) %C3%BC
odd-place:
	@rm -rf '$(B)'/an\ odd* && mkdir '$(ODD)' && cp -R Makefile labs solutions common tests '$(ODD)'
	@cd '$(ODD)' && NO_COLOR=1 $(MAKE) lab-1 SRC=solutions V=1 B=elsewhere >report 2>&1 && ! grep -q '^[-!?]' report \
	    || { cat '$(ODD)/report'; exit 1; }
	@rm -rf '$(ODD)' && echo '  ✓ in an odd place'

# Folders, files and dates as they come from strangers.
.PHONY: field
field: tools
	@tests/field

# Every cell of the table of `make contrast` is filled in by the references.
.PHONY: whole-contrast
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

# The references in containers, under limits, without valgrind …: no point may be lost. Those that
# are met most often, in two labs, are part of `make check`.
.PHONY: surroundings surroundings-met
surroundings: tools
	@tests/bench/surroundings
surroundings-met: tools
	@if [ "$$(id -u)" = 0 ]; then tests/bench/surroundings -s 1 3; \
	else echo '  - surroundings: only root can make them, so they are not played'; fi

# ---- what takes longer, and is no part of `make check` ----

# Every attack in every lab where it applies, with and without the box, as root and as an ordinary
# user. `make check` plays each one where it bites most.
.PHONY: attacks
attacks: tools
	@tests/prove -a $(LABS)
	@tests/attacks/as-user $(LABS)

# Two bugs in one program: each is still caught, and explained by its own cause or by none.
# PAIRS=50 SEED=2: fewer of them, another sample.
.PHONY: pairs
PAIRS = 200
SEED  = 1
pairs: tools
	@tests/prove -p $(PAIRS) -s $(SEED) $(LABS)

# All tests on the references, with all processors busy, on a single one, with a tenth of one: no test
# may fail once. Each failure comes with the line that plays it again. RUNS=10: a short one, as in CI.
.PHONY: soak
RUNS = 200
soak:
	@B='$(B)' tests/bench/soak -r $(RUNS)

# All of it compiles for the other processor, too. Needs gcc-aarch64-linux-gnu; nothing is run.
.PHONY: arm64 arm64-objects
arm64:
	@$(MAKE) $(QUIETLY) arm64-objects B=$(B)/arm64 CC=aarch64-linux-gnu-gcc
	@for file in $(wildcard solutions/*/*.c); do aarch64-linux-gnu-gcc $(CFLAGS_LAB) -I. -Ilabs \
	    -Wpedantic -Werror -fsyntax-only $$file || exit 1; done
	@echo '  ✓ compiles for arm64'
arm64-objects: $(GRADER) $(GRADE) $(SHARED) $(B)/tests/grade/canary.o $(COMMON) $(MAINS) $(DRIVERS) $(LINK) $(B)/probe.so
