# `make coverage`: how much of grader and grade is run by the unit tests and by the references of all
# labs. What a process has run counts when it ends by itself: one that is killed leaves nothing.
# Included by the Makefile.
.PHONY: coverage
coverage:
	@mkdir -p $(B)/coverage && find $(B)/coverage -name '*.gcda' -exec rm -f {} +
	@$(MAKE) $(QUIETLY) COVERAGE=1 unit
	@for lab in $(NUMBERS); do $(MAKE) $(QUIETLY) COVERAGE=1 lab-$$lab SRC=solutions \
	    >$(B)/coverage/report || { cat $(B)/coverage/report; exit 1; }; done
	@gcov -n $$(find $(B)/coverage/tests -name '*.gcda') 2>/dev/null | \
	    awk -v root='$(CURDIR)/' -f tests/coverage/coverage.awk
