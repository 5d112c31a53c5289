# `make bench`: what the servers, a verdict and `make check` cost. Included by the Makefile.
BENCH_BIN     := $(B)/bench/bin
BENCH_LOAD    := $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/load/*.c))
BENCH_PEERS   := $(patsubst tests/bench/peers/%.c,$(BENCH_BIN)/%,$(wildcard tests/bench/peers/*.c))
BENCH_OBJECTS := $(BENCH_LOAD) $(BENCH_PEERS:$(BENCH_BIN)/%=$(B)/tests/bench/peers/%.o)

# PART=servers, grader or check; without it, all of these. PART=class takes forty minutes, and is
# played only by name.
.PHONY: bench bench-built bench-servers bench-grader bench-check bench-class
bench:
	@case "$$PART" in '') set -- servers grader check ;; servers|grader|check|class) set -- "$$PART" ;; \
	    *) echo 'make bench PART=servers, grader, check or class' >&2; exit 2 ;; esac; \
	for part; do $(MAKE) bench-$$part || exit; done
bench-servers: references
	@$(MAKE) $(QUIETLY) bench-built
	@B='$(B)' CC='$(CC)' tests/bench/servers
bench-grader: references
	@B='$(B)' CC='$(CC)' tests/bench/grader
bench-class: class-ready
	@B='$(B)' CC='$(CC)' tests/bench/class
bench-check: unit-ready examples experiments-built
	@B='$(B)' CC='$(CC)' tests/bench/check $(LINT_PARTS) $(filter-out lint,$(PARTS))

bench-built: $(BENCH_BIN)/load $(BENCH_PEERS)
$(BENCH_BIN)/load: $(BENCH_LOAD)
	@mkdir -p $(@D)
	$(CC) $(INSTRUMENT) -o $@ $^
$(BENCH_PEERS): $(BENCH_BIN)/%: $(B)/tests/bench/peers/%.o
	@mkdir -p $(@D)
	$(CC) $(INSTRUMENT) -o $@ $^
