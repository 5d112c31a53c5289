/* The version of the kit. Its changes stand in handouts/en/changes.md. */
#ifndef SOCKLADDER_VERSION_H
#define SOCKLADDER_VERSION_H

#define KIT_VERSION "1.0"

#endif
