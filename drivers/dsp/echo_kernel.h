/* echo_kernel.h — the canceller's three loops over taps, eight at a time.
 *
 * Written with the compiler's vector types (gcc and clang, any processor): without -ffast-math neither may
 * reorder a sum of floats, so a plain loop for a scalar product would stay scalar. Lengths are multiples of 8.
 * A function marked LC_WIDE is compiled twice on x86-64: for every processor, and for those with AVX2 and FMA,
 * where the loader takes the second. The sanitizers cannot live with such functions: there it is compiled once.
 */
#ifndef CALLBOX_ECHO_KERNEL_H
#define CALLBOX_ECHO_KERNEL_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__) && \
	!defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LC_WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define LC_WIDE
#endif
#define LC_KERNEL static inline __attribute__((always_inline))

typedef float lc_v8 __attribute__((vector_size(32)));
typedef float lc_v8u __attribute__((vector_size(32), aligned(4), may_alias)); /* where alignment is not known */

#define LC_LOAD(at) (*(const lc_v8u *)(at))
#define LC_STORE(at, value) (*(lc_v8u *)(at) = (value))
#define LC_SUM(v) ((((v)[0] + (v)[4]) + ((v)[2] + (v)[6])) + (((v)[1] + (v)[5]) + ((v)[3] + (v)[7])))

/* sum(w[i] x[i]). Two sums side by side: one would wait for itself at every step. */
LC_KERNEL float lc_dot(const float *w, const float *x, int n)
{
	lc_v8 a = {0}, b = {0};

	for (int i = 0; i + 8 < n; i += 16) {
		a += LC_LOAD(w + i) * LC_LOAD(x + i);
		b += LC_LOAD(w + i + 8) * LC_LOAD(x + i + 8);
	}
	if (n & 8)
		a += LC_LOAD(w + n - 8) * LC_LOAD(x + n - 8);
	a += b;
	return LC_SUM(a);
}

/* w += step x, and the scalar product of the new w with the signal one sample later: one pass over memory. */
LC_KERNEL float lc_adapt_dot(float *w, const float *x, float step, int n)
{
	lc_v8 a = {0}, b = {0}, g = {step, step, step, step, step, step, step, step};

	for (int i = 0; i + 8 < n; i += 16) {
		lc_v8 p = LC_LOAD(w + i) + g * LC_LOAD(x + i), q = LC_LOAD(w + i + 8) + g * LC_LOAD(x + i + 8);

		LC_STORE(w + i, p);
		LC_STORE(w + i + 8, q);
		a += p * LC_LOAD(x + i + 1);
		b += q * LC_LOAD(x + i + 9);
	}
	if (n & 8) {
		lc_v8 p = LC_LOAD(w + n - 8) + g * LC_LOAD(x + n - 8);

		LC_STORE(w + n - 8, p);
		a += p * LC_LOAD(x + n - 7);
	}
	a += b;
	return LC_SUM(a);
}

/* out[k] = sum(w[i] x[k + i]), 4 outputs per pass so that each w is loaded once; m a multiple of 4. */
LC_KERNEL void lc_convolve(const float *w, const float *x, int n, float *out, int m)
{
	for (int k = 0; k < m; k += 4) {
		lc_v8 a = {0}, b = {0}, c = {0}, d = {0};

		for (int i = 0; i < n; i += 8) {
			lc_v8 v = LC_LOAD(w + i);

			a += v * LC_LOAD(x + k + i);
			b += v * LC_LOAD(x + k + i + 1);
			c += v * LC_LOAD(x + k + i + 2);
			d += v * LC_LOAD(x + k + i + 3);
		}
		out[k] = LC_SUM(a);
		out[k + 1] = LC_SUM(b);
		out[k + 2] = LC_SUM(c);
		out[k + 3] = LC_SUM(d);
	}
}

#endif
