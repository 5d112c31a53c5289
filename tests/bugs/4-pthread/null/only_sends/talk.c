/* A client that sends what is typed and never listens; no server. At most: 5 */
#include "4-pthread/talk.h"

#include "2-chat/line.h"

int talk(int conn, int keyboard)
{
    struct line_reader reader;
    char line[LINE_LIMIT + 1];
    size_t length;
    line_open(&reader, keyboard);
    while (line_read(&reader, line, &length) > 0 && line_send(conn, line, length) == 0)
        ;
    return 0;
}
