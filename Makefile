SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
SEAWALL_SHARED ?= ../shared

.PHONY: help setup setup-dev demo plan test lint fmt types contracts docs check bench lab locks clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Set up what `seawall` needs: .venv, bubblewrap
	@scripts/setup run

setup-dev:
	@scripts/setup dev

demo: setup ## Run the main job on real input: reports in, proven cases and due dates out
	@$(BIN)/seawall demo

plan: setup ## Check a small hospital's inventories, and write plans to print into hospital-plan/
	@scripts/plan

test: setup-dev ## Run the tests (PostgreSQL included)
	$(BIN)/pytest -n 2

lint: setup-dev ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: setup-dev ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup-dev ## Check types
	$(BIN)/mypy

contracts: setup-dev ## Check that imports go one way
	$(BIN)/lint-imports

docs: setup-dev ## Build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

check: lint types contracts docs test ## Everything that must hold before a change lands

bench: setup-dev ## Print the figures, each as a ratio measured in the same run
	$(BIN)/python -m benchmarks

lab: setup-dev ## Grade the lab of known true and false reports and print the table
	$(BIN)/python -m benchmarks.lab --shared $(SEAWALL_SHARED)

locks: ## Pin dependencies again, with hashes and without index lines
	for name in runtime dev build; do scripts/lock $$name; done

clean: ## Remove what was made here
	rm -rf .venv site hospital-plan .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
