# `make endure`: the references among hostile clients. Included by the Makefile. tests/bench/endure
# --help says more.
ENDURE := $(patsubst %.c,$(B)/%.o,$(wildcard tests/endure/*.c))

.PHONY: endure endure-briefly
endure:
	@B='$(B)' CC='$(CC)' tests/bench/endure -t "$${SECONDS:-600}"
endure-briefly:
	@B='$(B)' CC='$(CC)' tests/bench/endure -t 20
$(B)/endure/endure: $(ENDURE)
	@mkdir -p $(@D)
	$(CC) $(INSTRUMENT) -o $@ $^ -pthread
