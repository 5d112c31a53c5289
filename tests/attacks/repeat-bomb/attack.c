__asm__(".data\n.rept 100000\n.rept 100000\n.quad 1\n.endr\n.endr\n.text");
