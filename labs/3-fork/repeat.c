#include "3-fork/repeat.h"

#include "2-chat/line.h"
#include "common/console.h"

int repeat_session(int conn, uint16_t peer, void *context)
{
    (void)context;
    struct line_reader client;
    char line[LINE_LIMIT + 1];
    size_t length;
    line_open(&client, conn);
    for (;;) {
        int result = line_read(&client, line, &length);
        if (result <= 0)
            return result;
        console_tell(peer, "%s", line);
        if (line_send(conn, line, length) < 0)
            return -1;
    }
}
