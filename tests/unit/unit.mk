# The unit tests of common/, grader/ and probe/, each a program of its own. Included by the
# Makefile.
U := $(B)/unit

# Those that take longest begin first.
UNIT_LONG     := ladder expect cause probe stage text
UNIT_TESTS    := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))
UNIT_TESTS    := $(UNIT_LONG) $(filter-out $(UNIT_LONG),$(UNIT_TESTS))
UNIT_PROGRAMS := $(patsubst tests/unit/programs/%.c,$(U)/programs/%,$(wildcard tests/unit/programs/*.c))
UNIT_ENGINE   := $(filter-out %/main.o,$(GRADER) $(GRADE))
UNIT_ROOT     := $(abspath $(B))

# lab_2_mains is about lab 2's programs, labs/2-chat.
unit_lab = $(filter $(patsubst lab_%_mains,%,$(filter lab_%_mains,$(1)))-%,$(LAB_FOLDERS))

# Nothing of tests/mutants can be compiled without libclang.
UNIT_TESTS := $(if $(LIBCLANG),$(UNIT_TESTS),$(filter-out mutants,$(UNIT_TESTS)))

# What test $(1) finds in its environment: helper programs, the probe, and its lab's programs.
UNIT_ENVIRONMENT = LANGUAGE=en PROGRAMS=$(UNIT_ROOT)/unit/programs PROBE=$(UNIT_ROOT)/probe.so \
                   SERVER=$(UNIT_ROOT)/programs/$(call unit_lab,$(1))/server \
                   CLIENT=$(UNIT_ROOT)/programs/$(call unit_lab,$(1))/client \
                   LINK=$(UNIT_ROOT)/labs/5-udp/link CANARY=$(UNIT_ROOT)/canary

# Leaks are not looked for where the tests fork on purpose and leave a failing child as it is: its
# exit status is what they test, and valgrind would change it.
UNIT_MEMCHECK = valgrind -q --error-exitcode=99 --trace-children=no --child-silent-after-fork=yes \
                --leak-check=$(if $(filter run expect hidden procfs datagram,$(1)),no,full) \
                --errors-for-leak-kinds=definite --show-leak-kinds=definite --vgdb=no
UNIT_SECONDS  = 300

# Under valgrind there is no landlock(7), no namespace and no filter for the process itself.
UNIT_PLAIN   := box command filter machine namespace sandbox view
UNIT_WATCHED := $(filter-out $(UNIT_PLAIN),$(UNIT_TESTS))
# AddressSanitizer's shadow takes more addresses than the sandbox allows.
UNIT_SOUND   := $(if $(SAN),$(filter-out sandbox,$(UNIT_TESTS)),$(UNIT_TESTS))

.PHONY: unit unit-valgrind unit-ready $(UNIT_TESTS:%=unit-%) $(UNIT_TESTS:%=unit-valgrind-%)
unit:
	@$(MAKE) $(QUIETLY) -k $(UNIT_SOUND:%=unit-%)
unit-valgrind:
	@$(MAKE) $(QUIETLY) -k $(UNIT_WATCHED:%=unit-valgrind-%)

# Builds the tests that make was asked for by name, or else all.
UNIT_NAMED = $(filter $(UNIT_TESTS),$(patsubst unit-%,%,$(MAKECMDGOALS:unit-valgrind-%=unit-%)))
unit-ready: references
	@$(MAKE) $(QUIETLY) $(patsubst %,$(U)/test_%,$(or $(UNIT_NAMED),$(UNIT_TESTS))) $(UNIT_PROGRAMS)
	@mkdir -p $(U)/programs/as

# A line for each; all that a test printed if it failed.
$(UNIT_TESTS:%=unit-%): unit-%: unit-ready
	$(call unit_run,$*,)
$(UNIT_TESTS:%=unit-valgrind-%): unit-valgrind-%: unit-ready
	$(call unit_run,$*,$(call UNIT_MEMCHECK,$*))
define unit_run
	@if $(call UNIT_ENVIRONMENT,$(1)) timeout $(UNIT_SECONDS) $(2) $(U)/test_$(1) >$(U)/$@.log 2>&1; \
	then printf '  ✓ %-14s %s tests\n' $(1) "$$(grep -c '^\[       OK' $(U)/$@.log)"; \
	else status=$$?; cat $(U)/$@.log; printf '  ✗ %-14s exit status %s\n' $(1) $$status; exit 1; fi
endef

# common/ is compiled as for the programs under test, the engine as for the grader; main.o stays out,
# for each test defines its own settings.
CLASS_TESTS = $(patsubst tests/unit/%.c,$(U)/%,$(wildcard tests/unit/test_class*.c))
$(U)/test_%: $(U)/test_%.o $(U)/fixture.o $(UNIT_ENGINE) $(COMMON)
	$(CC) $(INSTRUMENT) -o $@ $^ -lcmocka -lcjson $(LIBRARIES) -pthread
$(U)/test_mutants: $(filter-out %/main.o,$(MUTANTS))
$(U)/test_mutants: LIBRARIES = $(LIBCLANG_LINK)
$(U)/test_link: $(B)/labs/5-udp/network.o
$(CLASS_TESTS): $(filter-out %/main.o,$(CLASS_OBJECTS))
$(CLASS_TESTS): LIBRARIES = -larchive
$(U)/test_requests: $(B)/tests/grade/requests.o
$(U)/test_%.o: tests/unit/test_%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GRADER) -Itests/unit -c -o $@ $<
$(U)/fixture.o: tests/unit/fixture.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_GRADER) -Itests/unit -c -o $@ $<
$(UNIT_PROGRAMS): $(U)/programs/%: tests/unit/programs/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -std=% -D_DEFAULT_SOURCE,$(CFLAGS_LAB)) -std=gnu17 -D_GNU_SOURCE -o $@ $< -pthread

-include $(wildcard $(U)/*.d $(U)/programs/*.d)
