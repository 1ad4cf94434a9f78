package org.unplug.shell.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ConsoleTest {

    @Test
    void onlyWhatSurelyTouchesNoDisk_isInterruptedTheHardWay() {
        assertTrue(Console.isHarmless("sleep 20"));
        assertTrue(Console.isHarmless("sleep"));
        assertFalse(Console.isHarmless("sleepy"));
        assertFalse(Console.isHarmless("mount sda /mnt/card"));
        assertFalse(Console.isHarmless("each [1 2] { mount sda /mnt }"));
        assertFalse(Console.isHarmless("cat /mnt/card/x | grep y"));
        assertFalse(Console.isHarmless("grep (cat /mnt/card/x)"));
        assertFalse(Console.isHarmless("grep x; sync"));
    }
}
