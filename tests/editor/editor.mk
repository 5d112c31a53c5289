# For the editors of those who work on the kit. Included by the Makefile, after all that names objects.

# How each C file is compiled, for clangd, clang-tidy -p and the like. It is read off the commands
# that make would run; grade compiles what students write, with the same flags as the given files.
.PHONY: compile_commands.json kit-objects
TO_WRITE = $(filter-out $(MAINS:$(B)/%.o=%.c) labs/5-udp/link.c labs/5-udp/network.c,$(wildcard labs/*/*.c solutions/*/*.c))
compile_commands.json:
	@mkdir -p $(B)
	@{ $(MAKE) -nB kit-objects B='$(B)' CC='$(CC)'; \
	    printf '$(CC) $(CFLAGS_GIVEN) -c -o $(B)/one.o %s\n' $(TO_WRITE); \
	    printf '$(CC) $(CFLAGS_GRADER) -c -o $(B)/one.o %s\n' $(wildcard tests/bench/*.c); \
	    printf '$(CC) $(CFLAGS_EXAMPLE) -c -o $(B)/one.o %s\n' $(wildcard handouts/examples/*.c); } | \
	    awk -v folder='$(CURDIR)' -f tests/editor/compile_commands.awk >$(B)/compile_commands.new
	@mv $(B)/compile_commands.new $(B)/compile_commands.json
	@echo "  ✓ $(B)/compile_commands.json"

# Every object of the kit.
kit-objects: $(GRADER) $(GRADE) $(B)/tests/grade/canary.o $(SHARED) $(PROBE) $(COMMON) $(MAINS) $(DRIVERS) $(LINK) \
             $(CONTRAST) $(SEQUENCES) $(WATCH) $(DEMO) $(CLASS_OBJECTS) $(BROWSER) \
             $(BENCH_OBJECTS) $(ENDURE) $(FUZZ_OBJECTS) $(if $(LIBCLANG),$(MUTANTS)) \
             $(EXPERIMENTS:%=$(X)/%.o) $(X)/kernel.o \
             $(U)/fixture.o $(UNIT_TESTS:%=$(U)/test_%.o) $(UNIT_PROGRAMS)
