/* low_pass.h — linear-phase low-pass filters by windowed sinc (Kaiser's window for 40 dB); unity at 0 Hz. */
#ifndef CALLBOX_LOW_PASS_H
#define CALLBOX_LOW_PASS_H

/* n taps, even, so that the middle falls between two; at start only. */
void lc_low_pass(float *taps, int n, double cutoff_hz);

#endif
