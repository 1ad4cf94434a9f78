package org.unplug.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.unplug.block.DiskInfo;
import org.unplug.block.Partition;
import org.unplug.block.spi.QueueLimits;
import org.unplug.shell.command.PartitionPlan.Stretch;

class PartitionPlanTest {

    private static final int MIB = 2048;
    private static final DiskInfo DISK = disk(64 * MIB, 512);

    private static DiskInfo disk(long sectors, int blockBytes) {
        return new DiskInfo(
                "sda",
                0,
                1,
                sectors,
                QueueLimits.DEFAULT.withLogicalBlockBytes(blockBytes),
                false,
                false,
                "scsi",
                "driver",
                "",
                "",
                "",
                0);
    }

    private static PartitionPlan gpt() {
        return PartitionPlan.empty(DISK, "gpt");
    }

    private static PartitionPlan dos() {
        return PartitionPlan.empty(DISK, "msdos");
    }

    private static PartitionPlan with(PartitionPlan plan, String words) {
        return plan.with(List.of(words.split(" ")));
    }

    private static Partition last(PartitionPlan plan) {
        List<Partition> all = plan.table().partitions();
        return all.get(all.size() - 1);
    }

    private static String refused(PartitionPlan plan, String words) {
        return assertThrows(CommandException.class, () -> with(plan, words)).getMessage();
    }

    @Test
    void aPartitionWithoutAPlace_takesTheLargestRoom_andLeavesTheTablesAlone() {
        PartitionPlan one = gpt().with(List.of());
        assertEquals(MIB, last(one).startSector());
        // The backup table: 32 sectors of entries and the header.
        assertEquals(64 * MIB - 33, last(one).endSector());
        assertEquals(64 * MIB, last(dos().with(List.of())).endSector());
        assertEquals(
                "sda: no room for another partition",
                assertThrows(CommandException.class, () -> one.with(List.of())).getMessage());
    }

    @Test
    void onADiskOfLargeBlocks_theTablesTakeWholeBlocks() {
        PartitionPlan one = PartitionPlan.empty(disk(64 * MIB, 4096), "gpt").with(List.of());
        // 128 entries of 128 bytes are 4 blocks of 4096 bytes, and the header is one.
        assertEquals(64 * MIB - 5 * 8, last(one).endSector());
        assertEquals(0, last(one).sectors() % 8);
    }

    @Test
    void aPlace_isRoundedInwardsToMebibytes_unlessItIsGivenInSectors() {
        Partition rounded = last(with(gpt(), "1500K 9500K"));
        assertEquals(2 * MIB, rounded.startSector());
        assertEquals(9 * MIB, rounded.endSector());
        Partition exact = last(with(gpt(), "100s 200s"));
        assertEquals(100, exact.startSector());
        assertEquals(200, exact.endSector());
        Partition all = last(with(gpt(), "0% 100%"));
        assertEquals(MIB, all.startSector());
        assertEquals(64 * MIB - 33, all.endSector());
    }

    @Test
    void numbers_areTheLowestThatAreFree() {
        PartitionPlan three = with(with(with(gpt(), "1M 2M"), "2M 3M"), "3M 4M");
        PartitionPlan again = with(three.without("2"), "10M 11M");
        assertEquals(
                List.of(1, 2, 3),
                again.table().partitions().stream().map(Partition::number).toList());
    }

    @Test
    void aGptPartition_hasTheNameAndTypeThatWereGiven_andAnIdentityOfItsOwn() {
        PartitionPlan two = with(with(gpt(), "boot esp 1M 2M"), "data 2M 3M");
        Partition boot = two.table().partitions().get(0);
        assertEquals("boot", boot.name());
        assertEquals("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", boot.type());
        assertEquals("esp", two.typeName(boot));
        assertEquals("data", two.typeName(last(two)));
        assertTrue(!boot.uuid().equals(last(two).uuid()));
    }

    @Test
    void aDosPartition_takesATypeByNameOrByte_andNoName() {
        assertEquals("0e", last(with(dos(), "fat16 1M 2M")).type());
        assertEquals("83", last(with(dos(), "primary 83 1M 2M")).type());
        assertTrue(refused(dos(), "home 1M 2M").startsWith("home: not understood"));
    }

    @Test
    void logicalPartitions_leaveABlockBeforeEach_andAreNumberedByPlace() {
        PartitionPlan extended = with(dos(), "extended 1M 60M");
        PartitionPlan two = with(with(extended, "logical 20M 30M"), "logical 1M 10M");
        List<Partition> all = two.table().partitions();
        assertEquals(List.of(1, 5, 6), all.stream().map(Partition::number).toList());
        assertEquals(2 * MIB, all.get(1).startSector(), "the extended one's first block is the chain's");
        PartitionPlan three = with(two, "logical 30M 40M");
        assertEquals(31 * MIB, last(three).startSector(), "the block before it is the chain's");
        assertEquals(
                List.of(1, 5, 6),
                three.without("5").table().partitions().stream()
                        .map(Partition::number)
                        .toList(),
                "those behind move up");
        assertEquals(List.of(), three.without("1").table().partitions(), "its logical ones go with it");
        assertTrue(refused(extended, "logical 50M 62M")
                .endsWith("not inside the extended partition, sectors 2048 to 122879"));
        assertEquals("sda: partition 1 is extended already", refused(extended, "extended 60M 62M"));
        assertEquals("sda: a logical partition needs an extended one", refused(dos(), "logical 1M 2M"));
    }

    @Test
    void aFifthPrimaryPartition_isRefused_withTheWayOut() {
        PartitionPlan four = with(with(with(with(dos(), "1M 2M"), "2M 3M"), "3M 4M"), "4M 5M");
        assertEquals(
                "sda: all 4 places of its table are taken; make one extended, and logical ones in it",
                refused(four, "5M 6M"));
    }

    @Test
    void whatDoesNotFit_isRefusedWithOneLine() {
        PartitionPlan one = with(gpt(), "1M 10M");
        assertEquals("5M to 15M: overlaps partition 1, sectors 2048 to 20479", refused(one, "5M 15M"));
        assertEquals("70M: past the end of sda, which has 131072 sectors", refused(one, "20M 70M"));
        assertTrue(refused(one, "30M 20M").startsWith("30M to 20M: holds no room"));
        assertTrue(refused(one, "20M").startsWith("20M: where does it end?"));
        assertTrue(refused(one, "logical 20M 30M").startsWith("logical: a gpt table has no such partitions"));
        assertEquals(
                "sda: no partition 7",
                assertThrows(CommandException.class, () -> one.without("7")).getMessage());
        assertEquals(
                "bsd: no such partition table; there are gpt and msdos",
                assertThrows(CommandException.class, () -> PartitionPlan.empty(DISK, "bsd"))
                        .getMessage());
        assertEquals(
                "sda: too small for a gpt partition table",
                assertThrows(CommandException.class, () -> PartitionPlan.empty(disk(8, 512), "gpt"))
                        .getMessage());
    }

    @Test
    void theLayout_showsWhatIsFree_betweenPartitionsToo() {
        PartitionPlan plan = with(with(gpt(), "1M 10M"), "20M 30M");
        List<Stretch> layout = plan.layout();
        assertEquals(4, layout.size());
        assertEquals(10 * MIB, layout.get(1).startSector());
        assertEquals(10 * MIB, layout.get(1).sectors());
        assertEquals(null, layout.get(1).partition());
    }
}
