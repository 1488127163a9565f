/* emit.h — how detectors and line machines hand their news to whoever runs them. */
#ifndef CALLBOX_EMIT_H
#define CALLBOX_EMIT_H

#include "linecard.h"

/* The caller of emit fills kind, value, extra, text and at; the receiver adds tick and slot, and counts. */
typedef void lc_emit_fn(void *context, const struct lc_event *event);

#endif
