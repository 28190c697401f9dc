/* Who asks: what is found out about a peer or user when a rule first wants to know. */
#include "config/subject.h"

#include "config/peer.h"

const char *subject_name(struct subject *s)
{
	if (!s->has_name) {
		s->has_name = true;
		s->name = s->find_name != NULL ? s->find_name(s->arg) : NULL;
	}
	return s->name;
}

const char *subject_class(struct subject *s)
{
	const struct class *c = s->classes;

	if (!s->has_class) {
		while (c != NULL && !class_holds(c, s))
			c = c->next;
		s->class = c != NULL ? c->name : NULL;
		s->has_class = true;
	}
	return s->class;
}

const char *const *subject_groups(struct subject *s, size_t *n)
{
	if (!s->has_groups) {
		s->ngroups = 0;
		s->groups = s->find_groups != NULL ? s->find_groups(s->arg, &s->ngroups) : NULL;
		s->has_groups = true;
	}
	*n = s->ngroups;
	return s->groups;
}
