/* detect.c — which channels there are, and what may be plugged into each. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cards/dahdi/dahdi.h"
#include "cards/dahdi/vendor/dahdi/user.h"

/* The driver names the far side's signalling: what can speak FXS is an FXO jack. A slot without a module has neither. */
static uint8_t kinds(int capabilities)
{
	return (uint8_t)((capabilities & __DAHDI_SIG_FXS ? LC_FXO : 0) | (capabilities & __DAHDI_SIG_FXO ? LC_FXS : 0));
}

static void describe(const struct dahdi_params *params, int number, struct lc_dahdi_found *out)
{
	memset(out, 0, sizeof(*out));
	out->channel = (uint16_t)number;
	out->span = (uint16_t)params->spanno;
	out->can_be = kinds(params->sigcap);
	out->is_ = kinds(params->sigtype);
	out->broken = params->sigcap < 0; /* DAHDI_SIG_BROKEN is the sign */
	memcpy(out->name, params->name, sizeof(out->name) - 1);
}

int lc_dahdi_detect(struct lc_dahdi_found *found, int most)
{
	int count = 0;
	int fd = open("/dev/dahdi/ctl", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return errno == EACCES || errno == EPERM ? -EACCES : -ENODEV;
	for (int number = 1; number < DAHDI_MAX_CHANNELS && count < most; number++) {
		struct dahdi_params params = {.channo = number};

		if (!ioctl(fd, DAHDI_GET_PARAMS, &params) && kinds(params.sigcap))
			describe(&params, number, &found[count++]);
	}
	close(fd);
	return count;
}
