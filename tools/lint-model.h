/* SPDX-License-Identifier: Apache-2.0 */
/* tools/lint-model.h - what the analysers of `make lint` cannot see in other files, included before
 * each source by tools/lint. err_set() and err_wrap() return the code that they are given. */
#include "base/err.h"

#define err_set(e, code, ...) ((void)err_set(e, code, __VA_ARGS__), (code))
#define err_wrap(e, code, ...) ((void)err_wrap(e, code, __VA_ARGS__), (code))

/* cppcheck reads no system headers */
#ifdef __cppcheck__
#define cJSON_ArrayForEach(item, list) \
    for (item = (list) ? (list)->child : 0; item; item = item->next)
#endif
