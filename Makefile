# The commands of this project; each installs what it needs first. `make help` lists them.

# The stack to work on: a file in stacks/. Further arguments for pulumi: make up ARGS="--diff"
STACK ?= local
ARGS ?=
# Tests to run: make test TESTS=tests/unit
TESTS ?= tests
# How many processes run tests at once; most tests wait more than they work. JOBS=0 runs them one after the other.
JOBS ?= 3
# The same for tests of virtual machines, each of which keeps a processor busy where there is no KVM.
VM_JOBS ?= $(if $(filter 0,$(JOBS)),0,2)
# The files that have such tests: to import all others takes a while. Where TESTS names single tests, it stays with these.
MARKED = grep -rlE 'mark\.(vm|alone)\b' --include='test_*.py' $(TESTS) 2>/dev/null
# A policy pack to judge the stack with, and its settings: make preview POLICY=policy POLICY_CONFIG=policy/prod.json
POLICY ?=
POLICY_CONFIG ?=
PACK = $(if $(POLICY),--policy-pack $(POLICY) $(if $(POLICY_CONFIG),--policy-pack-config $(POLICY_CONFIG)))

# $(call needs,NAME,HINT): refuse to go on without NAME=…
needs = test -n '$($(1))' || { echo 'error: make $@ needs $(1)=… ($(2))' >&2; exit 1; }

MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-14s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  STACK=NAME chooses the stack (local, sandbox, chroot, chroot-debootstrap, dev, prod), ARGS="..." goes to pulumi,'
	@echo '  API=v2 has a stack of the local cloud use the second generation of the API.'

.PHONY: up build preview refresh destroy cancel
up: ## Build the images of STACK (default: local, a real virtual machine on this computer)
build: ## The same, and remove machines and disks as soon as the images exist
preview: ## Say what `make up` would do, and why
refresh: ## Compare the state with the cloud
destroy: ## Remove what is left of the builds; images stay unless keep_image is false
cancel: ## Unlock STACK after an engine that was killed
up build preview refresh destroy cancel:
	@tools/setup.sh "stack:$(STACK)" && exec $(PYTHON) -m tools.stack $@ --stack "$(STACK)" \
		$(if $(filter up build preview,$@),$(PACK)) $(ARGS)

.PHONY: ssh timeline report status sweep verify
ssh: ## Log in on the builder that a failed build left: make ssh IMAGE=hello
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack ssh --stack "$(STACK)" --image "$(IMAGE)"
timeline: ## Draw when each phase of the images of STACK ran, as SVG
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack timeline --stack "$(STACK)"
report: ## Make a page about STACK: its images, their logs, what is in them
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack report --stack "$(STACK)"
status: ## List what builds left in the project of STACK, also without its state
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack hyperone --stack "$(STACK)" status $(ARGS)
verify: ## Check statement and record of an image: make verify IMAGE=6b04… ARGS="--key release.pub"
	@$(call needs,IMAGE,make up prints the ids of images)
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack hyperone --stack "$(STACK)" verify "$(IMAGE)" $(ARGS)
sweep: ## Remove what a stack with a lost state left: make sweep STACK_ID=… (see make status)
	@$(call needs,STACK_ID,make status lists the identities of stacks)
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack hyperone --stack "$(STACK)" sweep $(STACK_ID) $(ARGS)

.PHONY: import-packer
import-packer: ## Bring a Packer template over: make import-packer TEMPLATE=web.json ARGS="-o stacks/Pulumi.web.yaml"
	@$(call needs,TEMPLATE,a .json or .pkr.hcl file or a folder of them)
	@tools/setup.sh base && exec $(PYTHON) -m pulumi_hyperone import-packer "$(TEMPLATE)" $(ARGS)

.PHONY: cloud-start cloud-stop cloud-status
cloud-start: ## Start the local cloud
cloud-stop: ## Stop the local cloud and its machines; what is in it stays
cloud-status: ## Show the address and credentials of the local cloud
cloud-start cloud-stop cloud-status:
	@tools/setup.sh sandbox && exec $(PYTHON) -m local_cloud $(@:cloud-%=%)

.PHONY: try
try: ## Start a machine from an image in the local cloud: make try IMAGE=6b04… (python -m local_cloud clean removes it)
	@$(call needs,IMAGE,make up prints the ids of images)
	@tools/setup.sh sandbox && exec $(PYTHON) -m local_cloud try "$(IMAGE)"

.PHONY: test test-slow test-faults check format audit
test: ## Run all tests: unit, local cloud and engine, without those that take minutes
	@tools/setup.sh test
	@run() { jobs=$$1; chosen=$$2; shift 2; $(PYTHON) -m tools.tests -n "$$jobs" --dist loadfile --no-loadscope-reorder \
		-m "$$chosen and not slow and not faults" "$$@" $(ARGS); }; \
	run $(JOBS) "not vm and not alone" $(TESTS); first=$$?; \
	run $(VM_JOBS) "(vm or alone)" $$($(MARKED) || echo $(TESTS)); second=$$?; \
	case $$first,$$second in 0,0 | 0,5 | 5,0) ;; *) exit 1 ;; esac
test-slow: ## Run the tests that take minutes as well
	@tools/setup.sh test && exec $(PYTHON) -m tools.tests -m "not faults" $(TESTS) $(ARGS)
test-faults: ## Run the whole matrix of faults and kills (hours): make test-faults ARGS="-k 'matrix and up-first'"
	@tools/setup.sh test && exec $(PYTHON) -m tools.tests -m faults --junitxml=.state/faults.xml tests/faults $(ARGS)
check: ## Check format, lint, types and spelling
	@tools/setup.sh dev && exec tools/check.sh
format: ## Format the code and fix what can be fixed
	@tools/setup.sh dev && .venv/bin/ruff check --fix-only --quiet . && exec .venv/bin/ruff format .

audit: ## Ask PyPI for known vulnerabilities of the locked packages
	@tools/setup.sh dev && exec $(PYTHON) -m tools.audit

.PHONY: docs docs-serve docs-captures
docs: ## Build the documentation as a site in build/docs/site, and check its links
docs-serve: ## Serve the documentation on this computer, built again after each change
docs-captures: ## Take the pictures of the tutorial anew
docs docs-serve docs-captures:
	@tools/setup.sh dev && exec $(PYTHON) -m tools.site $(patsubst docs,build,$(@:docs-%=%))

.PHONY: setup language-hosts env options lock licences clean
setup: ## Install what every command needs
	@tools/setup.sh "stack:$(STACK)" && $(PYTHON) -m tools.engine >/dev/null
language-hosts: ## Have what runs programs in YAML and generates SDKs; an engine built here has it built beside it
	@tools/setup.sh base && $(PYTHON) -m tools.engine --languages >/dev/null
env: ## Print the environment for pulumi itself: eval "$$(make -s env STACK=sandbox)"
	@tools/setup.sh base && exec $(PYTHON) -m tools.stack env --stack "$(STACK)"
options: ## Write components/typed_options.py from the settings and the pages in docs/
	@tools/setup.sh dev && exec $(PYTHON) -m tests.support.typed_options
lock: ## Lock the dependencies that pyproject.toml asks for; newest versions: make lock ARGS=--upgrade
	@tools/setup.sh dev && exec tools/lock.sh $(ARGS)
licences: ## Write docs/licences.md from the locked packages
	@tools/setup.sh dev && exec $(PYTHON) -m tools.licences
clean: ## Remove the Python environment and caches; state of stacks and engine stay
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
