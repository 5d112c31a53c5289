# For those who work on the kit: the flags for an editor, and how much the tests run. Included by
# the Makefile.
.PHONY: compile_commands.json kit-objects
# How each C file is compiled, for clangd, clang-tidy -p and the like. It is read off the commands
# that make would run; grade compiles what students write, with the same flags as the given files.
TO_WRITE = $(filter-out $(MAINS:$(B)/%.o=%.c) labs/5-udp/link.c labs/5-udp/network.c,$(wildcard labs/*/*.c solutions/*/*.c))
compile_commands.json:
	@mkdir -p $(B)
	@{ $(MAKE) -nB kit-objects B='$(B)' CC='$(CC)'; \
	    printf '$(CC) $(CFLAGS_GIVEN) -c -o $(B)/one.o %s\n' $(TO_WRITE); \
	    printf '$(CC) $(CFLAGS_GRADER) -c -o $(B)/one.o %s\n' $(wildcard tests/bench/*.c); \
	    printf '$(CC) $(CFLAGS_EXAMPLE) -c -o $(B)/one.o %s\n' $(wildcard handouts/examples/*.c); } | \
	    awk -v folder='$(CURDIR)' -f tests/compile_commands.awk >$(B)/compile_commands.new
	@mv $(B)/compile_commands.new $(B)/compile_commands.json
	@echo "  ✓ $(B)/compile_commands.json"
kit-objects: $(GRADER) $(GRADE) $(SHARED) $(PROBE) $(COMMON) $(MAINS) $(DRIVERS) $(LINK) $(CONTRAST) $(SEQUENCES) $(WATCH) $(DEMO) $(CLASS_OBJECTS) $(BROWSER) $(BENCH_OBJECTS) $(EXPERIMENTS:%=$(X)/%.o) $(X)/kernel.o \
             $(if $(LIBCLANG),$(MUTANTS)) $(B)/tests/grade/canary.o $(U)/fixture.o $(UNIT_TESTS:%=$(U)/test_%.o) $(UNIT_PROGRAMS)

# How much of grader and grade is run by the unit tests and by the references of all labs. What a
# process has run counts when it ends by itself: one that is killed leaves nothing.
.PHONY: coverage
coverage:
	@mkdir -p $(B)/coverage && find $(B)/coverage -name '*.gcda' -exec rm -f {} +
	@$(MAKE) $(QUIETLY) COVERAGE=1 unit
	@for lab in $(NUMBERS); do $(MAKE) $(QUIETLY) COVERAGE=1 lab-$$lab SRC=solutions \
	    >$(B)/coverage/report || { cat $(B)/coverage/report; exit 1; }; done
	@gcov -n $$(find $(B)/coverage/tests -name '*.gcda') 2>/dev/null | \
	    awk -v root='$(CURDIR)/' -f tests/coverage.awk
