# SPDX-License-Identifier: GPL-2.0
#
# What a person types.  Kbuild has what the kernel's build reads.

# Headers of the running kernel, else the newest installed.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build 2>/dev/null | sort -rV))
# Not config/kernel.release, in which Debian's 6.1 has another version.
KVER = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h)
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR) W=$(W)
W ?= 1

SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
USERSPACE := tools/libhull tools/userspace-test tools/emul-fuzz tools/bench

all: module

help:
	@echo 'make              build hull.ko for KDIR=$(KDIR)'
	@echo 'make install      install it for that kernel (uninstall: remove it)'
	@echo 'make userspace    the C library, the tests and the benchmark, in build/'
	@echo 'make demo         boot Linux on /dev/hull in a virtual AMD host'
	@echo 'make check        all tests (check-quick: those of a few minutes; check-long:'
	@echo '                  great numbers of cases, kicks and moves between CPUs)'
	@echo 'make bench        cost per operation, beside in-tree KVM'
	@echo 'make sparse       static analysis of the module'
	@echo 'make clean        remove what was built'

need-kdir:
	@test -e "$(KDIR)/Makefile" && test -n "$(KVER)" || { \
		echo 'No kernel headers: apt-get install linux-headers-amd64' >&2; exit 1; }

module: need-kdir
	$(KBUILD) modules

sparse: need-kdir
	$(KBUILD) C=2 modules

# INSTALL_MOD_PATH: another root, as the kernel's own modules_install has it.
MODULES = $(INSTALL_MOD_PATH)/lib/modules/$(KVER)
DEPMOD = depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(KVER)

install: module
	$(SUDO) $(KBUILD) INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) modules_install
	$(SUDO) $(DEPMOD)

uninstall: need-kdir
	$(SUDO) find $(MODULES) -name 'hull.ko*' -delete
	$(SUDO) $(DEPMOD)

userspace:
	@for dir in $(USERSPACE); do $(MAKE) -C $$dir || exit; done

demo:
	@tools/demo/demo

check:
	@tools/check/run

check-quick:
	@tools/check/run --quick

check-long:
	@tools/check/run --long

bench:
	@tools/bench/run

clean:
	$(if $(KDIR),$(KBUILD) clean)
	rm -rf build

.PHONY: all help need-kdir module sparse install uninstall userspace demo check \
	check-quick check-long bench clean
