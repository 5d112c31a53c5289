# Every command that a person types. Bare `make` shows them, and how far each lab has come.
SRC  ?= labs
BASE ?= $(SRC)
CC   := $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
B    := build
# No rules and variables of make's own: they are half of what it costs to start it.
MAKEFLAGS += -rR
$(if $(filter-out 1,$(words $(SRC)) $(words $(BASE))),$(error make takes no folder with a space in \
its name: SRC=$(SRC) BASE=$(BASE)))

# The labs; what a student writes in each; what it takes from the labs below, in BASE; what it is
# given besides its mains.
LABS              := 1-echo 2-chat 3-fork 4-pthread 5-udp
WRITTEN_1-echo    := tcp echo serve
WRITTEN_2-chat    := line chat
BELOW_2-chat      := 1-echo/tcp 1-echo/serve
WRITTEN_3-fork    := serve
BELOW_3-fork      := 1-echo/tcp 2-chat/line 2-chat/chat
CLIENT_3-fork     := 2-chat
GIVEN_3-fork      := 3-fork/repeat
WRITTEN_4-pthread := serve room talk
BELOW_4-pthread   := 1-echo/tcp 2-chat/line
GIVEN_4-pthread   := 3-fork/repeat
WRITTEN_5-udp     := udp

# Programs under test: without _FORTIFY_SOURCE, so that the probe sees every call under its own name;
# without tail calls and inlining, so that each call has its line and its function; and with the
# debug information that every valgrind in use reads, whatever the compiler.
CFLAGS_LAB    := -std=gnu17 -D_DEFAULT_SOURCE -U_FORTIFY_SOURCE -gdwarf-4 -O1 -Wall -Wextra \
                 -fno-optimize-sibling-calls -fno-inline -I. -Ilabs -MMD -MP
CFLAGS_GRADER := -std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wpedantic -Werror -I. -Ilabs -Itests \
                 -MMD -MP
# <sys/socket.h> itself breaks -Wpedantic where its functions are defined instead of called.
CFLAGS_PROBE  := $(filter-out -Wpedantic,$(CFLAGS_GRADER)) -O2 -fPIC -fvisibility=default

# The lab that lab number $* stands on directly.
below = $(patsubst %/,%,$(lastword $(sort $(dir $(BELOW_$(patsubst labs/%,%,$(wildcard labs/$*-*)))))))

# For a make within make: no noise, and all processors unless the outer one shares them out already.
QUIETLY = -s --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(PROCESSORS))
PROCESSORS ?= $(shell nproc)
export PROCESSORS := $(PROCESSORS)

# A tree and its base build in a folder of their own.
tree = $(B)/trees/$(subst /,_,$(SRC))$(if $(filter-out $(SRC),$(BASE)),+$(subst /,_,$(BASE)))

GRADER := $(patsubst %.c,$(B)/%.o,$(wildcard tests/grader/*.c tests/lab-*.c))
PROBE  := $(patsubst %.c,$(B)/%.o,$(wildcard tests/probe/*.c))
GIVEN  := $(patsubst %,$(B)/labs/%.o,$(GIVEN_3-fork)) \
          $(patsubst %.c,$(B)/%.o,$(wildcard labs/*/server.c labs/*/client.c))
LINK   := $(B)/labs/5-udp/link
COMMON := $(patsubst %.c,$(B)/%.o,$(wildcard common/*.c))

.PHONY: help
help:
	@sed -n 's/^#: //p' Makefile
	@for lab in $(LABS); do printf '  %-10s %s\n' "$$lab" \
	    "$$(cat "$(B)/trees/labs/$$lab/score" 2>/dev/null || echo 'not tried yet')"; done

#: Students
#:   make lab-1                     test what you have written in labs/1-echo (then lab-2 … lab-5)
#:   make lab-1 ONLY=long_message   one test, told whole (make list-1 names them)
#:   make lab-2 BASE=solutions      go on, on the reference of the labs below
#:   cd labs/1-echo && make         build server and client, to try by hand
#:   make contrast                  the same questions over your TCP and your UDP, side by side
#: Instructors
#:   make lab-1 SRC=DIR             test another tree: DIR/1-echo/tcp.c and so on
#:   ... JSON=FILE JUNIT=FILE       write the results for Gradescope or a CI system
#: Maintainers
#:   make check                     prove that the autograder is right
#:   make bench                     how fast it is, in one run side by side
#:   make soak                      that no test fails by chance, with all processors busy
#: Also: V=1 tells every failure whole, PATIENCE=3 is for slow machines, NO_COLOR=1 is plain.
#:
#: How far you are
NUMBERS = $(foreach lab,$(LABS),$(firstword $(subst -, ,$(lab))))
.PHONY: $(NUMBERS:%=lab-%) $(NUMBERS:%=list-%) by-hand programs tools clean
$(NUMBERS:%=lab-%): lab-%: $(if $(READY),,tools)
	@lab=$(notdir $(wildcard labs/$*-*)); dir=$(tree)/$$lab; [ -d $$dir ] || mkdir -p $$dir; \
	[ -d '$(SRC)'/$$lab ] || { echo "there is no folder $(SRC)/$$lab to grade" >&2; exit 2; }; \
	$(if $(and $(below),$(filter-out solutions,$(BASE))),$(MAKE) $(QUIETLY) programs LAB=$(below) \
	    SRC='$(BASE)' BASE='$(BASE)' >/dev/null 2>&1 && $(B)/grader --lab $(firstword $(subst -, ,$(below))) \
	    --smoke --programs $(base)/$(below) --probe $(B)/probe.so --sources '$(BASE)'/$(below) \
	    >/dev/null 2>&1 || broken='--broken $(below)';) \
	$(MAKE) $(QUIETLY) programs LAB=$$lab SRC='$(SRC)' BASE='$(BASE)' \
	    || built='--not-built 3'; \
	exec $(B)/grader --lab $* $$built $$broken --programs $$dir --probe $(B)/probe.so \
	    --sources '$(SRC)'/$$lab --source '$(SRC)' --base '$(BASE)' \
	    $(if $(ONLY),--only '$(ONLY)',--score-fd 4 4>$$dir/score) $(if $(V),--verbose) \
	    $(if $(JSON),--json-fd 5 5>'$(JSON)') $(if $(JUNIT),--junit-fd 6 6>'$(JUNIT)') \
	    $(if $(JOBS),--jobs '$(JOBS)') $(if $(PATIENCE),--patience '$(PATIENCE)') 3</dev/null

$(NUMBERS:%=list-%): list-%: tools
	@$(B)/grader --lab $* --list

# Called by the Makefile of a lab's folder.
by-hand:
	@$(MAKE) $(QUIETLY) programs LAB=$(LAB) SRC=labs
	@cp $(tree)/$(LAB)/server $(tree)/$(LAB)/client $(filter $(B)/labs/$(LAB)/%,$(LINK)) labs/$(LAB)/

# The table of lab 5's handout. What cannot be built has empty cells.
CONTRASTED := 1-echo 3-fork 4-pthread 5-udp
.PHONY: contrast
contrast: tools
	@[ -d '$(SRC)' ] || { echo "there is no folder $(SRC) to contrast" >&2; exit 2; }
	@$(MAKE) $(QUIETLY) $(B)/contrast
	@for lab in $(CONTRASTED); do $(MAKE) $(QUIETLY) programs LAB=$$lab SRC='$(SRC)' BASE='$(BASE)' \
	    >/dev/null 2>&1 || rm -f $(tree)/$$lab/server; done
	@$(B)/contrast $(tree) $(B)/probe.so '$(SRC)'
$(B)/contrast: $(B)/tests/contrast.o $(filter-out %/main.o $(B)/tests/lab-%,$(GRADER))
	$(CC) -o $@ $^ -lcmocka -lcjson -pthread

# ---- the programs of one lab: its given mains, what the student wrote, and common/ ----
base    = $(B)/trees/$(subst /,_,$(BASE))
objects = $(WRITTEN_$(LAB):%=$(tree)/$(LAB)/%.o) $(BELOW_$(LAB):%=$(base)/%.o) \
          $(GIVEN_$(LAB):%=$(B)/labs/%.o)
clients = $(or $(CLIENT_$(LAB)),$(LAB))
programs: $(tree)/$(LAB)/server $(tree)/$(LAB)/client
$(tree)/$(LAB)/server: $(B)/labs/$(LAB)/server.o $(objects) $(COMMON)
	$(CC) -pthread -o $@ $^
$(tree)/$(LAB)/client: $(B)/labs/$(clients)/client.o $(objects) $(COMMON)
	$(CC) -pthread -o $@ $^
$(LINK): %: %.o $(B)/labs/5-udp/network.o $(COMMON)
	$(CC) -o $@ $^
$(B)/labs/%.o: labs/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_LAB) -c -o $@ $<
$(WRITTEN_$(LAB):%=$(tree)/$(LAB)/%.o): $(tree)/%.o: $(SRC)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_LAB) -c -o $@ $<
$(BELOW_$(LAB):%=$(base)/%.o): $(base)/%.o: $(BASE)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_LAB) -c -o $@ $<
$(B)/common/%.o: common/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_LAB) -c -o $@ $<

# ---- the autograder ----
# What all trees share is built by one make at a time, however many are run at once.
tools:
	@flock Makefile $(MAKE) $(QUIETLY) $(B)/grader $(B)/probe.so $(COMMON) $(GIVEN) $(LINK)
# Bound at once, or each test's process would look up the same functions again.
$(B)/grader: $(GRADER)
	$(CC) -Wl,-z,now -o $@ $^ -lcmocka -lcjson -pthread
$(B)/probe.so: $(PROBE)
	$(CC) -shared -o $@ $^ -ldl
$(GRADER) $(B)/tests/contrast.o: $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GRADER) -c -o $@ $<
$(PROBE): $(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_PROBE) -c -o $@ $<

clean:
	rm -rf $(B) $(foreach lab,$(LABS),labs/$(lab)/server labs/$(lab)/client) \
	    labs/5-udp/link

include tests/unit.mk tests/check.mk
-include $(wildcard $(B)/common/*.d $(B)/labs/*/*.d $(B)/tests/*.d $(B)/tests/*/*.d $(tree)/*/*.d)
