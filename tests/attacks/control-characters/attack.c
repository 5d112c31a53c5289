#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static const char dirt[] = "\033[2J\033[H\033]0;owned\007\033[8m\033P1$r0m\033\\\r\0after NUL\b\b\b\177"
                               "\xff\xfe\x80\xc0\xaf\xed\xa0\x80\xf5 \xe2\x80\xae right to left \xc2\x9b" "31m"
                               "]]><script>alert(1)</script>&lt;\"\\ =HYPERLINK(1)\n\n\r\nlab 1-echo: 100/100\n";
    (void)!write(STDOUT_FILENO, dirt, sizeof dirt - 1);
    (void)!write(STDERR_FILENO, dirt, sizeof dirt - 1);
    _exit(1);
}
