# Plumbline. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
NODE_BIN := node_modules/.bin
STAMPS := .plumbline/stamps

.PHONY: help setup demo test ci chaos check generate lab split sim reliability bench calibrate profile rehearse doctor up clean

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

test: setup ## everything CI runs, in minutes
	@$(NODE_BIN)/vitest run

ci: check test ## make test, and what takes about an hour more: 10,000 simulated seeds, five of the lab, a million records replayed, benchmarks
	@$(NODE_BIN)/tsx test/sim/main.ts --seeds 10000
	@$(NODE_BIN)/tsx services/lab/main.ts --seeds 5
	@$(NODE_BIN)/tsx test/replay/million.ts
	@$(NODE_BIN)/tsx test/bench/main.ts

chaos: setup ## reliability scenarios in full, a soak, ten million mutated records; hours (prints docs/reliability.md)
	@$(NODE_BIN)/tsx test/reliability/main.ts --full
	@$(NODE_BIN)/tsx test/reliability/print-report.ts
	@FUZZ_CASES=10000000 $(NODE_BIN)/vitest run test/property/fuzz-

reliability: setup ## reliability scenarios: ONLY="R1 R4" some of them, FULL=1 at length
	@$(NODE_BIN)/tsx test/reliability/main.ts $(ONLY) $(if $(FULL),--full)

check: $(STAMPS)/npm ## types, format, lint, generated files up to date
	@$(NODE_BIN)/tsc -b
	@$(NODE_BIN)/biome check .
	@$(NODE_BIN)/eslint services test
	@$(MAKE) --no-print-directory generate CHECK=--check

generate: $(STAMPS)/npm ## rewrite everything derived (CHECK=--check only compares)
	@$(NODE_BIN)/tsx services/print/print-types.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-catalogue.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-docs.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-dashboards.ts $(CHECK)
	@$(NODE_BIN)/tsx services/print/print-alerts.ts $(CHECK)

lab: $(STAMPS)/npm ## the collapse lab over the memory log (SEEDS=20)
	@$(NODE_BIN)/tsx services/lab/main.ts --seeds $(or $(SEEDS),3)

split: $(STAMPS)/build ## offline stays flat, users decay with a lag: what the engine names and holds (SEEDS=3)
	@node services/cli/plumbline.cjs lab split --seeds $(or $(SEEDS),3)

sim: $(STAMPS)/npm ## the services over a faulty log, store and clock, seed by seed (SEEDS=1000)
	@$(NODE_BIN)/tsx test/sim/main.ts --seeds $(or $(SEEDS),1000)

bench: $(STAMPS)/npm ## what each step costs, beside its floor and the last baseline (ONLY=name, JSON=1, BASELINE=write)
	@JSON=$(JSON) ONLY="$(ONLY)" BASELINE=$(BASELINE) $(NODE_BIN)/tsx test/bench/main.ts

calibrate: $(STAMPS)/npm ## false alarms, delays and false correlations of the online statistics, at length (YEARS=1 PAIRS=2000)
	@$(NODE_BIN)/tsx test/calibration/main.ts --years $(or $(YEARS),1) --pairs $(or $(PAIRS),2000)

profile: $(STAMPS)/npm ## a flame graph of one service at its benchmark (SERVICE=monitor)
	@$(NODE_BIN)/tsx test/bench/profile.ts $(SERVICE)

rehearse: setup ## the image's steps and the compose file's start, without a container engine (REUSE=1)
	@REUSE=$(REUSE) $(NODE_BIN)/tsx test/deploy/rehearse.ts

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

$(STAMPS)/build: $(STAMPS)/npm $(shell find services schemas -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.svg' -o -name '*.avsc' 2>/dev/null)
	@$(NODE_BIN)/tsc -b services
	@$(NODE_BIN)/tsx services/console/build-client.ts
	@touch $@

$(STAMPS)/jars: infra/kafka/pom.xml infra/kafka/jars.txt $(STAMPS)/build
	@$(NODE_BIN)/tsx services/runtime/fetch-broker.ts
	@touch $@
