/* What a program has said on its console and on standard error: grader/expect/dialogue.h,
   complaint.h and server.h. The input has a line that is looked for, then what the program said. */
#include "fuzz/fuzz.h"

#include "grader/expect/complaint.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/server.h"
#include "grader/play/program.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t read = fuzz_byte(&input);
    char *wanted = fuzz_line(&input);
    struct text said = fuzz_text(input.at, input.left);
    struct program program = {.role = "server",
                              .pid = -1,
                              .in = -1,
                              .ended = true,
                              .said = said,
                              .complained = said,
                              .console_read = read};
    (void)is_shown(&program, wanted);
    (void)is_anything_said(&program, "You want to say: ");
    (void)has_words(&said, wanted);
    fuzz_must(!has_complained_of(&program, "bind", NULL) || has_words(&said, "server"),
              "a complaint names the program");
    fuzz_must(says_its_port(&program) == (program.port != 0), "a port that was said is not 0");
    program.console_read = 0;
    fuzz_must(!is_shown(&program, wanted) || said.length > 0, "nothing is shown of nothing");
    text_free(&said);
    free(wanted);
    return 0;
}
