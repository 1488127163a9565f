/* Links: gains, smooth changes, saturation. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/links.h"

enum { N = 80 };

static struct lc_links links;

int main(void)
{
	int16_t source[N], out[N];
	float sum[N] = {0};
	for (int i = 0; i < N; i++)
		source[i] = 10000;

	/* A new link rises from nothing, then holds: no step larger than the ramp's. */
	assert(!lc_links_set(&links, 1, 2, 0) && links.count == 1);
	lc_link_mix(&links.link[0], source, sum, N);
	assert(lc_mix_finish(sum, out, N) == 0 && out[0] == 125 && out[N - 1] == 10000);
	for (int i = 1; i < N; i++)
		assert(out[i] - out[i - 1] == 125);
	memset(sum, 0, sizeof(sum));
	lc_link_mix(&links.link[0], source, sum, N);
	lc_mix_finish(sum, out, N);
	assert(out[0] == 10000 && out[N - 1] == 10000);

	/* The same link again only changes its gain. */
	assert(!lc_links_set(&links, 1, 2, -6.0206F) && links.count == 1);
	memset(sum, 0, sizeof(sum));
	lc_link_mix(&links.link[0], source, sum, N);
	lc_mix_finish(sum, out, N);
	assert(abs(out[N - 1] - 5000) <= 1);

	/* Removed: fades in one tick, then is gone. */
	assert(lc_links_remove(&links, 9, 9) == -ENOENT && !lc_links_remove(&links, 1, 2));
	assert(lc_links_remove(&links, 1, 2) == -ENOENT);
	lc_links_sweep(&links);
	assert(links.count == 1);
	memset(sum, 0, sizeof(sum));
	lc_link_mix(&links.link[0], source, sum, N);
	lc_mix_finish(sum, out, N);
	assert(out[N - 1] == 0);
	lc_links_sweep(&links);
	assert(links.count == 0);

	/* Sums saturate and are counted. */
	for (int i = 0; i < N; i++)
		sum[i] = i < 3 ? 40000.0F : i < 5 ? -40000.0F : 32767.0F;
	assert(lc_mix_finish(sum, out, N) == 5 && out[0] == 32767 && out[3] == -32768 && out[10] == 32767);

	/* Clear takes everything from and to an end; the table has a last place. */
	for (uint16_t i = 0; i < LC_LINKS_MAX; i++)
		assert(!lc_links_set(&links, i, 600, 0));
	assert(lc_links_set(&links, 601, 602, 0) == -ENOSPC);
	lc_links_clear(&links, 600);
	for (int i = 0; i < links.count; i++)
		assert(links.link[i].leaving);
	puts("links: ok");
	return 0;
}
