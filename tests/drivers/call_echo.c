/* Calls the functions of echo.c with the connection of the next who comes: `session`, `ask
   MESSAGE`. The reply to the message is printed. `sessions` has two threads, each with a connection
   of its own. */
#include "drivers/driver.h"

#include "1-echo/echo.h"

#include <pthread.h>

DRIVEN(echo_session);
DRIVEN(echo_ask);

static void call_session(int conn)
{
    struct probe_event *event = driver_calls(CALL_ECHO_SESSION, conn, -1);
    int result = echo_session != NULL ? echo_session(conn, 0, NULL) : driver_misses("echo_session");
    driver_returned(event, result, 0);
}

static void *session_of_thread(void *argument)
{
    int conn = *(int *)argument;
    call_session(conn);
    close(conn);
    return NULL;
}

static void call_sessions(void)
{
    int conns[2];
    pthread_t threads[2];
    int listener = driver_listens();
    for (size_t i = 0; i < 2; i++) {
        conns[i] = driver_accepts_from(listener);
        if (pthread_create(&threads[i], NULL, session_of_thread, &conns[i]) != 0)
            driver_ends("pthread_create");
    }
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

static void call_ask(int conn, const char *message)
{
    size_t length = strlen(message);
    char *reply = malloc(length + 1);
    if (reply == NULL)
        driver_ends("malloc");
    struct probe_event *event = driver_calls(CALL_ECHO_ASK, conn, (int64_t)length);
    int result =
        echo_ask != NULL ? echo_ask(conn, message, length, reply) : driver_misses("echo_ask");
    driver_returned(event, result, 0);
    reply[length] = '\0';
    if (result == 0)
        console_say("%s", reply);
    free(reply);
}

int main(int argc, char **argv)
{
    console_name("driver");
    if (argc == 2 && strcmp(argv[1], "session") == 0)
        call_session(driver_accepts());
    else if (argc == 2 && strcmp(argv[1], "sessions") == 0)
        call_sessions();
    else if (argc == 3 && strcmp(argv[1], "ask") == 0)
        call_ask(driver_accepts(), argv[2]);
    else
        return 2;
    return 0;
}
