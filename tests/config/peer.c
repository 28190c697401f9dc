/* Peers in Allow, Deny and From: the forms of directives.md, 8, and classes. */
#include "tests/config/given.h"

#include "config/peer.h"

static const char *no_name(void *arg)
{
	(void)arg;
	return NULL;
}

static const char *host_name(void *arg)
{
	return arg;
}

static struct subject peer(const char *address, const char *name)
{
	struct subject s = { .find_name = name != NULL ? host_name : no_name,
	    .arg = (void *)(uintptr_t)name };

	assert_true(addr_parse(&s.peer, address));
	return s;
}

static bool hits(const char *form, const char *address, const char *name)
{
	struct subject who = peer(address, name);
	struct peer_item item;
	const char *why = peer_parse(form, &item);

	if (why != NULL)
		fail_msg("%s: %s", form, why);
	return peer_matches(&item, &who);
}

static void forms(void **state)
{
	static const struct { const char *form, *address, *name; bool hit; } t[] = {
		{ "all", "10.1.1.7", NULL, true }, { "NONE", "10.1.1.7", NULL, false },
		{ "10.1.1.7", "10.1.1.7", NULL, true }, { "10.1.1.7", "10.1.1.70", NULL, false },
		{ "::ffff:10.1.1.7", "10.1.1.7", NULL, true },
		{ "10.1.1.7", "::ffff:10.1.1.7", NULL, true },
		{ "2001:db8::7", "2001:DB8:0::7", NULL, true }, { "::1", "127.0.0.1", NULL, false },
		{ "10.1.1.", "10.1.1.255", NULL, true }, { "10.1.1.", "10.1.10.1", NULL, false },
		{ "10.", "10.9.9.9", NULL, true }, { "10.", "110.1.1.1", NULL, false },
		{ "10.1.0.0/16", "10.1.255.1", NULL, true },
		{ "10.1.9.9/16", "10.1.0.1", NULL, true },
		{ "10.1.0.0/16", "10.2.0.1", NULL, false }, { "0.0.0.0/0", "1.2.3.4", NULL, true },
		{ "0.0.0.0/0", "::1", NULL, false }, { "10.1.1.128/25", "10.1.1.127", NULL, false },
		{ "10.1.1.128/25", "10.1.1.200", NULL, true },
		{ "10.1.1.7/32", "10.1.1.6", NULL, false },
		{ "2001:db8::/33", "2001:db8:7fff::1", NULL, true },
		{ "2001:db8::/33", "2001:db8:8000::1", NULL, false },
		{ "10.1.1.[4-9]", "10.1.1.7", NULL, true },
		{ "10.1.1.[4-9]", "10.1.1.77", NULL, false },
		{ "10.1.*", "10.1.2.3", NULL, true }, { "2001:db8:*", "2001:db8::9", NULL, true },
		{ "host.example.org", "10.1.1.7", "HOST.example.org", true },
		{ "host.example.org", "10.1.1.7", NULL, false },
		{ "host.example.org", "10.1.1.7", "xhost.example.org", false },
		{ ".example.org", "10.1.1.7", "a.b.Example.org", true },
		{ ".example.org", "10.1.1.7", "example.org", false },
		{ ".example.org", "10.1.1.7", "badexample.org", false },
		{ "*.ex?mple.org", "10.1.1.7", "a.exAmple.org", true },
		{ "*.ex?mple.org", "10.1.1.7", NULL, false },
		{ "!10.1.1.7", "10.1.1.7", NULL, false }, { "!10.1.1.7", "10.1.1.8", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (hits(t[i].form, t[i].address, t[i].name) != t[i].hit)
			fail_msg("%s, peer %s (%s)", t[i].form, t[i].address, t[i].name);
	}
}

static void nonsense(void **state)
{
	static const char *const t[] = {
		"", "!", "!all", "!none", "10.1.1", "10", "10.1.0.0/255.255.0.0", "10.1.0.0/33",
		"::/129", "/8", "host/8", "::ffff:10.0.0.0/104", "a b", "host_1\x01", ".", "ho:st",
		"10.1.0.0/",
	};
	struct peer_item item;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		if (peer_parse(t[i], &item) == NULL)
			fail_msg("%s was taken", t[i]);
	}
}

/* The class of a peer, by a configuration. */
static void class_is(struct given *g, const char *text, const char *address, const char *want)
{
	struct config *c = given(g, text);
	struct subject who = peer(address, NULL);

	if (c == NULL)
		fail_msg("%s", g->told);
	who.classes = config_classes(c);
	if (want == NULL)
		assert_null(subject_class(&who));
	else
		assert_string_equal(subject_class(&who), want);
}

static void classes(void **state)
{
	static const char text[] = "<Class one>\nFrom 10.1.\nFrom 10.2.0.0/16,10.3.\n</Class>\n"
	    "<Class two>\nFrom 10.\n</Class>\n<Class out>\nFrom !10.0.0.0/8\n</Class>\n";
	static const char both[] = "<Class b>\nSatisfy all\nFrom 10.\nFrom !10.1.\n</Class>\n";
	struct given g = { .dir = "" };

	(void)state;
	class_is(&g, text, "10.1.1.1", "one");
	class_is(&g, text, "10.3.1.1", "one");
	class_is(&g, text, "10.4.1.1", "two");
	class_is(&g, text, "192.0.2.1", "out");
	class_is(&g, both, "10.2.1.1", "b");
	class_is(&g, both, "10.1.1.1", NULL);
	class_is(&g, "<Class x>\n</Class>\n", "10.1.1.1", NULL);
	class_is(&g, "<Class x>\nSatisfy all\n</Class>\n", "10.1.1.1", NULL);
	assert_null(given(&g, "<Class x>\nFrom 10.\n</Class>\n<Class x>\n</Class>\nFrom 10.\n"));
	told(&g, "E 4: <Class>: x: is there already (line 1)");
	told(&g, "E 6: From: not allowed in the main server; its place is <Class>");
	given_end(&g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms), cmocka_unit_test(nonsense), cmocka_unit_test(classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
