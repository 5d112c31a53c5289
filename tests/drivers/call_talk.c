/* Calls talk with the connection of the next who comes and, as the keyboard, standard input. */
#include "drivers/driver.h"

#include "4-pthread/talk.h"

DRIVEN(talk);

int main(void)
{
    console_name("driver");
    int conn = driver_accepts();
    struct probe_event *event = driver_calls(CALL_TALK, conn, -1);
    int result = talk != NULL ? talk(conn, STDIN_FILENO) : driver_misses("talk");
    driver_returned(event, result, 0);
    return 0;
}
