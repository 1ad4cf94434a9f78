package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SizesTest {

    @Test
    void sizes_arePowersOf1024_inEverySpelling() {
        assertEquals(512, Sizes.parse("512"));
        assertEquals(512, Sizes.parse("512B"));
        assertEquals(64 << 10, Sizes.parse("64k"));
        assertEquals(64 << 20, Sizes.parse("64MiB"));
        assertEquals(2L << 30, Sizes.parse("2gb"));
    }

    @Test
    void nonsense_isNamed() {
        assertEquals(
                "-1: no size; write it as 512, 64K, 64M or 2G",
                assertThrows(CommandException.class, () -> Sizes.parse("-1")).getMessage());
        assertEquals(
                "999999999999999T: too large",
                assertThrows(CommandException.class, () -> Sizes.parse("999999999999999T"))
                        .getMessage());
    }
}
