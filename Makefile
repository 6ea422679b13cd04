# Two targets for people: `make demo` and `make test`. Each sets itself up in .venv/ from a bare clone.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test coverage check bench generate site read clean
demo: .venv/ready-cli
	@head -n 1 docs/examples/knee_replacement.yaml
	@$(BIN)/massage-rules recommend docs/examples/knee_replacement.yaml

test: .venv/ready-dev
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

coverage: .venv/ready-dev
	@$(BIN)/python -m coverage run -m pytest tests $(ARGS)
	@$(BIN)/python -m coverage report --skip-covered --show-missing

check: .venv/ready-dev
	@bash .ci/run

bench: .venv/ready-bench
	@$(BIN)/python benchmarks/recommend.py
	@$(BIN)/python benchmarks/one_profile.py
	@$(BIN)/python benchmarks/batch.py

generate: .venv/ready-dev
	@$(BIN)/python -m massage_rules.published

site: .venv/ready-docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python docs/site/build.py

read: site
	@echo "http://localhost:8000"; $(BIN)/python -m http.server --bind localhost --directory site 8000

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/ready-%: .venv/bin/python pyproject.toml
	@echo "Setting up .venv ($*) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@

clean:
	@rm -rf .venv dist build site
