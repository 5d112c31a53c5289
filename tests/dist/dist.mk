# What instructors hand out: the kit for students. Included by the Makefile.
.PHONY: dist dist-test gradescope classroom50 autolab platforms
dist:
	@mkdir -p $(B)/dist
	@CC='$(CC)' CFLAGS_LAB='$(CFLAGS_LAB)' tests/dist/kit $(B)/dist
	@echo "the kit for students: $$(ls $(B)/dist/sockladder-*.tar.gz), and as a repository $(B)/dist/sockladder"

# What a course platform wants to grade lab LAB.
gradescope classroom50 autolab:
	@CC='$(CC)' CFLAGS_LAB='$(CFLAGS_LAB)' tests/dist/package $@ "$$LAB" $(B)/dist

# The kit for students, made, unpacked, and used as a student would.
dist-test:
	@CC='$(CC)' CFLAGS_LAB='$(CFLAGS_LAB)' tests/dist/test $(B)/dist-test

# What the platforms get, used as they use it, for all labs. As root; it needs debootstrap.
platforms:
	@tests/bench/platforms -l '$(NUMBERS)'
