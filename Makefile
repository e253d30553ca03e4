# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

export SAM_CLI_TELEMETRY := 0
export PYTHONPATH := $(CURDIR)/layers/campaigns
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.local/uv/bin:$(CURDIR)/.local/sam/bin:$(PATH)

# Where to deploy, and where to look and replay; without it, deploy means dev, and the others the local stack.
ENVIRONMENT ?=
TESTS ?= tests
WORKERS ?= 2
# How long make verify loads the stack.
MINUTES ?= 10
# How many requests a second make load and make verify send, and by which lots.
RATE ?= 20
SEED ?= 1
# Where make docs serves the site.
DOCS_PORT ?= 8000
# These come with the command and from nowhere else; recipes read them from the shell, which keeps them as they are.
TENANT :=
SEQUENCE :=
TEMPLATE :=
NAME :=
DELETE :=
REQUEST :=
KEEP := 5
REALLY :=
TABLE :=
export TENANT SEQUENCE TEMPLATE NAME DELETE REQUEST REALLY KEEP TABLE

# On the local stack, with what its stack.env says, unless ENVIRONMENT names another.
ON_STACK = $(if $(filter local,$(or $(ENVIRONMENT),local)),python -m local.stack run)
STACK = campaigns-$(or $(ENVIRONMENT),local)
# A stack of the tests' own, on a free port, for as long as they run.
OWN_STACK = export CAMPAIGNS_STATE=.local/test CAMPAIGNS_PORT=0; trap 'local/down.sh >/dev/null' EXIT; python -m local.stack up;

.PHONY: help up down logs redeploy key announce test soak verify load bench check docs format replay verify-data mend-schedules erase-tenant prepare-restored invoke generate gateway-logs canary-key prune-versions build deploy teardown lock \
	install preflight

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

up: install ## Install what is missing, build, start the local stack, deploy to it, and show how to use it
	@python -m local.stack up
	@python -m local.stack show

down: ## Stop the local stack; its data goes with it
	@local/down.sh

logs: install ## Follow the functions' logs, or show those of one request: make logs REQUEST=..., ENVIRONMENT=prod
	@$(ON_STACK) python operations/logs.py /campaigns/$(STACK) "$$REQUEST"

gateway-logs: install ## Follow what API Gateway saw, on AWS with AccessLogs=on: make gateway-logs ENVIRONMENT=prod, REQUEST=...
	@$(ON_STACK) python operations/logs.py /campaigns/$(STACK)/access "$$REQUEST"

redeploy: install ## Build and deploy again to the running local stack, after an edit
	@python -m local.stack redeploy

key: install ## Issue an API key on the local stack: make key TENANT=acme
	@python -m local.stack run python -m local.tenants key "$$TENANT"

announce: install ## Announce on the local stack: make announce TENANT=acme SEQUENCE=onboarding NAME=Onboarding (TEMPLATE=, DELETE=1)
	@python -m local.stack run python -m local.tenants announce "$$TENANT" "$$SEQUENCE" "$$TEMPLATE" "$$NAME" "$$DELETE"

test: install .local/dynamodb-local/DynamoDBLocal.jar .local/chromium .local/runtimes/installed .local/openapi-clients/installed .local/openapi-python-client/installed ## Install what is missing and run all tests (make test TESTS=tests/unit for some)
	@$(if $(filter-out tests/unit% tests/store% tests/sam_local%,$(TESTS)),$(OWN_STACK)) \
		pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: install .local/checkov/installed .local/redocly/installed .local/spectral/installed .local/docs/installed ## Check format, lint, types, template, policies, API document, site
	ruff format --check .
	ruff check .
	mypy
	cfn-lint
	AWS_DEFAULT_REGION=eu-west-1 sam validate --lint
	python -m tools.template json >.local/template.json
	.local/checkov/bin/checkov --config-file .checkov.yaml
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true .local/redocly/node_modules/.bin/redocly lint docs/openapi.json
	.local/spectral/node_modules/.bin/spectral lint --ruleset .spectral.yaml --fail-severity hint --quiet docs/openapi.json docs/asyncapi.json
	NO_MKDOCS_2_WARNING=1 .local/docs/bin/mkdocs build --quiet

docs: .local/docs/installed ## Build the documentation's site, strictly, and serve it on this machine: make docs DOCS_PORT=8000
	@NO_MKDOCS_2_WARNING=1 .local/docs/bin/mkdocs build --quiet
	@# As a file it would have neither search nor buttons to copy.
	@echo "The site is at http://127.0.0.1:$(DOCS_PORT); Ctrl+C ends it"
	@python -m http.server --bind 127.0.0.1 --directory .local/site $(DOCS_PORT) >/dev/null 2>&1

format: install ## Format the code and mend what the linter can
	ruff format .
	ruff check --fix .

replay: install ## Put dead letters back: make replay QUEUE=catalogue (or schedules, events, memberships, webhooks), ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.replay $(STACK) $(QUEUE)

verify-data: install ## Compare a tenant's campaigns, catalogue, memberships and history: make verify-data TENANT=acme (or '*'), ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.verify $(STACK) "$$TENANT"

mend-schedules: install ## Have campaigns looked at whose dates nothing keeps: make mend-schedules TENANT=acme (or '*'), ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.schedules $(STACK) "$$TENANT"

erase-tenant: install ## Count all that there is of a tenant, or erase it: make erase-tenant TENANT=acme REALLY=1, ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.erase $(STACK) "$$TENANT" "$$REALLY"

verify: install .local/chromium .local/runtimes/installed .local/openapi-clients/installed .local/openapi-python-client/installed ## Prove a deployed stack, by all tests of stacks and a load, and report: make verify ENVIRONMENT=dev MINUTES=10
	@LOAD_RATE=$(RATE) LOAD_SEED=$(SEED) $(ON_STACK) python -m operations.acceptance $(STACK) $(MINUTES) $(or $(filter tests/stack%,$(TESTS)),tests/stack)

load: install ## Send all calls at a fixed rate, and report latencies and errors: make load RATE=20 MINUTES=1 SEED=1, ENVIRONMENT=dev
	@LOAD_RATE=$(RATE) LOAD_SEED=$(SEED) $(ON_STACK) python -m operations.acceptance $(STACK) $(MINUTES) tests/stack/test_load.py
	@sed -n '/^## The load/,/^## Skipped/{/^##/d;p}' .local/verify-report.md

canary-key: install ## Give the canary an API key, or another one: make canary-key ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.canary_key $(STACK)

prune-versions: install ## Delete old versions of the functions: make prune-versions KEEP=5 ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.prune_versions $(STACK) "$$KEEP"

soak: install ## Two minutes of mixed traffic while faults come and go, with longer histories and more fuzzing
	@$(OWN_STACK) SOAK_SECONDS=120 HISTORIES=200 FUZZ_EXAMPLES=200 RACES=100 UPGRADES=20 SCHEDULES=2000 pytest -n $(WORKERS) --dist worksteal -s tests/stack/test_soak.py \
		tests/stack/test_fuzzing.py tests/store/test_linearizability.py tests/store/test_races.py tests/store/test_upgrades.py \
		tests/store/test_simulation_large.py tests/store/test_simulation_faults.py tests/store/test_simulation_reactions.py

bench: install .local/dynamodb-local/DynamoDBLocal.jar ## Measure starts, calls and growth beside others, and write docs/performance.md
	@bench/build.sh
	@for name in cold runtime scale finding webhooks; do PYTHONPATH=$(PYTHONPATH):tests:.local/bench/tools python -m bench.$$name; done

invoke: install ## Run a function with sam local invoke, in Docker: make invoke FUNCTION=get_campaign
	@python -m local.invoke $(FUNCTION)

generate: install ## Write what follows from the code: schemas, OpenAPI document, routes, the README's table, the template's expansion, the SDKs' made parts
	@for name in schemas openapi asyncapi routes template cost sdk; do python -m tools.$$name; done
	@cd sdk/javascript; [ -d node_modules/esbuild ] || npm ci --silent; npm run --silent build

build: install ## Build what would be deployed
	sam build

preflight: install ## Say what the account lacks before a deployment to it: make preflight ENVIRONMENT=prod
	@python -m operations.preflight $(or $(ENVIRONMENT),dev)

deploy: preflight ## Build and deploy to AWS with your credentials: make deploy ENVIRONMENT=dev (or prod)
	@# Uncached: the cache knows only what is built for this machine. Apart, so that make up finds its own build again.
	ARCHITECTURE=arm64 sam build --no-cached --build-dir .aws-sam/deploy
	python -m tools.release .aws-sam/deploy/template.yaml
	@# The SAM CLI looks for its configuration beside the template.
	sam deploy --config-file $(CURDIR)/samconfig.toml --template-file .aws-sam/deploy/template.yaml --config-env $(or $(ENVIRONMENT),dev)

prepare-restored: install ## Give a restored table what restoring leaves out: make prepare-restored TABLE=..., ENVIRONMENT=prod
	@$(ON_STACK) python -m operations.restore $(STACK) "$$TABLE"

teardown: install ## Say what a stack leaves when it goes, or take it down: make teardown ENVIRONMENT=dev REALLY=1; tables stay
	@$(ON_STACK) python -m operations.teardown $(STACK) "$$REALLY"

lock: install ## Pin what requirements/*.in ask for, with hashes
	@for name in layers/campaigns/requirements requirements/dev requirements/ministack requirements/sam \
		requirements/checkov requirements/docs requirements/openapi-python-client requirements/bench bench/peers/floor/requirements bench/peers/default/requirements \
		bench/peers/fastapi/requirements bench/peers/chalice/requirements; do \
		uv pip compile --quiet --universal --generate-hashes --python-version 3.13 --no-annotate \
			$$([[ $$name = *chalice* ]] && echo --no-deps) \
			--custom-compile-command 'make lock' $$name.in --output-file $$name.txt; done

install: .local/installed

.local/installed: local/install.sh requirements/dev.txt requirements/ministack.txt requirements/sam.txt
	@local/install.sh
	@touch $@

.local/chromium: local/install-chromium.sh
	@local/install-chromium.sh
	@touch $@

.local/checkov/installed .local/docs/installed .local/openapi-python-client/installed: .local/%/installed: requirements/%.txt .local/installed
	@echo "Installing $* ..."
	@uv venv --quiet --clear --python .venv/bin/python .local/$*
	@uv pip sync --quiet --compile-bytecode --require-hashes --python .local/$*/bin/python requirements/$*.txt
	@touch $@

.local/redocly/installed .local/spectral/installed .local/openapi-clients/installed .local/runtimes/installed: .local/%/installed: requirements/%/package-lock.json
	@echo "Installing $* ..."
	@mkdir -p .local/$* && cp requirements/$*/package*.json .local/$*/
	@npm ci --silent --no-audit --no-fund --prefix .local/$*
	@touch $@

.local/dynamodb-local/DynamoDBLocal.jar: local/install-dynamodb-local.sh
	@local/install-dynamodb-local.sh
	@touch $@
