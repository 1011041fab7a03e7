# SPDX-License-Identifier: Apache-2.0
# Targets for people: set-up, run, test, checks, bench, install. Recipes over three lines are
# scripts in tools/.

.PHONY: help clean
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile tools/targets.mk
clean: ## remove build/
	rm -rf build
