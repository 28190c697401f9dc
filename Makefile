# in.ftpd: make, make check, make install. See README.
prefix      = /usr/local
sbindir     = $(prefix)/sbin
mandir      = $(prefix)/share/man
sysconfdir  = /etc
emptydir    = /var/lib/in.ftpd/empty
DESTDIR     =

CC          = gcc
PAM         = yes
WRAP        = yes
SENDFILE    = yes
SAN         =

VERSION     = 0.1

CPPFLAGS   += -D_GNU_SOURCE -I. -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(sysconfdir)"' \
              -DEMPTYDIR='"$(emptydir)"'
WARN        = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
              -Wpointer-arith -Wwrite-strings -Wundef
CFLAGS     ?= -O2
HARDEN      = -fPIE -fstack-protector-strong -fstack-clash-protection -fno-plt -fvisibility=hidden
LDHARDEN    = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed,--hash-style=gnu -Wl,-O1
LDLIBS      = -lcrypt

ifeq ($(PAM),yes)
CPPFLAGS   += -DWITH_PAM
endif
ifeq ($(WRAP),yes)
CPPFLAGS   += -DWITH_WRAP
endif
ifeq ($(SENDFILE),yes)
CPPFLAGS   += -DWITH_SENDFILE
endif
ifdef SAN
CFLAGS     += -g -O1 -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined \
              -fno-omit-frame-pointer
LDHARDEN   += -fsanitize=address,undefined
CPPFLAGS   += -DWITH_SANITIZER
else
CPPFLAGS   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

OBJDIR      = build$(if $(SAN),-san)
CONFIG_OBJ  = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard config/*.c))
VFS_OBJ     = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard vfs/*.c))
AUTH_OBJ    = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard auth/*.c))
SESSION_OBJ = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard session/*.c))
OBJ         = $(OBJDIR)/in.ftpd.o $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(SESSION_OBJ)
UNIT_SRC    = $(wildcard tests/config/*.c tests/vfs/*.c tests/auth/*.c tests/session/*.c)
UNIT        = $(patsubst tests/%.c,$(OBJDIR)/unit/%,$(UNIT_SRC))
PROGRAM     = $(if $(SAN),$(OBJDIR)/in.ftpd,in.ftpd)

all: $(PROGRAM)

$(PROGRAM): $(OBJ)
	$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ $(OBJ) $(LDLIBS)

$(OBJDIR)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(WARN) -std=c11 $(CFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<

# A unit test links everything but main().
$(OBJDIR)/unit/%: tests/%.c $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(SESSION_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(WARN) -std=c11 $(CFLAGS) $(HARDEN) -MMD -MP $(LDHARDEN) -o $@ $< \
	    $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(SESSION_OBJ) -lcmocka $(LDLIBS)

unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done

check: all
	tests/run

clean:
	rm -rf build build-san in.ftpd

.PHONY: all unit check fuzz install clean
-include $(OBJ:.o=.d) $(addsuffix .d,$(UNIT))
