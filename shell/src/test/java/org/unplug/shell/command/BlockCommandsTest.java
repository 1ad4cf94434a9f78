package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskState;
import org.unplug.block.DiskStatus;
import org.unplug.block.Disks;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.ref.Leaks;
import org.unplug.shell.command.BlockCommands.DiskRow;
import org.unplug.shell.command.BlockCommands.HolderRow;
import org.unplug.shell.table.Table;

class BlockCommandsTest {

    private final List<DiskStatus> list = new ArrayList<>();
    private final Conditions conditions = new Conditions();
    private final BlockCommands commands = new BlockCommands(new FixedDisks(), conditions);

    private void disk(String name, String parent, Leaks.Held... handles) {
        DiskInfo info = new DiskInfo(
                name,
                list.size(),
                list.size(),
                2048,
                QueueLimits.DEFAULT,
                false,
                true,
                "mmc",
                "org.unplug.mmc-host",
                "",
                "",
                parent,
                0);
        list.add(new DiskStatus(info, DiskState.LIVE, 1, 0, List.of(handles), "none", List.of()));
    }

    @Test
    void lsblk_showsPartitionsAfterTheirDisk_whateverTheOrderOfAdding() {
        disk("mmcblk0", "");
        disk("sda", "");
        disk("mmcblk0p1", "mmcblk0");
        assertEquals(
                List.of("mmcblk0", "mmcblk0p1", "sda"),
                commands.lsblk().stream().map(DiskRow::name).toList());
    }

    @Test
    void lsblk_showsAPartitionWhoseDiskWasReleasedBeforeIt() {
        disk("mmcblk0p1", "mmcblk0");
        assertEquals(1, commands.lsblk().size());
    }

    @Test
    void lsblk_saysHowADiskIs_onlyWhereOneHasSomethingToSay() {
        disk("hold0", "");
        disk("sda", "");
        assertFalse(Table.of(commands.lsblk()).contains("CONDITION"));
        conditions.addCondition(() -> "waits for sda, 3 s left", Map.of("disk.name", "hold0"));
        assertEquals(
                List.of("waits for sda, 3 s left", ""),
                commands.lsblk().stream().map(DiskRow::condition).toList());
        assertTrue(Table.of(commands.lsblk()).contains("CONDITION"));
    }

    @Test
    void lsblk_ofAnUnknownDisk_namesThoseThatAreThere() {
        assertEquals(
                "sdz: no such disk; there is none",
                assertThrows(CommandException.class, () -> commands.lsblk("sdz"))
                        .getMessage());
        disk("sda", "");
        disk("sdb", "");
        assertEquals(
                "sdz: no such disk; there is sda, sdb",
                assertThrows(CommandException.class, () -> commands.lsblk("sdz"))
                        .getMessage());
    }

    @Test
    void holders_ofADisk_areThoseOfItsPartitionsToo_withWhereItWasOpened() {
        disk("mmcblk0", "");
        disk(
                "mmcblk0p1",
                "mmcblk0",
                new Leaks.Held(1, "mmcblk0p1", "handle", "fs-mount", "vfat at /mnt", List.of("A.a", "B.b")));
        disk("sda", "", new Leaks.Held(2, "sda", "handle", "lab", "writer", List.of()));
        assertEquals(
                List.of(new HolderRow("mmcblk0p1", "handle", "vfat at /mnt", "fs-mount", List.of("A.a"))),
                commands.holders(false, "mmcblk0"));
        assertEquals(List.of("A.a", "B.b"), commands.holders(true).get(0).opened());
        assertEquals(2, commands.holders(false).size());
    }

    private final class FixedDisks implements Disks {
        @Override
        public DiskRegistration add(DiskSpec spec, DiskDriver driver) {
            throw new AssertionError("only looks");
        }

        @Override
        public List<DiskStatus> list() {
            return list;
        }

        @Override
        public void rescan(String disk) {}

        @Override
        public boolean settle(long timeoutMs) {
            return true;
        }
    }
}
