/* inputs.h: what the unit tests feed: seeded random bytes, and memory that ends sharply.
 *
 * - The same seed gives the same input on every machine, so a failure repeats.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TESTS_INPUTS_H
#define TR_TESTS_INPUTS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The next number of the sequence that *seed stands for (splitmix64). */
static inline uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

/* A number from 0 to below - 1. */
static inline size_t random_below(uint64_t *seed, size_t below)
{
	return (size_t)(next_random(seed) % below);
}

/* Memory before a page that may not be touched: one byte read too far is a crash. */
struct edge {
	char *base;
	char *end; /* the first byte that may not be touched */
	size_t page_bytes;
};

/* Room for cap bytes. Release with edge_free(). */
static inline struct edge edge_make(size_t cap)
{
	struct edge e = {.page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	size_t room = (cap / e.page_bytes + 1) * e.page_bytes;

	e.base = mmap(NULL, room + e.page_bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(e.base != MAP_FAILED);
	e.end = e.base + room;
	assert(!mprotect(e.end, e.page_bytes, PROT_NONE));
	return e;
}

/* A copy of bytes that ends where the memory does; valid until the next one. */
static inline char *edge_put(const struct edge *e, const void *bytes, size_t len)
{
	assert(len <= (size_t)(e->end - e->base));
	return memcpy(e->end - len, bytes, len);
}

static inline void edge_free(struct edge *e)
{
	munmap(e->base, (size_t)(e->end - e->base) + e->page_bytes);
}

#endif
