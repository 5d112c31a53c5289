

__attribute__((constructor)) static void attack(void)
{
    *(volatile int *)16 = 1;
}
