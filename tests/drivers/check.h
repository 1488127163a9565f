/* check.h — what the C tests share: the first check that fails says where and what, and ends the test. */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(truth)                                                                \
	do {                                                                        \
		if (!(truth)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #truth); \
			exit(1);                                                    \
		}                                                                   \
	} while (0)

#define CHECK_IS(got, wanted)                                                                                      \
	do {                                                                                                       \
		long long got_ = (got), wanted_ = (wanted);                                                        \
		if (got_ != wanted_) {                                                                             \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, wanted_); \
			exit(1);                                                                                   \
		}                                                                                                  \
	} while (0)

#define CHECK_NEAR(got, wanted, within)                                                                        \
	do {                                                                                                   \
		double got_ = (got), wanted_ = (wanted);                                                       \
		if (!(fabs(got_ - wanted_) <= (within))) {                                                     \
			fprintf(stderr, "%s:%d: %s is %g, not %g\n", __FILE__, __LINE__, #got, got_, wanted_); \
			exit(1);                                                                               \
		}                                                                                              \
	} while (0)

#endif
