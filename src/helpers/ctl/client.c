/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/client.c - one request on the control socket. */
#include "core/control.h"
#include "base/must.h"
#include "core/deadlines.h"
#include "ctl.h"

#include <string.h>

enum { ANSWER_MS = DEADLINE_CTL_MS };

int ctl_request(cJSON **ret, int fd, const char *cmd, const cJSON *args, struct err *e)
{
    AUTO_JSON *request = args ? cJSON_Duplicate(args, true) : cJSON_CreateObject();
    AUTO_JSON *answer = NULL;
    AUTO_FREE uint8_t *packet = malloc(RPC_FRAME_BYTES_MAX);
    struct rpc_frame f;
    const char *error;
    int r;

    must(fd >= 0 && cmd[0]);
    if (!request || !packet || !cJSON_AddStringToObject(request, "cmd", cmd))
        return err_set(e, -ENOMEM, "out of memory");
    r = rpc_send_json(fd, CONTROL_REQUEST, 1, request, e);
    if (r < 0)
        return err_wrap(e, r, "asking jarvisd");
    do {
        r = rpc_recv(fd, packet, &f, ANSWER_MS, e);
        if (r == 0)
            return err_set(e, -ETIMEDOUT, "jarvisd did not answer within %d s", ANSWER_MS / 1000);
        if (r < 0)
            return err_wrap(e, r, "waiting for jarvisd");
    } while (f.type != CONTROL_DONE);
    r = rpc_json(&answer, &f, e);
    if (r < 0)
        return err_wrap(e, r, "answer of jarvisd");
    error = json_str(answer, "error", NULL);
    if (error && cJSON_GetArraySize(answer) == 1)
        return err_set(e, -EREMOTEIO, "%s", error);
    *ret = STEAL(answer);
    return 0;
}
