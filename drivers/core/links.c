#include "core/links.h"

#include <errno.h>
#include <math.h>

float lc_db_to_factor(float db)
{
	return powf(10.0F, db / 20.0F);
}

static struct lc_link *find(struct lc_links *links, uint16_t source, uint16_t sink)
{
	for (int i = 0; i < links->count; i++) {
		struct lc_link *link = &links->link[i];
		if (link->source == source && link->sink == sink)
			return link;
	}
	return NULL;
}

int lc_links_set(struct lc_links *links, uint16_t source, uint16_t sink, float gain_db)
{
	struct lc_link *link = find(links, source, sink);
	if (!link) {
		if (links->count == LC_LINKS_MAX)
			return -ENOSPC;
		link = &links->link[links->count++];
		link->source = source;
		link->sink = sink;
		link->gain = 0;
	}
	link->leaving = false;
	link->target = lc_db_to_factor(gain_db);
	return 0;
}

static void leave(struct lc_link *link)
{
	link->leaving = true;
	link->target = 0;
}

int lc_links_remove(struct lc_links *links, uint16_t source, uint16_t sink)
{
	struct lc_link *link = find(links, source, sink);
	if (!link || link->leaving)
		return -ENOENT;
	leave(link);
	return 0;
}

void lc_links_clear(struct lc_links *links, uint16_t end)
{
	for (int i = 0; i < links->count; i++)
		if (links->link[i].source == end || links->link[i].sink == end)
			leave(&links->link[i]);
}

void lc_link_mix(struct lc_link *link, const int16_t *source, float *sum, int n)
{
	float gain = link->gain;
	if (gain == link->target) {
		for (int i = 0; i < n; i++)
			sum[i] += gain * (float)source[i];
		return;
	}
	float slope = (link->target - gain) / (float)n;
	for (int i = 0; i < n; i++)
		sum[i] += (gain + slope * (float)(i + 1)) * (float)source[i];
	link->gain = link->target;
}

void lc_links_sweep(struct lc_links *links)
{
	int kept = 0;
	for (int i = 0; i < links->count; i++) {
		if (links->link[i].leaving && links->link[i].gain == 0)
			continue;
		if (kept != i)
			links->link[kept] = links->link[i];
		kept++;
	}
	links->count = kept;
}

int lc_mix_finish(const float *restrict sum, int16_t *restrict out, int n)
{
	/* rintf() and a cast, where lrintf() says the same: of the two the compiler makes vectors. */
	int clipped = 0;
	for (int i = 0; i < n; i++) {
		float value = sum[i] > 32767.0F ? 32767.0F : sum[i];
		value = value < -32768.0F ? -32768.0F : value;
		clipped += value != sum[i];
		out[i] = (int16_t)(int32_t)rintf(value);
	}
	return clipped;
}
