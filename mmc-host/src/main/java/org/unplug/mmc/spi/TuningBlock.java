package org.unplug.mmc.spi;

import java.util.HexFormat;

/**
 * What a card sends when a sampling point is looked for: a pattern that is hard on the lines, known to both sides (SD Physical Layer,
 * section 4.2.4.5; eMMC, section 6.6.5).
 */
public final class TuningBlock {

    private static final String FOUR_LINES = "ff0fff00ffccc3ccc33cccfffefffeef"
            + "ffdfffddfffbfffbbfff7fff77f7bdef"
            + "fff0fff00ffccc3ccc33cccfffefffee"
            + "fffdfffddfffbfffbbfff7fff77f7bde";

    private static final String EIGHT_LINES = "ffff00ffffff0000ffffcccccc33cccc"
            + "cc3333ccccccffffffeeffffffeeeeff"
            + "ffffddffffffddddffffffbbffffffbb"
            + "bbffffff77ffffff7777ff77bbddeeff"
            + "ffffff00ffffff0000ffffcccccc33cc"
            + "cccc3333ccccccffffffeeffffffeeee"
            + "ffffffddffffffddddffffffbbffffff"
            + "bbbbffffff77ffffff7777ff77bbddee";

    private TuningBlock() {}

    /** The pattern for so many lines, 4 or 8: 64 or 128 bytes. */
    public static byte[] of(int lines) {
        return HexFormat.of().parseHex(lines == 8 ? EIGHT_LINES : FOUR_LINES);
    }
}
