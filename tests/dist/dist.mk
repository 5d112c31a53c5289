# What instructors hand out: the kit for students. Included by the Makefile.
DIST_SCRIPTS = $(addprefix tests/dist/,kit leaks objects test)

.PHONY: dist dist-test
dist:
	@mkdir -p $(B)/dist
	@CC='$(CC)' CFLAGS_LAB='$(CFLAGS_LAB)' tests/dist/kit $(B)/dist
	@echo "the kit for students: $$(ls $(B)/dist/sockladder-*.tar.gz), and as a repository $(B)/dist/sockladder"

# The kit for students, made, unpacked, and used as a student would.
dist-test:
	@CC='$(CC)' CFLAGS_LAB='$(CFLAGS_LAB)' tests/dist/test $(B)/dist-test
