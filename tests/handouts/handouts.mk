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
	@tests/handouts/test '$(HANDOUTS)/examples'

examples:
	@mkdir -p '$(HANDOUTS)/examples'
	@$(MAKE) -s -C handouts/examples CC='$(CC)' OUT='$(abspath $(HANDOUTS))/examples'

# The reports in the clinics of the pages are those that the bugs leave today.
clinic: tools
	@tests/handouts/record

# The pictures of the README.
.PHONY: pictures pictures-right
pictures: tools
	@tests/handouts/pictures record
pictures-right: tools
	@tests/handouts/pictures check

# The figures of conversations, as the references are seen to have them.
.PHONY: sequences sequences-recorded sequences-right
$(B)/sequences: $(SEQUENCES) $(filter-out %/main.o $(B)/tests/lab-%,$(GRADER))
	$(CC) $(INSTRUMENT) -o $@ $^ -lcmocka -lcjson -pthread
sequences-recorded: references
	@$(MAKE) $(QUIETLY) $(B)/sequences
	@rm -rf $(B)/sequences.new && mkdir -p $(B)/sequences.new
	@$(B)/sequences $(B)/programs $(B)/probe.so >$(B)/sequences.new/rows
	@awk -v OUT=$(B)/sequences.new -v style=handouts/figures/style.css -f tests/sequences/draw.awk $(B)/sequences.new/rows
sequences: sequences-recorded
	@cp $(B)/sequences.new/*.svg handouts/figures/ && echo '  ✓ handouts/figures/run-*.svg'
sequences-right: sequences-recorded
	@for figure in $(B)/sequences.new/*.svg; do cmp "$$figure" "handouts/figures/$${figure##*/}" || \
	    { echo 'this figure is not what the reference does today: make sequences' >&2; exit 1; }; done
	@echo '  ✓ sequences'

# Each page of the site in a real browser: on a laptop and a phone, light and dark. The pictures stay in
# build/looked, for people.
.PHONY: handouts-looked
handouts-looked: handouts
	@$(MAKE) $(QUIETLY) $(B)/look_at_handouts
	@rm -rf $(B)/looked && mkdir -p $(B)/looked
	@browser=$$(command -v chromium || command -v chromium-browser) || \
	    { echo '  - pages: not looked at, for Chromium is not installed (apt-get install chromium)'; exit 0; }; \
	    $(B)/look_at_handouts "$$browser" "$$(realpath $(HANDOUTS))" $(B)/looked; status=$$?; rm -rf $(B)/looked/chromium; exit $$status
$(B)/look_at_handouts: $(filter-out %/class_page.o %/look.o,$(BROWSER))
	$(CC) $(INSTRUMENT) -o $@ $^ -lcjson
