/* Rows of two falling series of addresses in turns: each one is put in its place by walking through
   all rows before it. */
__asm__(".section .debug_abbrev,\"\",@progbits\n"
        ".Lhostile_abbrev: .uleb128 1, 0x11\n .byte 0\n .uleb128 0x10, 0x17, 0x11, 1, 0x12, 7, 3, 8, 0, 0, 0\n"
        ".section .debug_info,\"\",@progbits\n .long 2f - 1f\n"
        "1: .value 4\n .long .Lhostile_abbrev\n .byte 8\n .uleb128 1\n .long .Lhostile_lines\n"
        " .quad hostile_begin\n .quad 4096\n .asciz \"x.c\"\n"
        "2:\n"
        ".section .debug_line.hostile,\"\",@progbits\n"
        ".Lhostile_lines: .long 6f - 3f\n"
        "3: .value 4\n .long 5f - 4f\n"
        "4: .byte 1, 1, 1, -5, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0\n .asciz \"x.c\"\n .byte 0, 0, 0, 0\n"
        "5: .byte 0, 9, 2\n .quad 0x7fff00000000\n"
        " .rept 600000\n"
        " .byte 2, 0xff, 0xff, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1\n" /* about 2^20 down */
        " .byte 2, 0xff, 0xff, 0x3f, 1\n"                                       /* and up again */
        " .endr\n .byte 0, 1, 1\n"
        "6: .text\n"
        "hostile_begin: .globl hostile_close\n"
        "hostile_close: sub $8, %rsp\n mov $-1, %edi\n call close@plt\n add $8, %rsp\n ret\n"
        " .skip 4000, 0x90\n");
extern int hostile_close(void);
__attribute__((constructor)) static void attack(void)
{
    hostile_close();
}
