/* System calls that no program of a lab needs and that lead out of a box: seccomp(2). For box.c. */
#ifndef SOCKLADDER_BOX_FILTER_H
#define SOCKLADDER_BOX_FILTER_H

/* A file that holds the filter, as bubblewrap wants it. The caller closes it. -1: errno. */
int box_filter_open(void);

#endif
