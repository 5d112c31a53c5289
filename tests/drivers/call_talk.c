/* Calls talk with the connection of the next who comes and, as the keyboard, standard input. With
   `moved`, that is another descriptor, and there is nothing to read from number 0. */
#include "drivers/driver.h"

#include "4-pthread/talk.h"

#include <fcntl.h>
#include <stdbool.h>

DRIVEN(talk);

/* Returns the new descriptor. */
static int move_keyboard(void)
{
    int keyboard = dup(STDIN_FILENO);
    int nothing = open("/dev/null", O_RDONLY);
    if (keyboard < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
        driver_ends("dup2");
    close(nothing);
    return keyboard;
}

int main(int argc, char **argv)
{
    console_name("driver");
    bool moved = argc == 2 && strcmp(argv[1], "moved") == 0;
    int keyboard = moved ? move_keyboard() : STDIN_FILENO;
    int conn = driver_accepts();
    struct probe_event *event = driver_calls(CALL_TALK, conn, -1);
    int result = talk != NULL ? talk(conn, keyboard) : driver_misses("talk");
    driver_returned(event, result, 0);
    return 0;
}
