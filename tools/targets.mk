# SPDX-License-Identifier: Apache-2.0
# Targets for people: set-up, run, test, checks, bench, install. Recipes over three lines are
# scripts in tools/.

.PHONY: help deps run test demo bench bench-full bench-programs chaos soak lint check-layers rt-check fresh-check docs install \
        unit-threads fuzz fuzz-all clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile tools/targets.mk
	@echo "  variants: SAN=address,undefined  SAN=thread  COV=1  DEBUG=1  CC=clang  CROSS=prefix-  V=1  WERROR=1"

deps: ## install what the build and the broker need (apt, from tools/packages.txt)
	@tools/deps build run
run: ## set everything up, build, start the assistant with its page on http://127.0.0.1:8100
	@tools/deps build run weights
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tools/run
test: ## install what the tests need, build and run all of them
	@tools/test
demo: ## a spoken command through the whole product, with its timeline; ends with an exit code
	@tools/deps build run weights
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tools/demo
BENCH_NEEDS := $(PROGRAMS:%=build/bin/%) $(BENCH_BIN) $(B)/tests/lib/slowdisk.so
bench: $(BENCH_NEEDS) ## figures beside peers on this machine; ROWS=http,floods chooses (tools/bench --list)
	@tools/deps run bench weights
	-@tools/deps peers
	@tools/bench $(ROWS)
bench-programs: $(BENCH_BIN) $(B)/tests/lib/slowdisk.so
bench-full: $(BENCH_NEEDS) ## the long rows too
	@tools/deps run bench weights
	-@tools/deps peers
	@tools/bench --full
KILLS ?= 1000
chaos: all ## kill -9 of the running daemon under load: KILLS=1000, 0 acknowledged sessions lost
	@tools/deps run
	@tools/chaos-store $(KILLS)
SOAK_S ?= 1200
soak: all ## everyday load, a hundred times as dense: SOAK_S=1200
	@tools/deps run bench
	@tools/soak $(SOAK_S)
lint: ## clang-format, clang-tidy, cppcheck, banned functions
	@tools/lint
check-layers: ## who includes whom
	@tools/check-layers
rt-check: $(call libs,dsp rt audio) ## no allocation, lock or system call in real-time objects
	@tools/rt-check $(B)
fresh-check: ## both README commands in a throw-away Debian 12 root; SUITE=trixie: Debian 13
	@tools/fresh-check
docs: all ## generate docs/settings.md, docs/settings.schema.json, docs/api.md
	@tools/gen-docs

# The folders in which threads meet.
unit-threads: $(filter $(B)/tests/unit/rt/% $(B)/tests/unit/core/% $(B)/tests/unit/audio/% \
                       $(B)/tests/unit/store/% $(B)/tests/unit/home/% $(B)/tests/unit/speech/% $(B)/tests/unit/web/%,$(UNIT_BIN)) ## for SAN=thread
	$(Q)TEST_LIMIT_S=600 tools/run-tests unit $^

# make fuzz TARGET=core/settings SECONDS=60; make fuzz-all SECONDS=60
SECONDS ?= 60
FUZZ_MAKE := $(MAKE) --no-print-directory CC=clang SAN=address,undefined FUZZER=-fsanitize=fuzzer \
             CFLAGS=-fsanitize=fuzzer-no-link
FUZZ_AT   := build/clang-address-undefined/tests/fuzz
fuzz: ## libFuzzer on one target: TARGET=folder/thing SECONDS=60
	$(Q)$(FUZZ_MAKE) $(FUZZ_AT)/$(TARGET)_fuzz
	$(Q)tools/fuzz-all $(SECONDS) $(FUZZ_AT)/$(TARGET)_fuzz
fuzz-all: ## libFuzzer on every target, each for SECONDS=60, with executions a second
	$(Q)$(FUZZ_MAKE) -j$$(nproc) $(FUZZ:tests/fuzz/%.c=$(FUZZ_AT)/%)
	$(Q)tools/fuzz-all $(SECONDS) $(FUZZ:tests/fuzz/%.c=$(FUZZ_AT)/%)

LIBEXEC := $(PREFIX)/lib/jarvis
install: all ## put everything in place below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBEXEC) $(DESTDIR)$(PREFIX)/share/doc/jarvis
	install -m 755 $(B)/bin/jarvisd $(B)/bin/jarvisctl $(B)/bin/jarvis-lab $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/bin/jarvis-stt $(B)/bin/jarvis-tts $(B)/bin/jarvis-dictate $(DESTDIR)$(LIBEXEC)/
	install -m 644 README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/jarvis/
	@tools/install-overlay "$(DESTDIR)"
	@tools/weights $(DESTDIR)$(PREFIX)/share/jarvis/models || [ $$? -eq 3 ]

clean: ## remove build/
	rm -rf build
