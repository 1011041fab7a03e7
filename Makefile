# SPDX-License-Identifier: Apache-2.0
# Jarvis: one non-recursive Makefile, out of tree.
#
#   make                    programs of the current variant into build/bin/
#   make run | make test    the README's two commands (they install what they need)
#   make help               everything else
#
# Variants live side by side in build/<variant>/: SAN=address,undefined  SAN=thread  COV=1
# CC=clang  CROSS=aarch64-linux-gnu-  DEBUG=1. V=1 shows the commands, WERROR=1 stops at warnings.
# Sources are found: src/*/, src/helpers/*/, hal/*/, tests/unit|fault|fuzz/<folder or helper>/.
# A new folder needs one row in the tables below (archive order and USES_), no other edit.

CROSS      ?=
CC         := $(if $(filter default,$(origin CC)),$(CROSS)gcc,$(CC))
AR         := $(CROSS)$(if $(findstring clang,$(CC)),ar,gcc-ar)
PKG_CONFIG ?= $(CROSS)pkg-config
DESTDIR    ?=
PREFIX     ?= /usr
SAN        ?=
COV        ?=
DEBUG      ?=
V          ?=
WERROR     ?=

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

# ---- variant ---------------------------------------------------------------------------------
comma := ,
ifneq ($(filter-out address undefined address$(comma)undefined thread,$(SAN)),)
$(error SAN=$(SAN) is unknown; use address,undefined or thread)
endif
TOOLCHAIN := $(notdir $(firstword $(CC)))
VARIANT := $(if $(filter $(CROSS)%,$(TOOLCHAIN)),,$(CROSS))$(TOOLCHAIN)$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(COV),-cov)$(if $(DEBUG),-debug)
B := build/$(VARIANT)
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(B)/%,%,$(2))';)

# Hidden symbols: none of ours can take the place of one inside a library (libyaml has a yaml_free).
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
        -Wformat=2 -Wundef -Wwrite-strings $(if $(WERROR),-Werror)
OPT  := $(if $(DEBUG)$(COV),-O0,-O2) -g
CPPFLAGS_ALL := -D_GNU_SOURCE -Isrc -Ihal/include -Itests $(CPPFLAGS)
CFLAGS_ALL   := -std=gnu17 $(OPT) -fno-omit-frame-pointer -fstack-protector-strong -pthread -fvisibility=hidden \
                -ffile-prefix-map=$(CURDIR)=. $(WARN) $(if $(SAN),-fsanitize=$(SAN)) \
                $(if $(findstring undefined,$(SAN)),-fno-sanitize-recover=undefined) \
                $(if $(SAN),-DJARVIS_SANITIZED=1) $(if $(SAN)$(DEBUG),-DJARVIS_STRICT=1) $(if $(COV),--coverage) $(CFLAGS)
LDFLAGS_ALL  := -pthread -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN),-Wl$(comma)-z$(comma)relro$(comma)-z$(comma)now) \
                $(if $(COV),--coverage) $(LDFLAGS)

# ---- what there is ---------------------------------------------------------------------------
# Archives in link order: an archive may use those after it (tools/check-layers has the rules).
FOLDERS := app web home assistant intent speech core store wake audio hal dsp rt base
USES_base      := base
USES_rt        := rt base
USES_dsp       := dsp rt base
USES_hal       := hal rt base
USES_audio     := audio hal dsp rt base
USES_wake      := wake hal dsp rt base
USES_store     := store base
USES_core      := core store base
USES_speech    := speech core store wake audio hal dsp rt base
USES_intent    := intent core store base
USES_assistant := assistant core store base
USES_home      := home core store base
USES_web       := web core store base
USES_app       := $(FOLDERS)
# The helpers: their objects without main.c are archives too, so that tests link them.
HELPERS  := stt tts dictate ctl lab
# of speech only its wire: the heads of frames, which both sides write and read; of dsp the speech embedding
USES_stt := stt speech core dsp rt base
USES_tts := tts speech core base
USES_dictate := dictate speech core base
USES_ctl := ctl core base
USES_lab := lab $(FOLDERS)

# Libraries by pkg-config, and who links them.
PKGS_jarvisd    := alsa samplerate sndfile opus sqlite3 libmosquitto libmicrohttpd libcurl libcjson \
                   libsystemd yaml-0.1 libutf8proc
PKGS_jarvis-stt := pocketsphinx libcjson libsystemd yaml-0.1 libutf8proc
PKGS_jarvis-dictate := $(PKGS_jarvis-stt)
PKGS_jarvis-tts := espeak-ng libcjson libsystemd yaml-0.1
PKGS_jarvisctl  := libcjson libsystemd yaml-0.1
PKGS_jarvis-lab := $(PKGS_jarvisd)
# Libraries without a .pc file.
MORE_jarvisd    := -lwslay -lm
MORE_jarvis-stt := -lm
MORE_jarvis-lab := $(MORE_jarvisd)
MORE_all        := $(MORE_jarvisd)
PKGS_all        := $(sort $(PKGS_jarvisd) $(PKGS_jarvis-stt) $(PKGS_jarvis-tts))

PROGRAMS := jarvisd jarvis-stt jarvis-tts jarvis-dictate jarvisctl jarvis-lab
MAIN_jarvisd    := src/app/main.c
MAIN_jarvis-stt := src/helpers/stt/main.c
MAIN_jarvis-tts := src/helpers/tts/main.c
MAIN_jarvis-dictate := src/helpers/dictate/main.c
MAIN_jarvisctl  := src/helpers/ctl/main.c
MAIN_jarvis-lab := src/helpers/lab/main.c
LIBS_jarvisd    := $(FOLDERS)
LIBS_jarvis-stt := $(USES_stt)
LIBS_jarvis-tts := $(USES_tts)
LIBS_jarvis-dictate := $(USES_dictate)
LIBS_jarvisctl  := $(USES_ctl)
LIBS_jarvis-lab := $(USES_lab)

SRC_hal := $(wildcard hal/*/*.c)
$(foreach f,$(filter-out hal,$(FOLDERS)),$(eval SRC_$(f) := $(filter-out src/app/main.c,$(wildcard src/$(f)/*.c))))
SRC_web += $(B)/gen/assets.c
$(foreach h,$(HELPERS),$(eval SRC_$(h) := $(filter-out %/main.c,$(wildcard src/helpers/$(h)/*.c))))
SRC_HELPERS := $(wildcard src/helpers/*/*.c)
obj = $(patsubst %.c,$(B)/%.o,$(patsubst $(B)/%,%,$(1)))

UNIT  := $(wildcard tests/unit/*/*_test.c)
FAULT := $(wildcard tests/fault/*/*_test.c)
FUZZ  := $(wildcard tests/fuzz/*/*_fuzz.c)
UNIT_BIN  := $(UNIT:%.c=$(B)/%)
FAULT_BIN := $(FAULT:%.c=$(B)/%)
FUZZ_BIN  := $(FUZZ:%.c=$(B)/%)
BENCH_BIN := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/*_bench.c))
# their objects are kept, though only a pattern names them
.SECONDARY: $(UNIT_BIN:=.o) $(FAULT_BIN:=.o) $(FUZZ_BIN:=.o) $(BENCH_BIN:=.o) \
            $(B)/tests/fault/fault.o $(B)/tests/fuzz/replay.o

# ---- programs --------------------------------------------------------------------------------
.PHONY: all
all: $(PROGRAMS:%=build/bin/%) ## build all programs into build/bin/

# pkg-config is asked once per variant; the answers are kept in a fragment.
$(B)/pkg.mk: Makefile
	@mkdir -p $(@D)
	@if ! $(PKG_CONFIG) --exists $(PKGS_all); then \
	  $(PKG_CONFIG) --print-errors --exists $(PKGS_all); \
	  echo "libraries are missing: run 'make deps' (it installs the list in tools/packages.txt)" >&2; exit 1; fi
	@{ echo "PKG_CFLAGS := $$($(PKG_CONFIG) --cflags $(PKGS_all))"; \
	   echo "PKG_LIBS_all := $$($(PKG_CONFIG) --libs $(PKGS_all))"; \
	   $(foreach p,$(PROGRAMS),echo "PKG_LIBS_$(p) := $$($(PKG_CONFIG) --libs $(PKGS_$(p)))";) } > $@.tmp
	@mv $@.tmp $@
NO_BUILD := help deps run test demo clean fresh-check
ifneq ($(filter-out $(NO_BUILD),$(or $(MAKECMDGOALS),all)),)
include $(B)/pkg.mk
endif

# A change of flags rebuilds what they reach.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)' | cmp -s - $@ || \
	  echo '$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)' > $@
FORCE:

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(PKG_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MQ $@ -c $< -o $@
$(B)/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$@)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c $< -o $@

# The page: gzipped files of src/ui as C arrays.
$(B)/gen/assets.c: tools/embed $(wildcard src/ui/*)
	@mkdir -p $(@D)
	$(call say,EMBED,$@)tools/embed $(filter src/ui/%,$^) > $@

define ARCHIVE
$(B)/lib$(1).a: $(call obj,$(SRC_$(1)))
	$$(call say,AR,$$@)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS) $(HELPERS),$(eval $(call ARCHIVE,$(f))))

libs = $(patsubst %,$(B)/lib%.a,$(1))

define PROGRAM
$(B)/bin/$(1): $(call obj,$(MAIN_$(1))) $(call libs,$(LIBS_$(1)))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $$(PKG_LIBS_$(1)) $(MORE_$(1)) -lm
build/bin/$(1): $(B)/bin/$(1)
	@mkdir -p $$(@D)
	$(Q)ln -sfn ../$(VARIANT)/bin/$(1) $$@
endef
$(foreach p,$(PROGRAMS),$(eval $(call PROGRAM,$(p))))
# The link in build/bin must follow the variant that is asked for. The link itself is looked at:
# make starts again after it has made pkg.mk, and a note of the last variant would be true by then.
$(foreach p,$(PROGRAMS),$(if $(filter ../$(VARIANT)/bin/$(p),$(shell readlink build/bin/$(p))),,\
  $(eval build/bin/$(p): FORCE)))

# ---- tests -----------------------------------------------------------------------------------
# tests/unit/<folder>/x_test.c links <folder> and what that folder may use; <folder> may be a helper.
test_libs = $(call libs,$(USES_$(1)))
WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup
define TESTS_OF
$(B)/tests/unit/$(1)/%_test: $(B)/tests/unit/$(1)/%_test.o $(call test_libs,$(1))
	$$(call say,LD,$$@)$(CC) $(LDFLAGS_ALL) -o $$@ $$^ $$(PKG_LIBS_all) -lcmocka $(MORE_all)
$(B)/tests/fault/$(1)/%_test: $(B)/tests/fault/$(1)/%_test.o $(B)/tests/fault/fault.o $(call test_libs,$(1))
	$$(call say,LD,$$@)$(CC) $(LDFLAGS_ALL) $(WRAP) -o $$@ $$^ $$(PKG_LIBS_all) -lcmocka $(MORE_all)
$(B)/tests/fuzz/$(1)/%_fuzz: $(B)/tests/fuzz/$(1)/%_fuzz.o $(if $(FUZZER),,$(B)/tests/fuzz/replay.o) $(call test_libs,$(1))
	$$(call say,LD,$$@)$(CC) $(LDFLAGS_ALL) $(FUZZER) -o $$@ $$^ $$(PKG_LIBS_all) $(MORE_all)
endef
$(foreach f,$(FOLDERS) $(HELPERS),$(eval $(call TESTS_OF,$(f))))
$(B)/tests/bench/%_bench: $(B)/tests/bench/%_bench.o $(call libs,$(filter-out app,$(FOLDERS)))
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS_all) $(MORE_all) -lm
# A disk that hangs, for a whole daemon (LD_PRELOAD).
$(B)/tests/lib/slowdisk.so: tests/lib/slowdisk.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -D_GNU_SOURCE -std=gnu17 -O2 $(WARN) -fPIC -shared -o $@ $< -ldl

.PHONY: unit fault fuzz-corpus headers
unit: $(UNIT_BIN) ## unit tables (cmocka)
	$(Q)tools/run-tests unit $^
fault: $(FAULT_BIN) ## allocation-fault tests
	$(Q)tools/run-tests fault $^
fuzz-corpus: $(FUZZ_BIN) ## replay every fuzz corpus
	$(Q)tools/run-tests fuzz $^
headers: ## each header compiles alone
	$(Q)for h in $$(find src hal -name '*.h'); do \
	  $(CC) $(CPPFLAGS_ALL) -std=gnu17 $(PKG_CFLAGS) -fsyntax-only -x c $$h || exit 1; done; echo "headers: ok"

include tools/targets.mk

-include $(shell find $(B) -name '*.d' 2>/dev/null)
