# `make fuzz`: any bytes for what reads a stranger's, with clang's libFuzzer. Each file of tests/fuzz
# is a target, but for the two that they share; tests/fuzz/seeds/TARGET holds what it begins with.
# `make fuzz-seeds`, part of `make check`, plays only these, with any compiler.
F            := $(B)/fuzz
FUZZ_CC      := clang
FUZZ_TARGETS := $(filter-out fuzz seeds,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
# Adding 0 to NULL is allowed by every compiler, and by the next C: the check for it is off.
FUZZ_FLAGS   := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize=pointer-overflow \
                -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_LINK    := -lcmocka -lcjson -larchive -lm -pthread
# What they call, as it stands, and once more with its branches counted. From an archive each target
# takes what it needs.
FUZZ_PLAIN   := $(filter-out %/main.o $(B)/tests/lab-%,$(GRADER) $(GRADE) $(CLASS_OBJECTS)) $(COMMON)
FUZZ_COUNTED := $(patsubst $(B)/%,$(F)/%,$(filter-out $(CATALOG),$(FUZZ_PLAIN)))
FUZZ_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/fuzz/*.c))
FUZZ_WORDS   := SECONDS TARGET
$(foreach name,$(FUZZ_WORDS),$(eval override $(name) := $$(value $(name))))
export $(FUZZ_WORDS)

.PHONY: fuzz fuzz-seeds fuzz-built fuzz-seeds-built
fuzz:
	@mkdir -p '$(F)'
	@echo 'int LLVMFuzzerTestOneInput() { return 0; }' | \
	    $(FUZZ_CC) -w -x c -fsanitize=fuzzer -o '$(F)/here' - 2>'$(F)/here.log' || { cat '$(F)/here.log'; \
	    echo 'fuzz: $(FUZZ_CC) has no libFuzzer here; Debian has it in libclang-rt-VERSION-dev' >&2; exit 3; }
	@$(MAKE) $(QUIETLY) fuzz-built
	@exec tests/fuzz/run -t "$${SECONDS:-60}" '$(F)' $${TARGET:-$(FUZZ_TARGETS)}
fuzz-built: $(FUZZ_TARGETS:%=$(F)/%)
fuzz-seeds: tools
	@$(MAKE) $(QUIETLY) fuzz-seeds-built
	@tests/fuzz/run -s '$(F)/plain' $(FUZZ_TARGETS)
fuzz-seeds-built: $(FUZZ_TARGETS:%=$(F)/plain/%)

$(FUZZ_TARGETS:%=$(F)/%): $(F)/%: $(F)/tests/fuzz/%.o $(F)/tests/fuzz/fuzz.o $(F)/counted.a
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LINK)
$(F)/counted.a: $(FUZZ_COUNTED) $(CATALOG)
	rm -f $@ && ar cr $@ $^
$(FUZZ_COUNTED) $(patsubst %,$(F)/tests/fuzz/%.o,$(FUZZ_TARGETS) fuzz): $(F)/%.o: %.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(filter-out $(INSTRUMENT),$(CFLAGS_GRADER)) $(DEFINE_FLAGS) $(FUZZ_FLAGS) \
	    -fsanitize=fuzzer-no-link -c -o $@ $<
$(FUZZ_TARGETS:%=$(F)/plain/%): $(F)/plain/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/fuzz.o $(B)/tests/fuzz/seeds.o $(F)/plain.a
	@mkdir -p $(@D)
	$(CC) $(INSTRUMENT) -o $@ $^ $(FUZZ_LINK)
$(F)/plain.a: $(FUZZ_PLAIN)
	@mkdir -p $(@D)
	rm -f $@ && ar cr $@ $^
-include $(wildcard $(F)/*/*.d $(F)/*/*/*.d $(F)/*/*/*/*.d $(F)/*/*/*/*/*.d)
