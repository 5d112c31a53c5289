# Every command that a person types. `make` alone lists them, and your progress in each lab.
B  := build
CC := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
# No rules and variables of make's own: they are half of what it costs to start it.
MAKEFLAGS += -rR --no-print-directory

# SAN=1: with address and undefined behaviour sanitizers, in a folder of its own. A make within make
# has that folder already.
ifneq ($(SAN),)
override B := $(patsubst %/san,%,$(B))/san
# gcc warns of what cannot happen in code that it has instrumented.
INSTRUMENT := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
              -Wno-format-truncation
endif

# COVERAGE=1, for `make coverage`: likewise. What forks and becomes another program writes nothing
# down before: it may have no right to, and would complain where the tests look.
ifneq ($(COVERAGE),)
override B := $(patsubst %/coverage,%,$(B))/coverage
INSTRUMENT := --coverage -fprofile-abs-path -include tests/coverage/coverage.h \
              $(addprefix -fno-builtin-exec,l le lp v ve vp)
endif

# Whose programs a demonstration shows: the reference's, unless a person says otherwise with SRC=. (A
# make within make finds in its environment what the outer one made of SRC.)
override SHOWN := $(if $(and $(filter environment,$(origin SRC)),$(filter-out 0,$(MAKELEVEL))),$(value SHOWN),$(value SRC))

# What a person passes on, as it was typed: nothing in it is ever read as make, or by a shell.
PASSED := SRC BASE ONLY TEST STEP V JSON JUNIT JOBS PATIENCE BOX BREAK COMMANDS LAB PART LANGUAGE SOLUTIONS
$(foreach name,$(PASSED),$(eval override $(name) := $$(value $(name))))
override SRC := $(if $(SRC),$(SRC),labs)
export $(PASSED) SHOWN
MAKEOVERRIDES :=

# For a make within make: no noise, and all processors unless the outer one shares them out already.
QUIETLY = -s $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) B='$(B)' CC='$(CC)'

LAB_FOLDERS := 1-echo 2-chat 3-fork 4-pthread 5-udp
NUMBERS     := 1 2 3 4 5

# Programs under test: without _FORTIFY_SOURCE, so that the probe sees every call under its own name;
# without tail calls and inlining, so that each call has its line and its function; with each malloc
# in its place, even if what it returns is not needed; and with the debug information that every
# valgrind in use reads, whatever the compiler.
CFLAGS_LAB    := -std=gnu17 -D_DEFAULT_SOURCE -U_FORTIFY_SOURCE -gdwarf-4 -O1 -Wall -Wextra \
                 -fno-optimize-sibling-calls -fno-inline -fno-builtin-malloc -fno-builtin-calloc
CFLAGS_GIVEN  := $(CFLAGS_LAB) -I. -Ilabs -MMD -MP
CFLAGS_GRADER := -std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wpedantic -Werror \
                 -I. -Ilabs -Itests -MMD -MP $(INSTRUMENT)
# What grade compiles with is what make compiles the given files with.
DEFINE_FLAGS  := -DCFLAGS_LAB='"$(CFLAGS_LAB)"'
# <sys/socket.h> itself breaks -Wpedantic where its functions are defined instead of called.
CFLAGS_PROBE  := $(filter-out -Wpedantic $(INSTRUMENT),$(CFLAGS_GRADER)) -O2 -fPIC -fvisibility=default

# The catalogs of other languages are a table of every program that talks to students.
CATALOG := $(B)/tests/po/zh.o
GRADER := $(patsubst %.c,$(B)/%.o,$(wildcard tests/grader/*/*.c tests/grader/*/*/*.c tests/lab-*/*.c)) $(CATALOG)
# What the grader and grade share.
SHARED := $(addprefix $(B)/tests/grader/base/,landlock.o lean.o limit.o machine.o messages.o remove.o text.o tools.o whole_file.o) \
          $(CATALOG)
GRADE  := $(patsubst %.c,$(B)/%.o,$(filter-out %/canary.c,$(wildcard tests/grade/*.c)))
PROBE  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/probe/*.c))
WATCH  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/watch/*.c))
DEMO   := $(patsubst %.c,$(B)/%.o,$(wildcard tests/demo/*.c))
CONTRAST := $(patsubst %.c,$(B)/%.o,$(wildcard tests/contrast/*.c))
SEQUENCES := $(patsubst %.c,$(B)/%.o,$(wildcard tests/sequences/*.c))
COMMON := $(patsubst %.c,$(B)/%.o,$(wildcard common/*.c))
MAINS  := $(patsubst %.c,$(B)/%.o,$(wildcard labs/*/server.c labs/*/client.c $(addprefix labs/,2-chat/operator.c 2-chat/skip.c 3-fork/repeat.c)))
DRIVERS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/drivers/*.c))
LINK   := $(B)/labs/5-udp/link

# What only instructors build: it needs libarchive.
CLASS_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/class/*.c))
BROWSER := $(patsubst %.c,$(B)/%.o,$(wildcard tests/browser/*.c))

.PHONY: help
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile
	@for lab in $(LAB_FOLDERS); do printf '  %-10s %s\n' "$$lab" \
	    "$$(cat "$(B)/scores/$$lab" 2>/dev/null || echo 'not tried yet')"; done

#: Students
#:   make lab-1                     test your work in labs/1-echo (then lab-2 … lab-5)
#:   make lab-1 STEP=1              test the first step of the lab alone
#:   make lab-1 ONLY=long_message   run one test, with a full report (make list-1 lists them)
#:   make lab-4 ONLY=room           run a group of tests: a part of the report (ONLY=a,b: several)
#:   make debug-1 ONLY=long_message run it again in gdb, stopped at the line that the report names
#:   make watch-1                   test again whenever you save a file, and say what has changed
#:   make hint-1                    the next hint for the first test that fails
#:   make trace-1 TEST=long_message what your programs and the test did, as a picture (also as SVG)
#:   make demo-1                    see what the finished lab does (SRC=labs: what yours does)
#:   make lab-2 BASE=reference      use the reference solutions of the labs before lab 2
#:   make solution-1                after full marks: the reference solution, with its reasons
#:   cd labs/1-echo && make         build server and client, to try them by hand
#:   make explore                   small programs that show what the kernel does
#:   make contrast                  compare your TCP and UDP programs side by side
#: Instructors
#:   make lab-1 SRC=DIR             test another folder: DIR/1-echo/tcp.c, or DIR/tcp.c
#:   ... BOX=1                      isolate untrusted programs in a box (needs bubblewrap)
#:   ... JSON=FILE JUNIT=FILE       write the results for Gradescope or a CI system
#:   make grade CLASS=DIR [LABS="1 3"] [OUT=DIR] [BASE=DIR]
#:                                  grade a whole class: folders, files, archives
#:   ... CANVAS=FILE POINTS=FILE DUE=2026-12-01T18:00 LATE=10%/day
#:                                  fill in Canvas's table, change points, count days
#:                                  (handouts/en/instructors.md names all options)
#:   ... ENGINE=parallel HOSTS=FILE grade it on other machines (or ENGINE=slurm, or JOBLIST=FILE)
#:   make dist [SOLUTIONS="1 2"]    make the kit for students, without the solutions (but with these)
#:   make gradescope LAB=1          make what Gradescope wants to grade lab 1 (or classroom50, autolab)
#: Maintainers
#:   make check                     prove that the autograder is right
#:   make bench [PART=servers]      measure the servers, or PART=grader, check or class
#:   make handouts                  build the pages of handouts/ as a site (and PDF, with chromium)
#:   make mutants [LAB=2]           change the solutions in each small place: do the tests notice?
#:   make soak [RUNS=200]           prove that no test fails by chance on a busy machine
#:   make matrix [LAB=2-chat]       list which test catches which bug and which mutant
#:   make endure [SECONDS=600]      put the references among hostile clients
#:   make fuzz [SECONDS=60] [TARGET=trace]
#:                                  feed changed bytes to all that reads what strangers wrote
#: Also: V=1 reports every test, and every failure in full, LANGUAGE=zh makes the report Chinese,
#: PATIENCE=3 gives slow machines more time, NO_COLOR=1 turns colour off, CC=clang uses another
#: compiler, B=DIR builds in another folder (for a read-only checkout).
#:
#: Your progress
# What has the number of a lab: lab-1, and so on.
NUMBERED := debug demo hint lab list solution trace watch
EACH_LAB := $(foreach word,$(NUMBERED),$(NUMBERS:%=$(word)-%))
# What each grades, as it was typed.
GRADE_LAB = $(B)/grade --lab $* --cc '$(CC)' --typed --tree "$$SRC" --base "$$BASE"
.PHONY: $(EACH_LAB) by-hand tools tools-now references contrast clean
$(NUMBERS:%=lab-%): lab-%: tools
	@exec $(GRADE_LAB) --only "$$ONLY" --step "$$STEP" --json "$$JSON" --junit "$$JUNIT" \
	    --jobs "$$JOBS" --patience "$$PATIENCE" \
	    $(if $(V),--verbose) $(if $(BOX),--box) \
	    $(if $(ONLY)$(STEP)$(filter-out labs,$(SRC)),,--score $(B)/scores/$(filter $*-%,$(LAB_FOLDERS)))

# The program under test in gdb, while the test plays the other side.
$(NUMBERS:%=debug-%): debug-%: tools
	@exec $(GRADE_LAB) --only "$$ONLY" --place debug --debug --break "$$BREAK" --commands "$$COMMANDS"

# The next hint for the first test that fails; the conversation of one test (TEST=), as a picture.
$(NUMBERS:%=hint-%): hint-%: tools
	@mkdir -p $(B)/hints && $(GRADE_LAB) --place hint \
	    --hint $(B)/hints/$(filter $*-%,$(LAB_FOLDERS)) || { status=$$?; [ $$status = 1 ] || exit $$status; }
$(NUMBERS:%=trace-%): trace-%: tools
	@mkdir -p $(B)/trace/$(filter $*-%,$(LAB_FOLDERS)) && $(GRADE_LAB) \
	    --place trace --only "$$TEST" --trace $(B)/trace/$(filter $*-%,$(LAB_FOLDERS)); status=$$?; \
	    [ $$status -gt 1 ] || { echo "the same as a picture: $(B)/trace/$(filter $*-%,$(LAB_FOLDERS))/"; exit 0; }; exit $$status

# Grades again whenever a file of the lab is saved.
$(NUMBERS:%=watch-%): watch-%: tools
	@$(MAKE) $(QUIETLY) $(B)/watch
	@folder="$$SRC/$(filter $*-%,$(LAB_FOLDERS))"; [ -d "$$folder" ] || folder=$$SRC; mkdir -p $(B)/watched; \
	exec $(B)/watch $(B)/watched/$* "$$folder" -- $(GRADE_LAB) \
	    --only "$$ONLY" --step "$$STEP" --json $(B)/watched/$* --place watch
$(B)/watch: $(WATCH) $(filter %/messages.o,$(SHARED)) $(CATALOG)
	$(CC) $(INSTRUMENT) -o $@ $^ -lcjson

# The consoles of the finished lab, side by side.
$(NUMBERS:%=demo-%): demo-%: tools
	@$(MAKE) $(QUIETLY) $(B)/demo
	@tree=$$SHOWN whose=$$SHOWN programs=$(B)/demo-programs/$(filter $*-%,$(LAB_FOLDERS)); \
	if [ -z "$$tree" ] || [ "$$tree" = reference ]; then tree=reference whose='the reference'; fi; \
	if [ -z "$$SHOWN" ] && [ ! -d solutions ] && [ ! -d "reference/$$(uname -m)" ]; then \
	    tree=labs whose='labs (this kit has no reference)'; fi; \
	rm -rf "$$programs" && mkdir -p "$$programs" && \
	$(B)/grade --lab $* --cc '$(CC)' --tree "$$tree" --base "$${BASE:-$$tree}" --place demo --into "$$programs" && \
	exec $(B)/demo $* "$$programs" $(LINK) "$$whose"
$(B)/demo: $(DEMO)
	$(CC) $(INSTRUMENT) -o $@ $^

# The reference, to read after the lab.
$(NUMBERS:%=solution-%): solution-%: tools
	@exec sh tests/solution/show $(filter $*-%,$(LAB_FOLDERS)) $(GRADE_LAB) --place solution

$(NUMBERS:%=list-%): list-%: tools
	@$(B)/grader --lab $* --list

# Any other number that was typed.
$(filter-out $(EACH_LAB),$(filter $(NUMBERED:%=%-%),$(MAKECMDGOALS))):
	@echo 'There is no lab $(filter-out $(NUMBERED),$(subst -, ,$@)). The labs are 1 to 5: make lab-1' >&2; exit 2

# Called by the Makefile of a lab's folder.
by-hand: tools
	@$(B)/grade --lab $(LAB) --cc '$(CC)' --tree labs --into labs/$(LAB)
	@$(if $(filter 5-udp,$(LAB)),cp $(LINK) labs/$(LAB)/)

# The table of lab 5's handout. What cannot be built has empty cells. With BASE=, the labs below
# lab 5 come from there.
contrast: tools
	@$(MAKE) $(QUIETLY) $(B)/contrast
	@tcp=$${BASE:-$$SRC}; for lab in 1-echo 3-fork 4-pthread 5-udp; do rm -rf $(B)/contrasted/$$lab; \
	    mkdir -p $(B)/contrasted/$$lab; \
	    [ $$lab = 5-udp ] && tree=$$SRC || tree=$$tcp; \
	    $(B)/grade --lab $$lab --cc '$(CC)' --tree "$$tree" --base "$$tcp" \
	        --into $(B)/contrasted/$$lab 2>/dev/null || true; done; \
	$(B)/contrast $(B)/contrasted $(B)/probe.so "$$tcp" "$$SRC"
$(B)/contrast: $(CONTRAST) $(filter-out %/main.o $(B)/tests/lab-%,$(GRADER))
	$(CC) $(INSTRUMENT) -o $@ $^ -lcmocka -lcjson -pthread

# ---- the autograder ----
# Built by one make at a time, however many are run at once.
tools:
	@$(if $(wildcard $(B)/grader),,CC='$(CC)' sh tests/tools/requirements || exit 2; \
	    echo 'The autograder is built first. This takes some time, once.' >&2)
	@mkdir -p $(B)/scores || { echo 'It belongs to somebody else? B=DIR builds elsewhere.' >&2; exit 3; }
	@umask 022; flock -w 300 $(B)/scores $(MAKE) $(QUIETLY) tools-now
tools-now: $(B)/grade $(B)/grader $(B)/canary $(B)/probe.so $(COMMON) $(MAINS) $(DRIVERS) $(LINK) $(B)/lean
$(B)/grade: $(GRADE) $(SHARED)
	$(CC) $(INSTRUMENT) -Wl,-z,now -o $@ $^
$(B)/canary: $(B)/tests/grade/canary.o
	$(CC) $(INSTRUMENT) -o $@ $^
# Bound at once, or each test's process would look up the same functions again.
$(B)/grader: $(GRADER)
	$(CC) $(INSTRUMENT) -Wl,-z,now -o $@ $^ -lcmocka -lcjson -pthread
# A C library with which valgrind starts faster, as long as the grader has the same one. If there can
# be none, nothing is lost but time.
$(B)/lean: $(B)/grader tests/tools/lean-library
	@sh tests/tools/lean-library '$(B)' 2>/dev/null; touch $@
$(B)/probe.so: $(PROBE)
	$(CC) -shared -o $@ $^ -ldl
$(LINK): %: %.o $(B)/labs/5-udp/network.o $(COMMON)
	$(CC) -o $@ $^
$(B)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GRADER) -c -o $@ $<
$(CATALOG): $(B)/%.o: $(B)/%.c
	$(CC) $(CFLAGS_GRADER) -c -o $@ $<
$(CATALOG:.o=.c): $(B)/tests/po/%.c: tests/po/table.awk $(wildcard tests/po/*/*.po)
	@mkdir -p $(@D)
	awk -v LANGUAGE=$* -f tests/po/table.awk tests/po/$*/*.po >$@.new && mv $@.new $@
$(B)/tests/grade/build.o: Makefile
$(B)/tests/grade/build.o: CFLAGS_GRADER += $(DEFINE_FLAGS)
$(PROBE): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_PROBE) -c -o $@ $<
$(DRIVERS): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GIVEN) -Itests -c -o $@ $<
$(B)/labs/%.o: labs/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GIVEN) -c -o $@ $<
$(B)/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GIVEN) -c -o $@ $<

# The programs of the references, for tests of the kit. Built by one make at a time, too.
references: tools
	@mkdir -p $(B)/programs
	@flock -w 300 $(B)/programs $(MAKE) $(QUIETLY) $(B)/programs/built
$(B)/programs/built: $(B)/grade $(COMMON) $(MAINS) $(DRIVERS) $(wildcard solutions/*/*.c labs/*/*.h common/*.h)
	@for lab in $(LAB_FOLDERS); do mkdir -p $(B)/programs/$$lab && \
	    $(B)/grade --lab $$lab --tree solutions --into $(B)/programs/$$lab --all || exit 1; done
	@touch $@

clean:
	rm -rf $(B) $(foreach lab,$(LAB_FOLDERS),labs/$(lab)/server labs/$(lab)/client) labs/5-udp/link

include tests/check.mk \
        tests/bench/bench.mk \
        tests/class/class.mk \
        tests/coverage/coverage.mk \
        tests/dist/dist.mk \
        tests/endure/endure.mk \
        tests/explore/explore.mk \
        tests/fuzz/fuzz.mk \
        tests/handouts/handouts.mk \
        tests/lint/lint.mk \
        tests/matrix/matrix.mk \
        tests/mutants/mutants.mk \
        tests/unit/unit.mk \
        tests/editor/editor.mk
-include $(wildcard $(B)/common/*.d $(B)/labs/*/*.d $(B)/tests/*.d $(B)/tests/*/*.d $(B)/tests/*/*/*.d $(B)/tests/*/*/*/*.d)

# An option that nothing reads is misspelt: what it asked for would be missing, and nobody told.
NOT_OURS := B CC SAN COVERAGE SEED PROBLEM SOURCE_DATE_EPOCH CFLAGS_% NO_COLOR COLUMNS TERM PATH SHELL HOME TMPDIR TZ \
            LANG LC_% SBATCH_%
MISSPELT  = $(sort $(filter-out $(NOT_OURS),$(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))))
ifneq ($(filter $(NUMBERED:%=%-%) grade dist gradescope classroom50 autolab,$(MAKECMDGOALS)),)
$(if $(MISSPELT),$(error There is no option $(MISSPELT:%=%=). Is it misspelt? Type `make` alone for a list))
endif
