/* echo_kernel.h — the canceller's three loops over taps, four at a time.
 *
 * Written with the compiler's vector types (gcc and clang, any processor): without -ffast-math neither may
 * reorder a sum of floats, so a plain loop for a scalar product would stay scalar. Lengths are multiples of 8.
 */
#ifndef CALLBOX_ECHO_KERNEL_H
#define CALLBOX_ECHO_KERNEL_H

typedef float lc_v4 __attribute__((vector_size(16)));
typedef float lc_v4u __attribute__((vector_size(16), aligned(4), may_alias)); /* where alignment is not known */

static inline lc_v4 lc_load(const float *at)
{
	return *(const lc_v4u *)at;
}

static inline void lc_store(float *at, lc_v4 value)
{
	*(lc_v4u *)at = value;
}

static inline float lc_sum4(lc_v4 v)
{
	return (v[0] + v[1]) + (v[2] + v[3]);
}

/* sum(w[i] x[i]) */
static inline float lc_dot(const float *w, const float *x, int n)
{
	lc_v4 a = {0}, b = {0};

	for (int i = 0; i < n; i += 8) {
		a += lc_load(w + i) * lc_load(x + i);
		b += lc_load(w + i + 4) * lc_load(x + i + 4);
	}
	return lc_sum4(a + b);
}

/* w += step x, and the scalar product of the new w with the signal one sample later: one pass over memory. */
static inline float lc_adapt_dot(float *w, const float *x, float step, int n)
{
	lc_v4 a = {0}, b = {0}, g = {step, step, step, step};

	for (int i = 0; i < n; i += 8) {
		lc_v4 p = lc_load(w + i) + g * lc_load(x + i), q = lc_load(w + i + 4) + g * lc_load(x + i + 4);

		lc_store(w + i, p);
		lc_store(w + i + 4, q);
		a += p * lc_load(x + i + 1);
		b += q * lc_load(x + i + 5);
	}
	return lc_sum4(a + b);
}

/* out[k] = sum(w[i] x[k + i]), 4 outputs per pass so that each w is loaded once; m a multiple of 4. */
static inline void lc_convolve(const float *w, const float *x, int n, float *out, int m)
{
	for (int k = 0; k < m; k += 4) {
		lc_v4 a = {0}, b = {0}, c = {0}, d = {0};

		for (int i = 0; i < n; i += 4) {
			lc_v4 v = lc_load(w + i);

			a += v * lc_load(x + k + i);
			b += v * lc_load(x + k + i + 1);
			c += v * lc_load(x + k + i + 2);
			d += v * lc_load(x + k + i + 3);
		}
		out[k] = lc_sum4(a);
		out[k + 1] = lc_sum4(b);
		out[k + 2] = lc_sum4(c);
		out[k + 3] = lc_sum4(d);
	}
}

#endif
