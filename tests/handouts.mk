# The handouts: their examples, what is checked in them, and the site. Included by the Makefile.
HANDOUTS       := $(B)/handouts
CFLAGS_EXAMPLE := $(shell sed -n 's/^CFLAGS := //p' handouts/examples/Makefile)

.PHONY: handouts handouts-right examples clinic
handouts: handouts-right
	@command -v pandoc >/dev/null || { echo 'missing: pandoc. Type: sh .ci/install maintainer' >&2; exit 2; }
	@tests/handouts/site '$(HANDOUTS)'

# Links, code, transcripts, figures, and the sections to which reports point.
handouts-right: examples
	@tests/handouts/check '$(HANDOUTS)'
	@echo '  ✓ handouts'

# Those checks find what they look for.
.PHONY: handouts-tests
handouts-tests: handouts-right
	@tests/unit/test_handouts '$(HANDOUTS)/examples'

examples:
	@mkdir -p '$(HANDOUTS)/examples'
	@$(MAKE) -s -C handouts/examples CC='$(CC)' OUT='$(abspath $(HANDOUTS))/examples'

# The reports in the clinics of the pages are those that the bugs leave today.
clinic: tools
	@tests/handouts/record
