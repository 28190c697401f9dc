# in.ftpd: make, make check, make install. See README.
prefix      = /usr/local
sbindir     = $(prefix)/sbin
mandir      = $(prefix)/share/man
docdir      = $(prefix)/share/doc/in.ftpd
unitdir     = $(prefix)/lib/systemd/system
sysconfdir  = /etc
emptydir    = /var/lib/in.ftpd/empty
DESTDIR     =

CC          = gcc
PAM         = yes
WRAP        = yes
SENDFILE    = yes
TLS         = yes
SAN         =

VERSION     = 0.1

CPPFLAGS   += -D_GNU_SOURCE -I. -DVERSION='"$(VERSION)"' -DSYSCONFDIR='"$(sysconfdir)"' \
              -DEMPTYDIR='"$(emptydir)"'
WARN        = -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
              -Wpointer-arith -Wwrite-strings -Wundef
CFLAGS     ?= -O2
HARDEN      = -fPIE -fstack-protector-strong -fstack-clash-protection -fno-plt -fvisibility=hidden
LDHARDEN    = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed,--hash-style=gnu -Wl,-O1
LDLIBS      =

ifeq ($(PAM),yes)
CPPFLAGS   += -DWITH_PAM
endif
ifeq ($(WRAP),yes)
CPPFLAGS   += -DWITH_WRAP
# libwrap wants these two of the program; Debian's build could do without
LDHARDEN   += -Wl,--export-dynamic-symbol=allow_severity,--export-dynamic-symbol=deny_severity
endif
ifeq ($(SENDFILE),yes)
CPPFLAGS   += -DWITH_SENDFILE
endif
ifeq ($(TLS),yes)
CPPFLAGS   += -DWITH_TLS
endif
ifdef SAN
CFLAGS     += -g -O1 -Werror -fsanitize=address,undefined -fno-sanitize-recover=undefined \
              -fno-omit-frame-pointer
LDHARDEN   += -fsanitize=address,undefined
CPPFLAGS   += -DWITH_SANITIZER
# the sanitizer looks crypt_r up at the start, for whoever calls it later
LDLIBS     += -Wl,--no-as-needed -lcrypt
else
CPPFLAGS   += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif

OBJDIR      = build$(if $(SAN),-san)
CONFIG_OBJ  = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard config/*.c))
VFS_OBJ     = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard vfs/*.c))
# of auth/ what ftpasswd alone has
FTPASSWD_SRC = auth/entry.c auth/newpass.c auth/replace.c
# and what ftpwho and ftpcount have
FTPWHO_SRC   = auth/rows.c auth/rowtext.c auth/rowform.c
AUTH_OBJ    = $(patsubst %.c,$(OBJDIR)/%.o,$(filter-out $(FTPASSWD_SRC) $(FTPWHO_SRC),$(wildcard auth/*.c)))
TLS_OBJ     = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard tls/*.c))
SESSION_OBJ = $(patsubst %.c,$(OBJDIR)/%.o,$(wildcard session/*.c))
# the order counts: whatever a session calls lies together, and its pages are few
OBJ         = $(OBJDIR)/in.ftpd.o $(OBJDIR)/explain.o $(OBJDIR)/verdict.o $(TLS_OBJ) $(VFS_OBJ) $(SESSION_OBJ) $(AUTH_OBJ) $(CONFIG_OBJ)
UNIT_SRC    = $(wildcard tests/config/*.c tests/vfs/*.c tests/auth/*.c tests/tls/*.c tests/session/*.c)
UNIT        = $(patsubst tests/%.c,$(OBJDIR)/unit/%,$(UNIT_SRC))
PROGRAM     = $(if $(SAN),$(OBJDIR)/in.ftpd,in.ftpd)

# Beside the program, each of one file over config/.
TOOLS       = ftpasswd ftpcount ftpquota ftpshut ftpwho
TOOL        = $(addprefix $(dir $(PROGRAM)),$(TOOLS))

all: $(PROGRAM) $(TOOL)

$(PROGRAM): $(OBJ)
	$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ $(OBJ) $(LDLIBS)

$(TOOL): $(dir $(PROGRAM))%: $(OBJDIR)/%.o $(CONFIG_OBJ)
	$(CC) $(CFLAGS) $(LDHARDEN) $(LDFLAGS) -o $@ $^ $(TOOL_LIBS) $(LDLIBS)

# What a tool has besides.
FTPASSWD_OBJ = $(FTPASSWD_SRC:%.c=$(OBJDIR)/%.o) $(OBJDIR)/auth/authline.o
$(dir $(PROGRAM))ftpasswd: $(FTPASSWD_OBJ)
$(dir $(PROGRAM))ftpasswd: TOOL_LIBS = -lcrypt
SLOT_OBJ     = $(OBJDIR)/auth/slot.o $(OBJDIR)/auth/live.o $(OBJDIR)/auth/statefile.o
FTPWHO_OBJ   = $(FTPWHO_SRC:%.c=$(OBJDIR)/%.o) $(SLOT_OBJ)
$(dir $(PROGRAM))ftpwho: $(FTPWHO_OBJ)
$(dir $(PROGRAM))ftpcount: $(OBJDIR)/auth/rows.o $(SLOT_OBJ)

$(OBJDIR)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(WARN) -std=c11 $(CFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<

# A unit test links everything but main().
$(OBJDIR)/unit/%: tests/%.c $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(TLS_OBJ) $(SESSION_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(WARN) -std=c11 $(CFLAGS) $(HARDEN) -MMD -MP $(LDHARDEN) -o $@ $< \
	    $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(TLS_OBJ) $(SESSION_OBJ) -lcmocka $(LDLIBS)

unit: $(UNIT)
	@bad=0; for t in $(UNIT); do $$t || bad=1; done; exit $$bad

# What evaluating the rules costs, and being counted; prints figures, asserts none.
bench: $(OBJDIR)/bench/rules $(OBJDIR)/bench/slots
	$(OBJDIR)/bench/rules
	$(OBJDIR)/bench/slots

$(OBJDIR)/bench/%: tests/bench/%.c $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(TLS_OBJ) $(SESSION_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(WARN) -std=c11 $(CFLAGS) $(HARDEN) $(LDHARDEN) -o $@ $< \
	    $(CONFIG_OBJ) $(VFS_OBJ) $(AUTH_OBJ) $(TLS_OBJ) $(SESSION_OBJ) $(LDLIBS)

check: all
	tests/run

# What an administrator may have changed is added where there is none, and never replaced.
# Nothing is enabled.
ADD = add() { test -e "$$2" || { sed 's,/usr/local/sbin,$(sbindir),g' "$$1" >"$$2" && \
      chmod 644 "$$2"; }; }; add
D   = $(DESTDIR)

install: all
	install -d $(D)$(sbindir) $(D)$(mandir)/man5 $(D)$(mandir)/man8 $(D)$(docdir) $(D)$(unitdir) \
	    $(D)$(sysconfdir)/pam.d $(D)$(sysconfdir)/xinetd.d $(D)$(sysconfdir)/logrotate.d
	install -m 755 $(PROGRAM) $(D)$(sbindir)/in.ftpd
	install -m 755 $(TOOL) $(D)$(sbindir)
	install -m 644 $(wildcard man/*.5) $(D)$(mandir)/man5
	install -m 644 $(wildcard man/*.8) $(D)$(mandir)/man8
	install -m 644 README.md LICENSE etc/anonymous.conf $(D)$(docdir)
	$(ADD) etc/inetd.conf $(D)$(docdir)/inetd.conf
	$(ADD) etc/fail2ban/filter.d/in.ftpd.conf $(D)$(docdir)/fail2ban.conf
	$(ADD) etc/systemd/in.ftpd.socket $(D)$(unitdir)/in.ftpd.socket
	$(ADD) etc/systemd/in.ftpd@.service $(D)$(unitdir)/in.ftpd@.service
	$(ADD) etc/in.ftpd.conf $(D)$(sysconfdir)/in.ftpd.conf
	$(ADD) etc/pam.d/ftp $(D)$(sysconfdir)/pam.d/ftp
	$(ADD) etc/xinetd.d/in.ftpd $(D)$(sysconfdir)/xinetd.d/in.ftpd
	$(ADD) etc/logrotate.d/in.ftpd $(D)$(sysconfdir)/logrotate.d/in.ftpd
	install -d -m 555 $(D)$(emptydir)

# Leaves the configuration and the logs.
uninstall:
	rm -f $(addprefix $(D)$(sbindir)/,$(TOOLS))
	rm -f $(D)$(sbindir)/in.ftpd $(D)$(unitdir)/in.ftpd.socket $(D)$(unitdir)/in.ftpd@.service
	rm -f $(patsubst man/%,$(D)$(mandir)/man5/%,$(wildcard man/*.5))
	rm -f $(patsubst man/%,$(D)$(mandir)/man8/%,$(wildcard man/*.8))
	rm -rf $(D)$(docdir)

# Each target of tests/fuzz for this many seconds; needs clang.
FUZZ_TIME   = 60
fuzz:
	tests/fuzz/run $(FUZZ_TIME)

clean:
	rm -rf build build-san in.ftpd $(TOOLS)

.PHONY: all unit bench check fuzz install uninstall clean
-include $(OBJ:.o=.d) $(TOOLS:%=$(OBJDIR)/%.d) $(FTPASSWD_OBJ:.o=.d) $(FTPWHO_OBJ:.o=.d) $(addsuffix .d,$(UNIT))
