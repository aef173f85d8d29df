/* malloc and realloc, of which chosen calls give nothing, as where memory has run out. The calls are counted across
   threads, since a call into OpenSSL is made from whatever thread its goroutine has. */

#include <stdatomic.h>
#include <stdlib.h>

static atomic_long calls, first, last; /* those numbered from first to last give nothing */
static atomic_long withheld;

static int withhold(void) {
	long n = atomic_fetch_add(&calls, 1) + 1;
	if (n < atomic_load(&first) || n > atomic_load(&last))
		return 0;
	atomic_fetch_add(&withheld, 1);
	return 1;
}

void *allocations_malloc(size_t size) {
	return withhold() ? NULL : malloc(size);
}

void *allocations_realloc(void *block, size_t size) {
	return withhold() ? NULL : realloc(block, size);
}

/* allocations_arm counts from 1 again, and withholds what the calls from one number to another ask for. */
void allocations_arm(long from, long to) {
	atomic_store(&first, 0);
	atomic_store(&last, 0);
	atomic_store(&withheld, 0);
	atomic_store(&calls, 0);
	atomic_store(&last, to);
	atomic_store(&first, from);
}

/* allocations_disarm withholds nothing any more. It returns how often something was withheld. */
long allocations_disarm(void) {
	atomic_store(&last, 0);
	atomic_store(&first, 0);
	return atomic_load(&withheld);
}

long allocations_count(void) {
	return atomic_load(&calls);
}
