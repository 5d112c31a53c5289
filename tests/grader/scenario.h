/* Everything that tests/lab-N.c needs. How to write a scenario: tests/README.md. */
#ifndef SOCKLADDER_SCENARIO_H
#define SOCKLADDER_SCENARIO_H

#include "grader/connection.h"
#include "grader/count.h"
#include "grader/crowd.h"
#include "grader/effort.h"
#include "grader/expect.h"
#include "grader/helgrind.h"
#include "grader/lab.h"
#include "grader/memcheck.h"
#include "grader/peer.h"
#include "grader/proc.h"
#include "grader/processes.h"
#include "grader/program.h"
#include "grader/stage.h"
#include "grader/threads.h"
#include "grader/trace.h"
#include "grader/trust.h"

#endif
