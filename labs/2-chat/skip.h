/* What to do with a typed line that is too long. This file is given. */
#ifndef SOCKLADDER_SKIP_H
#define SOCKLADDER_SKIP_H

#include "2-chat/line.h"

#include <stdbool.h>

/*
 * If READER holds a line that line_read() has refused with EMSGSIZE, throws the line away, so that
 * READER can be used again for the lines after it. Does not wait: if the end of the line has not
 * arrived yet, it will be a line of its own. (A terminal delivers only whole lines.) Otherwise
 * changes nothing.
 *
 * Returns whether it has thrown a line away. If reading fails, the next line_read() reports it.
 */
bool line_skip(struct line_reader *reader);

#endif
