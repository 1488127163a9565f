/* callerid_heard.h — what the ears of a port make of a caller id. */
#ifndef TEST_CALLERID_HEARD_H
#define TEST_CALLERID_HEARD_H

#include "dsp/ears.h"
#include "signals.h"

static const struct lc_plan plan = {.callerid_dbm0 = -13.5f,
                                    .dtmf_low_dbm0 = -9,
                                    .dtmf_high_dbm0 = -7,
                                    .dtmf_on_ms = 70,
                                    .dtmf_off_ms = 70,
                                    .dtmf_twist_db = 6,
                                    .dtmf_reverse_twist_db = 6,
                                    .callerid_start = "D",
                                    .callerid_end = "C",
                                    .callerid_private = "D1#",
                                    .callerid_unavailable = "D2#"};
static struct heard heard;
static struct lc_ears ears;

static inline void listen(struct signal *s, unsigned mask)
{
	lc_ears_init(&ears, &plan);
	lc_ears_listen(&ears, mask);
	heard.n = 0;
	for (int i = 0; i + 80 <= s->n; i += 80) {
		heard.now = i + 80;
		lc_ears_process(&ears, s->pcm + i, 80, hear, &heard);
	}
}

static inline const char *name_of(const struct lc_event *event)
{
	return event->text + strlen(event->text) + 1;
}

static inline const char *time_of(const struct lc_event *event)
{
	return name_of(event) + strlen(name_of(event)) + 1;
}

static inline bool heard_good(int scheme, const char *number, const char *name)
{
	return heard.n == 1 && heard.event[0].kind == LC_EV_CALLERID && heard.event[0].value == 1 &&
	       heard.event[0].extra == scheme && strcmp(heard.event[0].text, number) == 0 &&
	       strcmp(name_of(&heard.event[0]), name) == 0;
}

#endif
