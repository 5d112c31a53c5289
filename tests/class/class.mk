# Grading a class: what only instructors build, and need libarchive for. Included by the Makefile.
# SEED has another meaning and a default elsewhere, so what was typed goes by another name.
CLASS_WORDS := CLASS OUT LABS CANVAS POINTS DUE LATE TIMES ENGINE HOSTS JOBLIST
$(foreach name,$(CLASS_WORDS),$(eval override $(name) := $$(value $(name))))
$(if $(filter command,$(origin SEED)),$(eval override ASKED_SEED := $$(value SEED)))
export $(CLASS_WORDS) ASKED_SEED

.PHONY: grade class class-60 class-slurm class-ready
grade: class-ready
	@exec $(B)/class --cc '$(CC)' --class "$$CLASS" --labs "$$LABS" --out "$$OUT" --base "$$BASE" \
	    --canvas "$$CANVAS" --points "$$POINTS" \
	    --due "$$DUE" --late "$$LATE" --times "$$TIMES" --jobs "$$JOBS" --box "$$BOX" --seed "$$ASKED_SEED" --patience "$$PATIENCE" \
	    --engine "$$ENGINE" --hosts "$$HOSTS" --joblist "$$JOBLIST"
class-ready: tools
	@[ -f /usr/include/archive.h ] || { echo 'make grade needs libarchive-dev: sh .ci/install instructor' >&2; exit 3; }
	@flock -w 300 $(B)/scores $(MAKE) $(QUIETLY) $(B)/class
$(B)/class: $(CLASS_OBJECTS) $(filter-out %/main.o,$(GRADE)) $(SHARED)
	$(CC) $(INSTRUMENT) -o $@ $^ -larchive -lcjson

# A small class with odd names, archives and hostile files, killed halfway, graded twice.
class: class-ready
	@tests/class/test

# A class of sixty, on one machine and on two hosts: some four minutes on two idle processors.
class-60: class-ready
	@tests/class/sixty

# A few submissions, through a Slurm of the test's own.
class-slurm: class-ready
	@tests/class/slurm-test

# The page of a class of 200 in a real browser.
.PHONY: page
page: class-ready
	@flock -w 300 $(B)/scores $(MAKE) $(QUIETLY) $(B)/class_page $(B)/browser
	@tests/browser/test
$(B)/class_page: $(B)/tests/browser/class_page.o $(filter-out %/main.o,$(CLASS_OBJECTS) $(GRADE)) $(SHARED)
	$(CC) $(INSTRUMENT) -o $@ $^ -larchive -lcjson
$(B)/browser: $(filter-out %/class_page.o %/handouts.o,$(BROWSER))
	$(CC) $(INSTRUMENT) -o $@ $^ -lcjson
