/* What is read from helgrind's words: grader/observe/helgrind.h. The logs are valgrind 3.19's. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/memory.h"
#include "grader/observe/helgrind.h"
#include "grader/run/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
#define BEGIN                                                                                      \
    "==17== Helgrind, a thread error detector\n"                                                   \
    "==17== Command: ./races block\n"                                                              \
    "==17== \n"
#define RULER "==17== ----------------------------------------------------------------\n==17== \n"
#define RACE \
    "==17== \n" \
    "==17== ---Thread-Announcement------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #3 was created\n" \
    "==17==    at 0x496EB3F: clone (clone.S:76)\n" \
    "==17==    by 0x496F988: __clone_internal (clone-internal.c:83)\n" \
    "==17==    by 0x48EEDEF: create_thread (pthread_create.c:295)\n" \
    "==17==    by 0x48EF8EC: pthread_create@@GLIBC_2.34 (pthread_create.c:831)\n" \
    "==17==    by 0x484C5D7: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x1093AF: run_both (races.c:48)\n" \
    "==17==    by 0x10960C: run (races.c:155)\n" \
    "==17==    by 0x10960C: main (races.c:182)\n" \
    "==17== \n" \
    "==17== ---Thread-Announcement------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #2 was created\n" \
    "==17==    at 0x496EB3F: clone (clone.S:76)\n" \
    "==17==    by 0x496F988: __clone_internal (clone-internal.c:83)\n" \
    "==17==    by 0x48EEDEF: create_thread (pthread_create.c:295)\n" \
    "==17==    by 0x48EF8EC: pthread_create@@GLIBC_2.34 (pthread_create.c:831)\n" \
    "==17==    by 0x484C5D7: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109394: run_both (races.c:47)\n" \
    "==17==    by 0x10960C: run (races.c:155)\n" \
    "==17==    by 0x10960C: main (races.c:182)\n" \
    "==17== \n" \
    "==17== ---Thread-Announcement------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #1 is the program's root thread\n" \
    "==17== \n" \
    "==17== ----------------------------------------------------------------\n" \
    "==17== \n" \
    "==17==  Lock at 0x4A4B040 was first observed\n" \
    "==17==    at 0x484DEA9: pthread_mutex_init (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109496: main (races.c:181)\n" \
    "==17==  Address 0x4a4b040 is 0 bytes inside a block of size 64 alloc'd\n" \
    "==17==    at 0x484862F: calloc (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109449: main (races.c:178)\n" \
    "==17==  Block was alloc'd by thread #1\n" \
    "==17== \n" \
    "==17== Possible data race during read of size 4 at 0x4A4B068 by thread #3\n" \
    "==17== Locks held: 1, at address 0x4A4B040\n" \
    "==17==    at 0x109300: count_under_lock (races.c:66)\n" \
    "==17==    by 0x1093F9: run_second (races.c:38)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17== This conflicts with a previous write of size 4 by thread #2\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x109228: count_members (races.c:60)\n" \
    "==17==    by 0x10940C: run_first (races.c:29)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17==  Address 0x4a4b068 is 40 bytes inside a block of size 64 alloc'd\n" \
    "==17==    at 0x484862F: calloc (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109449: main (races.c:178)\n" \
    "==17==  Block was alloc'd by thread #1\n" \
    "==17== \n"
#define ORDER \
    "==17== ----------------------------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #3: lock order \"0x10C120 before 0x10C0E0\" violated\n" \
    "==17== \n" \
    "==17== Observed (incorrect) order is: acquisition of lock at 0x10C0E0\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109279: lock_two_then_one (races.c:94)\n" \
    "==17==    by 0x1093F9: run_second (races.c:38)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17==  followed by a later acquisition of lock at 0x10C120\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109288: lock_two_then_one (races.c:95)\n" \
    "==17==    by 0x1093F9: run_second (races.c:38)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17== Required order was established by acquisition of lock at 0x10C120\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x1092B4: lock_one_then_two (races.c:86)\n" \
    "==17==    by 0x10940C: run_first (races.c:29)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17==  followed by a later acquisition of lock at 0x10C0E0\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x1092C3: lock_one_then_two (races.c:87)\n" \
    "==17==    by 0x10940C: run_first (races.c:29)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17==  Lock at 0x10C120 was first observed\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x1092B4: lock_one_then_two (races.c:86)\n" \
    "==17==    by 0x10940C: run_first (races.c:29)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17==  Address 0x10c120 is 0 bytes inside data symbol \"one\"\n" \
    "==17== \n" \
    "==17==  Lock at 0x10C0E0 was first observed\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x1092C3: lock_one_then_two (races.c:87)\n" \
    "==17==    by 0x10940C: run_first (races.c:29)\n" \
    "==17==    by 0x484C7D6: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF1F4: start_thread (pthread_create.c:442)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17==  Address 0x10c0e0 is 0 bytes inside data symbol \"two\"\n" \
    "==17== \n"
#define HOLDS \
    "==17== \n" \
    "==17== ---Thread-Announcement------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #2 was created\n" \
    "==17==    at 0x496EB3F: clone (clone.S:76)\n" \
    "==17==    by 0x496F988: __clone_internal (clone-internal.c:83)\n" \
    "==17==    by 0x48EEDEF: create_thread (pthread_create.c:295)\n" \
    "==17==    by 0x48EF8EC: pthread_create@@GLIBC_2.34 (pthread_create.c:831)\n" \
    "==17==    by 0x484C5D7: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109690: hold_at_the_end (races.c:135)\n" \
    "==17==    by 0x109690: run (races.c:167)\n" \
    "==17==    by 0x109690: main (races.c:182)\n" \
    "==17== \n" \
    "==17== ----------------------------------------------------------------\n" \
    "==17== \n" \
    "==17== Thread #2: Exiting thread still holds 1 lock\n" \
    "==17==    at 0x48EF226: start_thread (pthread_create.c:593)\n" \
    "==17==    by 0x496EB4F: clone (clone.S:100)\n" \
    "==17== \n" \
    "==17== \n"
#define CREATED(number, place) \
    "==17== ---Thread-Announcement------------------------------------------\n==17== \n" \
    "==17== Thread #" number " was created\n" \
    "==17==    at 0x496EB3F: clone (clone.S:76)\n" \
    "==17==    by 0x1093AF: run_both (" place ")\n==17== \n"
/* One access of LENGTH bytes at PLACE, and one before it, of what ADDRESS says. */
#define ACCESSES(deed, place, before, place_before, address) \
    RULER \
    "==17== Possible data race during " deed " of size 4 at 0x10C228 by thread #3\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x1091E8: " place "\n==17== \n" \
    "==17== This conflicts with a previous " before " of size 4 by thread #2\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x109268: " place_before "\n" address "==17== \n"
#define TOTAL "==17==  Address 0x10c228 is 0 bytes inside data symbol \"total\"\n"
#define STATIC "==17==  Address 0x10c228 is 0 bytes inside data symbol \"text.2\"\n"
#define ON_STACK \
    "==17==  Address 0x10c228 is on thread #1's stack\n" \
    "==17==  in frame #1, created by serve (races.c:20)\n"
/* Two locks, told before the race: the first one is on a stack. */
#define LOCKS_ON_STACK(frame) \
    RULER \
    "==17==  Lock at 0x5E4B160 was first observed\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x10AC6F: say (races.c:138)\n" \
    "==17==  Address 0x5e4b160 is on thread #3's stack\n" \
    "==17==  in frame #" frame ", created by say (races.c:135)\n==17== \n" \
    "==17== Possible data race during read of size 4 at 0x10C228 by thread #3\n" \
    "==17== Locks held: 1, at address 0x5E4B160\n" \
    "==17==    at 0x1091E8: say (races.c:139)\n==17== \n" \
    "==17== This conflicts with a previous write of size 4 by thread #2\n" \
    "==17== Locks held: 1, at address 0x4A4B040\n" \
    "==17==    at 0x109268: join (races.c:128)\n"
#define ACQUIRED(words, address, place) \
    "==17== " words "acquisition of lock at " address "\n" \
    "==17==    at 0x484976E: ??? (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109279: " place "\n==17== \n"
#define FIRST_SEEN(address, function, place) \
    "==17==  Lock at " address " was first observed\n" \
    "==17==    at 0x484976E: " function " (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109279: " place "\n" \
    "==17==  Address " address " is 0 bytes inside a block of size 88 alloc'd\n" \
    "==17==    at 0x484862F: calloc (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x109449: open (races.c:35)\n" \
    "==17==  Block was alloc'd by thread #1\n==17== \n"
#define ORDER_IN_BLOCK(function, place, other_place) \
    RULER \
    "==17== Thread #3: lock order \"0x4A4B040 before 0x4A4B068\" violated\n==17== \n" \
    ACQUIRED("Observed (incorrect) order is: ", "0x4A4B068", "leave (races.c:167)") \
    ACQUIRED(" followed by a later ", "0x4A4B040", "leave (races.c:168)") \
    ACQUIRED("Required order was established by ", "0x4A4B040", "join (races.c:131)") \
    ACQUIRED(" followed by a later ", "0x4A4B068", "join (races.c:132)") \
    FIRST_SEEN("0x4A4B040", function, place) FIRST_SEEN("0x4A4B068", function, other_place)
#define OLD_STACK \
    RULER \
    "==17== Possible data race during write of size 8 at 0x4A53460 by thread #1\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x4851BD4: memset (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x48EF6DF: pthread_create@@GLIBC_2.34 (allocatestack.c:137)\n" \
    "==17==    by 0x10A911: start (races.c:50)\n==17== \n" \
    "==17==  Address 0x4a53460 is 16 bytes inside a block of size 272 alloc'd\n" \
    "==17==    at 0x484862F: calloc (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x401171D: _dl_allocate_tls (dl-tls.c:670)\n" \
    "==17==    by 0x10AAB6: start (races.c:107)\n" \
    "==17==  Block was alloc'd by thread #3\n==17== \n"
#define FREED_WITHIN \
    RULER \
    "==17== Possible data race during write of size 8 at 0x6F2D648 by thread #3\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x48461BB: free (in /usr/libexec/valgrind/vgpreload_helgrind.so)\n" \
    "==17==    by 0x6D35AA2: fclose@@GLIBC_2.2.5 (libioP.h:862)\n" \
    "==17==    by 0x109772: leave (races.c:30)\n==17== \n" \
    "==17== This conflicts with a previous write of size 8 by thread #2\n" \
    "==17== Locks held: none\n" \
    "==17==    at 0x6D4275C: __GI__IO_un_link.part.0 (genops.c:71)\n" \
    "==17==    by 0x6D35B34: fclose@@GLIBC_2.2.5 (iofclose.c:49)\n" \
    "==17==    by 0x109772: leave (races.c:30)\n" \
    "==17==  Address 0x6f2d648 is 8,808 bytes inside an unallocated block\n==17== \n"
#define SPINS \
    RULER \
    "==17== Thread #3: Bug in libpthread: recursive write lock granted on mutex/wrlock which does " \
    "not support recursion\n" \
    "==17==    at 0x484C5D7: pthread_spin_lock (hg_intercepts.c:1)\n" \
    "==17==    by 0x109331: say (races.c:47)\n==17== \n"
#define DUBIOUS \
    RULER \
    "==17== Thread #1: pthread_cond_{signal,broadcast}: dubious: associated lock is not held by any thread\n" \
    "==17==    at 0x484C5D7: pthread_cond_signal (hg_intercepts.c:1)\n" \
    "==17==    by 0x109331: main (races.c:47)\n==17== \n"
#define KILLED \
    "==17== \n==17== Process terminating with default action of signal 15 (SIGTERM)\n" \
    "==17==    at 0x49676EE: accept (accept.c:26)\n" \
    "==17==    by 0x10A649: serve (races.c:192)\n==17== \n"
#define END "==17== ERROR SUMMARY: 3 errors from 3 contexts (suppressed: 0 from 0)\n"
/* clang-format on */

static bool is_own(const char *file)
{
    return strcmp(file, "races.c") == 0;
}

static struct helgrind read_log(const char *words)
{
    struct text log = {0};
    struct helgrind helgrind;
    text_add(&log, "%s", words);
    helgrind_read(&log, is_own, &helgrind);
    text_free(&log);
    return helgrind;
}

static void assert_finds(const char *log, const char *finding)
{
    struct helgrind helgrind = read_log(log);
    assert_true(helgrind.complete);
    assert_string_equal(helgrind.findings[0], finding);
    assert_int_equal(helgrind.count, finding[0] != '\0');
}

static void test_a_clean_log_is_clean(void **state)
{
    (void)state;
    assert_finds(BEGIN KILLED END, "");
    assert_finds(BEGIN CREATED("2", "races.c:46") END, "");
    assert_finds(BEGIN DUBIOUS END, ""); /* POSIX allows it */
    assert_finds(BEGIN SPINS END, "");   /* helgrind's own mistake */
    assert_false(read_log(BEGIN KILLED).complete);
    assert_false(read_log("").complete);
}

static void test_a_race_has_two_places_and_what_is_between_them(void **state)
{
    (void)state;
    assert_finds(BEGIN RACE KILLED END,
                 "Two threads use memory that races.c:178 allocated (its bytes 40 to 43) "
                 "without a lock in common: races.c:66 reads it while races.c:60 may be "
                 "writing it; races.c:60 holds no lock.");
    assert_finds(ACCESSES("write", "two (races.c:27)", "read", "one (races.c:13)", TOTAL) END,
                 "Two threads use `total` without a lock in common: races.c:27 writes it while "
                 "races.c:13 may be reading it.");
    assert_finds(ACCESSES("write", "two (races.c:13)", "write", "one (races.c:13)", STATIC) END,
                 "Two threads use `text` without a lock in common, both at races.c:13.");
    assert_finds(ACCESSES("read", "two (races.c:27)", "write", "one (races.c:13)", ON_STACK) END,
                 "Two threads use a local variable of serve without a lock in common: races.c:27 "
                 "reads it while races.c:13 may be writing it.");
}

/* What is told before the race, of the locks, is not its place, and not the memory. */
static void test_a_lock_on_the_stack_is_told(void **state)
{
    (void)state;
    assert_finds(LOCKS_ON_STACK("0") TOTAL "==17== \n" END,
                 "Two threads use `total` without a lock in common: races.c:139 reads it while "
                 "races.c:128 may be writing it; each holds a lock, but not the same: one is a "
                 "local variable of say.");
    assert_finds(LOCKS_ON_STACK("1") "==17== \n" END,
                 "Two threads use the same memory without a lock in common: races.c:139 reads it "
                 "while races.c:128 may be writing it; each holds a lock, but not the same: one "
                 "is a local variable of say.");
}

/* Two reports about the same two lines are one mistake: a `++` reads and writes. */
static void test_the_same_mistake_is_told_once(void **state)
{
    (void)state;
    struct helgrind helgrind = read_log(
        ACCESSES("read", "two (races.c:27)", "write", "one (races.c:13)", TOTAL)
            ACCESSES("write", "two (races.c:27)", "write", "one (races.c:13)", TOTAL)
                ACCESSES("write", "one (races.c:13)", "write", "two (races.c:27)", TOTAL)
                    ACCESSES("write", "one (races.c:14)", "write", "two (races.c:27)", TOTAL) END);
    assert_int_equal(helgrind.count, 2);
    assert_non_null(strstr(helgrind.findings[1], "races.c:14 writes it"));
}

static void test_what_is_not_the_students_is_not_told(void **state)
{
    (void)state;
    assert_finds(ACCESSES("read", "say (console.c:27)", "write", "say (console.c:13)", TOTAL) END,
                 "");
    assert_finds(ACCESSES("write", "event_begin (memory.c:27)\n==17==    by 0x1: two (races.c:27)",
                          "write", "event_begin (memory.c:13)\n==17==    by 0x1: one (races.c:13)",
                          TOTAL) END,
                 "");
    assert_finds(OLD_STACK END, "");
    assert_finds(FREED_WITHIN END, "");
    /* One side is enough. */
    assert_finds(ACCESSES("read", "say (console.c:27)", "write", "one (races.c:13)", TOTAL) END,
                 "Two threads use `total` without a lock in common: another thread reads it while "
                 "races.c:13 may be writing it.");
}

static void test_locks_in_two_orders_are_told(void **state)
{
    (void)state;
    assert_finds(BEGIN ORDER END,
                 "races.c:95 takes `one` while holding `two`, races.c:87 the other way round: each "
                 "can wait for the other for ever.");
}

static void test_two_locks_in_one_block_are_told_apart(void **state)
{
    (void)state;
    assert_finds(ORDER_IN_BLOCK("pthread_mutex_init", "open (races.c:39)", "open (races.c:46)") END,
                 "races.c:168 takes the lock that races.c:39 initialises while holding the lock "
                 "that races.c:46 initialises, races.c:132 the other way round: each can wait for "
                 "the other for ever.");
    assert_finds(ORDER_IN_BLOCK("???", "join (races.c:131)", "join (races.c:132)") END,
                 "races.c:168 takes the lock that races.c:131 takes first while holding the lock "
                 "that races.c:132 takes first, races.c:132 the other way round: each can wait for "
                 "the other for ever.");
    assert_finds(ORDER_IN_BLOCK("pthread_mutex_init", "open (races.c:39)", "open (races.c:39)") END,
                 "races.c:168 takes the lock in what races.c:35 allocated while holding another "
                 "one like it, races.c:132 the other way round: each can wait for the other for "
                 "ever.");
}

static void test_a_thread_that_ends_with_a_lock_is_told(void **state)
{
    (void)state;
    assert_finds(BEGIN HOLDS END, "A thread that races.c:135 started ended while it held a lock: "
                                  "who wants it next waits for ever.");
}

static void test_any_bytes_are_read(void **state)
{
    (void)state;
    static const char *const pieces[] = {RULER,
                                         "==17== Thread #",
                                         "3",
                                         ": ",
                                         "Possible data race during ",
                                         "lock order",
                                         "==17==  Address 0x10c228 is ",
                                         "data symbol \"",
                                         "\n",
                                         "==17==    at 0x1: f (races.c:1)\n",
                                         "Lock at 0x",
                                         "==17== ---Thread-Announcement---\n",
                                         "call to ",
                                         " failed",
                                         "\"",
                                         "in frame #",
                                         "created by ",
                                         "Locks held: ",
                                         "==17== ",
                                         "99999999999999999999"};
    srand(1);
    for (int round = 0; round < 3000; round++) {
        struct text log = {0};
        struct helgrind helgrind;
        for (int i = rand() % 200; i > 0; i--)
            text_add(&log, "%s", pieces[(size_t)rand() % (sizeof pieces / sizeof pieces[0])]);
        helgrind_read(&log, is_own, &helgrind);
        assert_false(helgrind.complete);
        text_free(&log);
    }
}

/* ---- this machine's valgrind ---- */

/* What helgrind finds in `races WHAT`, told as the failure of a test; nothing for WHAT "none". */
static void judge(const char *what)
{
    struct program *program = program_start_helgrind("races", what, NULL);
    program_wait(program);
    expect_no_races(program);
}

static void none(void)
{
    judge("none");
}

static void global(void)
{
    judge("global");
}

static void block(void)
{
    judge("block");
}

static void copies(void)
{
    judge("memcpy");
}

static void frees(void)
{
    judge("frees");
}

static void stdio(void)
{
    judge("stdio");
}

static void order(void)
{
    judge("order");
}

static void unlock(void)
{
    judge("unlock");
}

static void others(void)
{
    judge("others");
}

static void destroy(void)
{
    judge("destroy");
}

static void joins(void)
{
    judge("joins");
}

static void holds(void)
{
    judge("holds");
}

static const struct {
    const struct scenario *scenario;
    const char *words; /* NULL: it passes */
} cases[] = {
    {VALGRIND_ENTRY(none, 1, "", "", ""), NULL},
    {VALGRIND_ENTRY(stdio, 1, "", "", ""), NULL},
    {VALGRIND_ENTRY(global, 1, "", "", ""),
     "1 mistake in how the threads share memory or locks:\n  - Two threads use `total` without a "
     "lock in common, both at races.c:"},
    {VALGRIND_ENTRY(block, 1, "", "", ""), "holds no lock."},
    {VALGRIND_ENTRY(copies, 1, "", "", ""), " may be writing"},
    {VALGRIND_ENTRY(frees, 1, "", "", ""), "frees it while"},
    {VALGRIND_ENTRY(order, 1, "", "", ""), "takes `one` while holding `two`, races.c:"},
    {VALGRIND_ENTRY(unlock, 1, "", "", ""), "which nobody has"},
    {VALGRIND_ENTRY(others, 1, "", "", ""), "which another thread has"},
    {VALGRIND_ENTRY(destroy, 1, "", "", ""), " destroys a lock while it is locked."},
    {VALGRIND_ENTRY(joins, 1, "", "", ""), ": pthread_join failed (EINVAL: Invalid argument)."},
    {VALGRIND_ENTRY(holds, 1, "", "", ""), "started ended while it held a lock"},
};
enum { COUNT = sizeof cases / sizeof cases[0] };

static bool is_everything(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != NULL;
}

static void ignore(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

static void test_this_machines_helgrind_is_understood(void **state)
{
    (void)state;
    static const struct scenario *scenarios[COUNT];
    const struct lab lab = {.name = "4-races", .scenarios = scenarios, .count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        scenarios[i] = cases[i].scenario;
    read_settings();
    settings.sources = realpath("tests/unit/programs", NULL);
    struct result *results = run_results(COUNT);
    assert_non_null(results);
    assert_true(run_scenarios(&lab, results, 2, is_everything, ignore, NULL));
    for (size_t i = 0; i < COUNT; i++)
        if (cases[i].words == NULL ? results[i].status != PASSED
                                   : strstr(results[i].story, cases[i].words) == NULL)
            fail_msg("%s: %s", scenarios[i]->id, results[i].story);
    free((char *)settings.sources);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_clean_log_is_clean),
        cmocka_unit_test(test_a_race_has_two_places_and_what_is_between_them),
        cmocka_unit_test(test_a_lock_on_the_stack_is_told),
        cmocka_unit_test(test_the_same_mistake_is_told_once),
        cmocka_unit_test(test_what_is_not_the_students_is_not_told),
        cmocka_unit_test(test_locks_in_two_orders_are_told),
        cmocka_unit_test(test_two_locks_in_one_block_are_told_apart),
        cmocka_unit_test(test_a_thread_that_ends_with_a_lock_is_told),
        cmocka_unit_test(test_any_bytes_are_read),
        cmocka_unit_test(test_this_machines_helgrind_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
