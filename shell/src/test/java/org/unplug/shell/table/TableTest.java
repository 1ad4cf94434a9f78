package org.unplug.shell.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.apache.felix.service.command.Converter;
import org.junit.jupiter.api.Test;

class TableTest {

    record Row(
            @Column(under = "parent") String name,
            long sizeBytes,
            @Column(heading = "RO") boolean readOnly,
            List<String> mounts,
            @Column(hidden = true) String parent) {}

    private static final Row DISK = new Row("mmcblk0", 64L << 20, false, List.of(), "");
    private static final Row PART =
            new Row("mmcblk0p1", (64L << 20) - 512 * 1024, true, List.of("/mnt/a", "/mnt/b"), "mmcblk0");

    private final RecordConverter converter = new RecordConverter();

    @Test
    void table_ofPartitions_drawsThemUnderTheirDisk() {
        assertEquals("""
                NAME          SIZE  RO   MOUNTS
                mmcblk0        64M  no
                └─mmcblk0p1  63.5M  yes  /mnt/a
                                         /mnt/b
                """, Table.of(List.of(DISK, PART)));
    }

    @Test
    void table_ofNothing_isEmpty() {
        assertEquals("", Table.of(List.of()));
    }

    @Test
    void inspect_ofOneRecord_showsHiddenComponentsToo() {
        assertEquals("""
                name       mmcblk0p1
                size       63.5M
                read only  yes
                mounts     /mnt/a
                           /mnt/b
                parent     mmcblk0""", converter.format(PART, Converter.INSPECT, null).toString());
    }

    record Small(String place, String disk, long sizeBytes) {}

    @Test
    void inspect_ofOneRecordThatHidesNothing_isATableOfOneRow() {
        assertEquals(
                """
                PLACE  DISK     SIZE
                slot0  mmcblk0   64M""",
                converter
                        .format(new Small("slot0", "mmcblk0", 64 << 20), Converter.INSPECT, null)
                        .toString());
    }

    @Test
    void line_ofRecord_isOneLineThatScriptsCanSplit() {
        assertEquals(
                "name=mmcblk0 sizeBytes=64M readOnly=no mounts= parent=",
                converter.format(DISK, Converter.LINE, null).toString());
    }

    @Test
    void part_ofRecord_isItsName() {
        assertEquals("mmcblk0", converter.format(DISK, Converter.PART, null).toString());
    }

    @Test
    void format_ofOtherValues_isLeftToGogo() {
        assertNull(converter.format("text", Converter.INSPECT, null));
        assertNull(converter.format(List.of(1, 2), Converter.INSPECT, null));
        assertNull(converter.format(List.of(), Converter.INSPECT, null));
    }

    @Test
    void size_isWrittenAsLsblkDoes() {
        assertEquals("0B", Cell.size(0));
        assertEquals("512B", Cell.size(512));
        assertEquals("1.5K", Cell.size(1536));
        assertEquals("2T", Cell.size(2L << 40));
    }

    @Test
    void number_withUnitInItsName_readsInThatUnit() {
        assertEquals("12 ms", Cell.text("stopMs", 12L));
        assertEquals("1.5 ms", Cell.text("drainNanos", 1_500_000L));
        assertEquals("DRAIN", Cell.heading("drainNanos"));
        assertEquals("MOUNT POINT", Cell.heading("mountPoint"));
    }
}
