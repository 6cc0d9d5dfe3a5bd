# mailgate: `make demo` shows it at work, `make test` proves it. Both need git, make and python3 with venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVERS := /usr/sbin/postfix /usr/sbin/dovecot
PACKAGES := postfix dovecot-imapd dovecot-lmtpd openssl

.PHONY: demo test lint format bench lock clean servers
.DEFAULT_GOAL := demo

$(VENV)/.run: requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	touch $@

demo: $(VENV)/.run  ## send real mails through a fresh mailgate and show what became of them
	$(BIN)/python -m mailgate demo

# The tests talk to real servers. Root gets them installed; anybody else is told how.
servers:
	@missing=; for server in $(SERVERS); do test -x $$server || missing=yes; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    export DEBIAN_FRONTEND=noninteractive; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends $(PACKAGES) </dev/null >/dev/null; \
	  else \
	    echo "The tests need real mail servers. Install them, as root:" >&2; \
	    echo "    apt-get install $(PACKAGES)" >&2; exit 1; \
	  fi; \
	fi
	@if [ "$$(id -u)" != 0 ]; then echo "Postfix starts as root only: run make test as root" >&2; exit 1; fi

test: $(VENV)/.dev servers  ## run all tests
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.dev  ## formatting, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev  ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev  ## measure speed and memory against baselines of the same run
	$(BIN)/python -m tests.bench

# Needs uv. The lock names no index: pip takes the packages from wherever it is set up to.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml
lock:  ## renew the locks
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev -c requirements.lock -o requirements-dev.lock

clean:  ## remove what was made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
