/* Guard rails: what -t warns of though it is legal. */
#include "tests/config/given.h"

/* That the text is good, and is warned of with exactly this line; NULL: with none. */
static void warned(const char *text, const char *what)
{
	struct given g = { .dir = "" };

	if (given(&g, text) == NULL)
		fail_msg("%s", g.told);
	if (what != NULL)
		told(&g, what);
	if (g.warnings != (what != NULL))
		fail_msg("%u warnings:\n%s", g.warnings, g.told);
	given_end(&g);
}

#define ROOT "<Anonymous /srv/www/site>\nUser nobody\n"

static void dead_sections(void **state)
{
	(void)state;
	warned("<Limit STOR>\nDenyUser alice\n</Limit>\n<Limit STOR DELE>\nAllowAll\n</Limit>\n",
	    "W 1: <Limit>: never counts: the one in line 4 is asked first, and always decides");
	warned("<Limit STOR MKD>\nDenyUser alice\n</Limit>\n<Limit STOR "
	    "DELE>\nAllowAll\n</Limit>\n", NULL);
	warned("<Limit STOR>\nDenyUser alice\n</Limit>\n<Limit STOR>\nAllowUser bob\n</Limit>\n",
	    NULL);
	warned("<Limit STOR>\nDenyAll\n</Limit>\n<Limit STOR>\nOrder deny,allow\nAllowUser "
	    "bob\n</Limit>\n", "W 1: <Limit>: never counts: the one in line 4");
	warned("<Limit STOR>\nDenyAll\n</Limit>\n<Limit WRITE>\nAllowAll\n</Limit>\n", NULL);
	warned("<Directory /a>\n<Limit ALL>\nDenyAll\n</Limit>\n<Limit ALL>\nAllow from "
	    "all\n</Limit>\n</Directory>\n", "W 2: <Limit>: never counts: the one in line 5");
	/* once, however many servers take it over */
	warned("<Global>\n<Limit MKD>\nDenyAll\n</Limit>\n<Limit "
	    "MKD>\nDenyAll\n</Limit>\n</Global>\n<VirtualHost "
	    "127.0.0.2>\n</VirtualHost>\n<VirtualHost 127.0.0.3>\n</VirtualHost>\n",
	    "W 2: <Limit>: never counts");
}

static void dead_lines(void **state)
{
	(void)state;
	warned("<Limit STOR>\nAllowAll\nDenyUser alice\n</Limit>\n",
	    "W 3: Deny: never counts: with Order allow,deny the Allow of line 2 holds for "
	    "everybody before it");
	warned("<Limit STOR>\nOrder deny,allow\nAllowUser alice\nDeny from all\n</Limit>\n",
	    "W 3: Allow: never counts: with Order deny,allow the Deny of line 4");
	warned("<Limit STOR>\nAllowUser alice\nDenyAll\n</Limit>\n", NULL);
	warned("<Limit STOR>\nOrder deny,allow\nDenyUser alice\nAllowAll\n</Limit>\n", NULL);
}

static void classes_and_names(void **state)
{
	(void)state;
	warned("<Class a>\nFrom 10.\n</Class>\n<Limit STOR>\nDenyClass a,!b\n</Limit>\n",
	    "W 5: DenyClass: b: there is no <Class> of that name");
	warned("<IfClass office>\nUmask 077\n</IfClass>\n",
	    "W 1: <IfClass>: office: there is no <Class>");
	warned("<Class a>\n</Class>\n", "W 1: <Class>: a: has no From");
	warned("UseReverseDNS off\n<Limit STOR>\nDeny from .example.org\n</Limit>\n",
	    "W 3: Deny: .example.org: no name is looked up while UseReverseDNS is off");
	warned("UseReverseDNS off\n<Class a>\nFrom host.example.org\n</Class>\n",
	    "W 3: From: host.example.org");
	warned("<Limit STOR>\nDeny from .example.org\n</Limit>\n", NULL);
}

static void web_trees(void **state)
{
	(void)state;
	warned(ROOT "</Anonymous>\n",
	    "W 1: <Anonymous>: /srv/www/site: what is stored there a web server");
	warned(ROOT "<Limit WRITE>\nDenyAll\n</Limit>\n</Anonymous>\n", NULL);
	warned("<Directory /home/x/public_html/in>\n<Limit STOR>\nAllowUser "
	    "bob\n</Limit>\n</Directory>\n",
	    "W 1: <Directory>: /home/x/public_html/in: what is stored there");
	warned("<Directory /var/www>\n<Limit WRITE>\nDenyAll\n</Limit>\n</Directory>\n", NULL);
	warned("<Directory /var/wwwroots>\n<Limit STOR>\nAllowAll\n</Limit>\n</Directory>\n", NULL);
}

static void too_late(void **state)
{
	(void)state;
	warned("<IfUser alice>\nDefaultRoot ~\nUmask 077\n</IfUser>\n",
	    "W 2: DefaultRoot: has no effect here");
	warned("<IfGroup x>\nRootLogin off\n</IfGroup>\n", "W 2: RootLogin: has no effect here");
}

static void order_of_pam(void **state)
{
	(void)state;
	if (!module_present("mod_auth_pam.c"))
		skip();
	warned("AuthOrder mod_auth_pam.c mod_auth_unix.c\n",
	    "W 1: AuthOrder: mod_auth_unix.c may accept");
	warned("AuthOrder mod_auth_pam.c* mod_auth_unix.c\n", NULL);
	warned("AuthOrder mod_auth_pam.c mod_auth_file.c\n", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(dead_sections), cmocka_unit_test(dead_lines),
		cmocka_unit_test(classes_and_names), cmocka_unit_test(web_trees),
		cmocka_unit_test(too_late),
		cmocka_unit_test(order_of_pam),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
