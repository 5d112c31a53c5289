# `make mutants`: do the tests notice every small fault that the solutions could have? Included by
# the Makefile. JOBS=2 grades two at a time; $(B)/mutants --help says more.

# libclang, of the newest LLVM that has it; empty: there is none, and what needs it is left out.
LIBCLANG := $(lastword $(sort $(patsubst %/include/clang-c/Index.h,%,$(wildcard /usr/lib/llvm-*/include/clang-c/Index.h))))
LIBCLANG_LINK := -L$(LIBCLANG)/lib -Wl,-rpath,$(LIBCLANG)/lib -lclang
LIBCLANG_SEEN := $(if $(LIBCLANG),-isystem $(LIBCLANG)/include)
MUTANTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/mutants/*.c))
# What it shares with grade.
MUTANTS_GRADE := $(patsubst %,$(B)/tests/grade/%.o,hash interrupt labs take words)

.PHONY: mutants
mutants: tools
	@$(if $(LIBCLANG),,echo 'mutants: libclang is missing; `sh .ci/install maintainer` installs it' >&2; exit 2)
	@$(MAKE) $(QUIETLY) $(B)/mutants
	@exec $(B)/mutants -j "$${JOBS:-1}" "$$LAB"
$(B)/mutants: $(MUTANTS) $(MUTANTS_GRADE) $(SHARED)
	$(CC) $(INSTRUMENT) -o $@ $^ $(LIBCLANG_LINK) -lcjson
$(MUTANTS): CFLAGS_GRADER += $(LIBCLANG_SEEN)
$(B)/tests/mutants/compile.o: Makefile
$(B)/tests/mutants/compile.o: CFLAGS_GRADER += $(DEFINE_FLAGS)
