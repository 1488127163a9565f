#include "dsp/echo.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/oscillator.h"
#include "dsp/echo_kernel.h"

enum {
	RENEW = 80,   /* samples between new whitenings */
	WINDOW = 160, /* samples they are made from */
};
