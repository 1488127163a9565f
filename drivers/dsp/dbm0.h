/* dbm0.h — levels: dBm0 to amplitude and back.
 *
 * ITU-T G.711 §1.4, Table 5: the A-law digital milliwatt, decoded to 16 bits, is a sine of peak 22 826;
 * a sine that just fills the code is +3.14 dBm0 (32 767 / 10^(3.14 / 20) = 22 826). Power here is the mean
 * square of samples, so a sine of peak p has power p² / 2.
 */
#ifndef CALLBOX_DBM0_H
#define CALLBOX_DBM0_H

#include <math.h>

#define LC_DBM0_PEAK 22826.0f
#define LC_DBM0_POWER (LC_DBM0_PEAK * LC_DBM0_PEAK / 2.0f)
#define LC_DBM0_SILENCE -100.0f /* what digital zero is called */

static inline float lc_dbm0_to_peak(float dbm0)
{
	return LC_DBM0_PEAK * powf(10.0f, dbm0 / 20.0f);
}

static inline float lc_dbm0_to_power(float dbm0)
{
	return LC_DBM0_POWER * powf(10.0f, dbm0 / 10.0f);
}

static inline float lc_dbm0_from_power(float mean_square)
{
	float ratio = mean_square / LC_DBM0_POWER;

	return ratio > 1e-10f ? 10.0f * log10f(ratio) : LC_DBM0_SILENCE;
}

static inline float lc_db_to_power_ratio(float db)
{
	return powf(10.0f, db / 10.0f);
}

#endif
