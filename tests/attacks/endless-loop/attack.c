

__attribute__((constructor)) static void attack(void)
{
    for (volatile unsigned long turn = 0;; turn++)
        continue;
}
