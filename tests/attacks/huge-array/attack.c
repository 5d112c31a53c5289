char huge_array[8UL << 30] = {1};
