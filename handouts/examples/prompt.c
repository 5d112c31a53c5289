/* Two ways to write to the screen: through the buffer of printf(3), and with write(2). */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static const char line[] = "written second, with write\n";
    printf("written first, with printf\n");
    return write(STDOUT_FILENO, line, strlen(line)) < 0;
}
