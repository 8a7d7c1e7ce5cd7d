# Thin on purpose: the work is in tools/setup.py, which also runs where there is no make (py tools\setup.py run).
PYTHON ?= python3
ARGS ?=

.PHONY: help run test check bench install clean

help:
	@echo "make run      install what is missing, load the sample documents, open the app"
	@echo "make test     run the tests          (ARGS='tests/unit -x' chooses)"
	@echo "make check    format, lint, types, imports, spelling"
	@echo "make bench    run the benchmarks"
	@echo "make install  install what is missing, start nothing"
	@echo "make clean    remove .venv and caches; data/ stays"

run test bench:
	@$(PYTHON) tools/setup.py $@ $(ARGS)

check install clean:
	@$(PYTHON) tools/setup.py $@
