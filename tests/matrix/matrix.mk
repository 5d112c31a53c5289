# `make matrix`: which test catches which bug and which mutant. Included by the Makefile.
# tests/matrix/run --help says more.
.PHONY: matrix
matrix: tools
	@B='$(B)' tests/matrix/run $(if $(JOBS),-j "$$JOBS") $${LAB:+"$$LAB"}
