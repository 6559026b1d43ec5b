# Plumbline. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
NODE_BIN := node_modules/.bin
STAMPS := .plumbline/stamps

.PHONY: help setup demo test check generate lab bench doctor up clean

help: ## this list
	@echo "Plumbline: watches synthetic training data against reality, live."
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'
	@echo
	@echo "First time: make demo    Your own file: npx plumbline scan FILE --reference REAL.jsonl"

setup: $(STAMPS)/build $(STAMPS)/jars ## install what is missing and build

demo: setup ## see a collapse, live, and the brake (needs Java; about a minute, after installing)
	@node services/cli/plumbline.cjs demo

up: setup ## broker, services, SQL door; until Ctrl-C
	@node services/cli/plumbline.cjs up

test: setup ## everything CI runs
	@$(NODE_BIN)/vitest run

check: $(STAMPS)/npm ## types, format, lint, generated files up to date
	@$(NODE_BIN)/tsc -b
	@$(NODE_BIN)/biome check .
	@$(NODE_BIN)/eslint services test
	@$(MAKE) --no-print-directory generate CHECK=--check

generate: $(STAMPS)/npm ## rewrite everything derived (CHECK=--check only compares)
	@$(NODE_BIN)/tsx services/print/print-types.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-catalogue.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-docs.ts $(CHECK)

SEEDS ?= 3
lab: $(STAMPS)/npm ## the collapse lab over the memory log (SEEDS=20)
	@$(NODE_BIN)/tsx services/lab/main.ts --seeds $(SEEDS)

bench: $(STAMPS)/npm ## what each step costs, beside its floor (JSON=1 ends with a line of JSON)
	@JSON=$(JSON) $(NODE_BIN)/tsx test/bench/main.ts

doctor: $(STAMPS)/build ## what is present, what is missing, how to get it
	@node services/cli/plumbline.cjs doctor

clean: ## remove builds and everything under .plumbline
	rm -rf dist .plumbline

$(STAMPS)/system: infra/setup/system-packages.sh
	@mkdir -p $(STAMPS)
	@infra/setup/system-packages.sh
	@touch $@

$(STAMPS)/npm: package.json package-lock.json | $(STAMPS)/system
	@echo "installing packages (the Kafka client is compiled: two to three minutes the first time)"
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/build: $(STAMPS)/npm $(shell find services schemas -name '*.ts' -o -name '*.avsc' 2>/dev/null)
	@$(NODE_BIN)/tsc -b services
	@touch $@

$(STAMPS)/jars: infra/kafka/pom.xml infra/kafka/jars.txt $(STAMPS)/build
	@$(NODE_BIN)/tsx services/runtime/fetch-broker.ts
	@touch $@
