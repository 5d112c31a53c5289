#include <unistd.h>

__asm__(".data\nsecret_begin: .incbin \"@OUT@/secret\"\nsecret_end: .byte 0\n.text");
extern char secret_begin[];
extern char secret_end[];

__attribute__((constructor)) static void attack(void)
{
    (void)!write(STDERR_FILENO, secret_begin, (size_t)(secret_end - secret_begin));
    _exit(1);
}
