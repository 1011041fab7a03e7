/* SPDX-License-Identifier: Apache-2.0 */
/* base/version.h - the one place of the version. */
#ifndef JARVIS_BASE_VERSION_H
#define JARVIS_BASE_VERSION_H

#define JARVIS_VERSION "0.1.0"

#endif
