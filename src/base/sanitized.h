/* sanitized.h: whether a sanitizer is linked in.
 *
 * - They reserve terabytes of addresses, and look for leaks with ptrace(2) and in /proc.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_SANITIZED_H
#define TR_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TR_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TR_SANITIZED 1
#endif
#endif
#ifndef TR_SANITIZED
#define TR_SANITIZED 0
#endif

#endif
