# The experiments of the handouts: `make explore` lists them, `make explore-NAME` builds one and runs
# it. Each is named by its file, and described by the first line in it. Included by the Makefile.
EXPERIMENTS := $(patsubst handouts/experiments/%.c,%,$(filter-out %/kernel.c,$(wildcard handouts/experiments/*.c)))
X := $(B)/explore
CFLAGS_EXPERIMENT := -std=gnu17 -D_GNU_SOURCE -g -O1 -Wall -Wextra -Wpedantic -MMD -MP

.PHONY: explore experiments-list experiments-built $(EXPERIMENTS:%=explore-%)
explore:
	@printf '%s\n\n' 'Small programs that show what the kernel does. Read one, predict what it prints, run it:'
	@$(MAKE) experiments-list
	@printf '\n%s\n' 'Their code is in handouts/experiments. Change it, and run it again.'
experiments-list:
	@awk 'FNR == 1 { name = $$2; sub(/:$$/, "", name); sub(/^\/\* [a-z]*: /, ""); sub(/ \*\/$$/, ""); \
	    printf "  make explore-%-8s %s\n", name, $$0 }' $(EXPERIMENTS:%=handouts/experiments/%.c)
$(EXPERIMENTS:%=explore-%): explore-%: $(X)/%
	@exec $(X)/$*
$(filter-out $(EXPERIMENTS:%=explore-%),$(filter explore-%,$(MAKECMDGOALS))):
	@{ echo 'There is no experiment "$(@:explore-%=%)". There are these:'; echo; $(MAKE) experiments-list; } >&2; exit 2

experiments-built: $(EXPERIMENTS:%=$(X)/%)
$(EXPERIMENTS:%=$(X)/%): %: %.o $(X)/kernel.o
	@$(CC) -o $@ $^ -pthread
$(X)/%.o: handouts/experiments/%.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_EXPERIMENT) -c -o $@ $<
-include $(wildcard $(X)/*.d)
