/* Everything that the files of tests/lab-N need. How to write a scenario: tests/README.md. */
#ifndef SOCKLADDER_SCENARIO_H
#define SOCKLADDER_SCENARIO_H

#include "grader/base/lab.h"
#include "grader/expect/children.h"
#include "grader/expect/clients.h"
#include "grader/expect/count.h"
#include "grader/expect/driven.h"
#include "grader/expect/echo.h"
#include "grader/expect/effort.h"
#include "grader/expect/ending.h"
#include "grader/expect/memory.h"
#include "grader/expect/server.h"
#include "grader/expect/trust.h"
#include "grader/observe/connection.h"
#include "grader/observe/procfs.h"
#include "grader/observe/trace.h"
#include "grader/play/orders.h"
#include "grader/play/peer.h"
#include "grader/play/places.h"
#include "grader/play/program.h"
#include "grader/play/stage.h"

#endif
