package org.unplug.block.internal.partition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.DiskInfo;
import org.unplug.block.DiskStatus;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Partition;
import org.unplug.block.PartitionTable;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.internal.genhd.DiskEvents;
import org.unplug.block.internal.genhd.DiskTable;
import org.unplug.block.internal.genhd.Gendisk;
import org.unplug.block.internal.genhd.Owner;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Leaks;
import org.unplug.ref.SystemClockwork;

/** Partition tables read and written, alone and beside sfdisk and sgdisk. */
class PartitionTablesTest {

    private static final long SECTORS = 64 * 2048;
    private static final String DISK_GUID = "11111111-2222-4333-8444-555555555555";

    private final List<String> faults = new ArrayList<>();
    private final SystemClockwork clockwork = Clockwork.system("partitions");
    private final DiskTable table = new DiskTable(clockwork, new Events());
    private final Owner owner = new Owner(1, "test");
    private final ByteBuffer memory = ByteBuffer.allocate((int) SECTORS * 512);

    @TempDir
    Path temporary;

    private final class Events implements DiskEvents {
        @Override
        public Published publish(Gendisk disk) {
            return () -> {};
        }

        @Override
        public void added(DiskInfo disk) {}

        @Override
        public void removed(RemovalReport report) {}

        @Override
        public void released(DiskInfo disk) {}

        @Override
        public void fault(String line) {
            synchronized (faults) {
                faults.add(line);
            }
        }

        @Override
        public void leaked(Leaks.Held held) {}
    }

    private final class Memory implements DiskDriver {
        @Override
        public boolean queueRequest(Request request) {
            int at = (int) request.sector() * 512;
            for (int i = 0; i < request.segmentCount(); i++) {
                ByteBuffer segment = request.segment(i);
                int length = segment.remaining();
                switch (request.op()) {
                    case READ -> segment.put(segment.position(), memory, at, length);
                    case WRITE -> memory.put(at, segment, segment.position(), length);
                    default -> throw new AssertionError(request);
                }
                at += length;
            }
            request.complete(BlockStatus.OK);
            return true;
        }
    }

    @AfterEach
    void close() {
        table.close();
        clockwork.close();
    }

    private Gendisk add(int blockBytes) {
        QueueLimits limits = QueueLimits.DEFAULT.withLogicalBlockBytes(blockBytes);
        Gendisk disk = table.add(owner, DiskSpec.of("part", SECTORS).withLimits(limits), new Memory());
        assertTrue(table.partitions().settle(10_000));
        return disk;
    }

    private List<String> names() {
        return table.list().stream().map(DiskStatus::info).map(DiskInfo::name).toList();
    }

    private static PartitionTable gpt() {
        return new PartitionTable(
                PartitionTable.GPT,
                DISK_GUID,
                List.of(
                        new Partition(
                                1,
                                2048,
                                20480,
                                Partition.TYPE_BASIC_DATA,
                                "first",
                                "AAAAAAAA-0000-4000-8000-000000000001",
                                false),
                        new Partition(
                                3,
                                40960,
                                40960,
                                Partition.TYPE_BASIC_DATA,
                                "dritte \u00e4",
                                "AAAAAAAA-0000-4000-8000-000000000003",
                                true)));
    }

    private static PartitionTable dos() {
        return new PartitionTable(
                PartitionTable.DOS,
                "cafe0001",
                List.of(
                        new Partition(1, 2048, 20480, "0c", "", "", true),
                        new Partition(2, 22528, 100352, "0f", "", "", false),
                        new Partition(5, 24576, 10240, "0e", "", "", false),
                        new Partition(6, 36864, 10240, "0e", "", "", false),
                        new Partition(7, 49152, 20480, "83", "", "", false)));
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void gpt_written_isReadBackAndItsPartitionsAreDisks(int blockBytes) throws IOException {
        Gendisk disk = add(blockBytes);
        table.partitions().write(disk, gpt());
        assertEquals(gpt(), table.partitions().read(disk));
        assertEquals(List.of("part0", "part0p1", "part0p3"), names());
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 4096})
    void dos_withLogicalPartitions_isReadBackAndTheyAreDisks(int blockBytes) throws IOException {
        Gendisk disk = add(blockBytes);
        table.partitions().write(disk, dos());
        assertEquals(dos(), table.partitions().read(disk));
        assertEquals(List.of("part0", "part0p1", "part0p5", "part0p6", "part0p7"), names());
    }

    @Test
    void gpt_whosePrimaryIsBad_isReadFromItsBackup() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, gpt());
        memory.put(512 + 60, (byte) ~memory.get(512 + 60));
        assertEquals(gpt(), table.partitions().read(disk));
        assertEquals(1, faults.size());
        assertTrue(faults.get(0).contains("its backup is used"), faults.get(0));
    }

    @Test
    void gpt_whoseEntriesAreBad_isReadFromItsBackup() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, gpt());
        memory.put(1024 + 40, (byte) 7);
        assertEquals(gpt(), table.partitions().read(disk));
    }

    @Test
    void gpt_whoseCopiesAreBothBad_givesNoPartitionAndOneLine() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, gpt());
        memory.put(512 + 60, (byte) 7);
        memory.put((int) (SECTORS - 1) * 512 + 60, (byte) 7);
        table.partitions().lookAgain(disk);
        assertEquals(List.of("part0"), names());
        assertTrue(faults.get(0).contains("both GUID partition tables are bad"), faults.toString());
    }

    @Test
    void extendedChain_thatLoops_ends() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, dos());
        // The second record's link leads back to the first.
        int second = (24576 + 10240) * 512;
        memory.putInt(second + 446 + 16 + 8, 0);
        PartitionTable found = table.partitions().read(disk);
        assertTrue(found.partitions().size() <= 4, found.toString());
    }

    /** In hexadecimal, how such a sector begins. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "eb3c906d6b66732e66617400020401000200020000f8", // FAT
                "eb76904558464154202020", // exFAT
                "eb52904e54465320202020" // NTFS
            })
    void dos_whereAVolumeWas_isATable(String volume) throws IOException {
        Gendisk disk = add(512);
        memory.put(0, HexFormat.of().parseHex(volume));
        memory.put(510, new byte[] {0x55, (byte) 0xAA});
        table.partitions().write(disk, dos());
        assertEquals(dos(), table.partitions().read(disk));
        assertEquals(0, memory.get(0), "nothing is left of the volume");
    }

    @Test
    void dos_overABootLoader_leavesItsCode() throws IOException {
        Gendisk disk = add(512);
        memory.put(0, HexFormat.of().parseHex("eb6390000000"));
        table.partitions().write(disk, dos());
        assertEquals((byte) 0xEB, memory.get(0));
        assertEquals(dos(), table.partitions().read(disk));
    }

    @Test
    void write_whilePartitionIsInUse_isRefusedAndNothingIsTakenAway() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, dos());
        Gendisk part = table.find("part0p5");
        try (DiskHandle handle = part.open(owner, Holder.named("mount"), OpenMode.EXCLUSIVE)) {
            BlockException refused =
                    assertThrows(BlockException.class, () -> table.partitions().write(disk, gpt()));
            assertEquals(BlockStatus.AGAIN, refused.status());
            assertEquals(dos(), table.partitions().read(disk));
            assertTrue(part.state().admits());
            handle.write(0, ByteBuffer.allocate(512));
        }
    }

    @Test
    void write_ofWhatDoesNotFit_throwsAndLeavesTheTable() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, dos());
        PartitionTable tooLong = new PartitionTable(
                PartitionTable.DOS, "00000001", List.of(new Partition(1, 2048, SECTORS, "0c", "", "", false)));
        assertThrows(IllegalArgumentException.class, () -> table.partitions().write(disk, tooLong));
        PartitionTable overlapping = new PartitionTable(
                PartitionTable.DOS,
                "00000001",
                List.of(
                        new Partition(1, 2048, 2048, "0c", "", "", false),
                        new Partition(2, 4000, 2048, "0c", "", "", false)));
        assertThrows(IllegalArgumentException.class, () -> table.partitions().write(disk, overlapping));
        assertEquals(dos(), table.partitions().read(disk));
        assertEquals(List.of("part0", "part0p1", "part0p5", "part0p6", "part0p7"), names());
    }

    @Test
    void diskWithoutTable_hasNone() throws IOException {
        assertNull(table.partitions().read(add(512)));
    }

    @Test
    void partition_ofARemovedDisk_isGoneToo() throws IOException {
        Gendisk disk = add(512);
        table.partitions().write(disk, gpt());
        disk.remove(Removal.ORDERLY);
        assertEquals(List.of(), names());
    }

    @Test
    void whatWeWrite_isCleanForSgdiskAndSfdisk() throws Exception {
        Gendisk disk = add(512);
        table.partitions().write(disk, gpt());
        Path image = image();
        String verified = run("sgdisk", "-v", image.toString());
        assertTrue(verified.contains("No problems found"), verified);
        table.partitions().write(disk, dos());
        String dump = run("sfdisk", "--dump", image().toString());
        assertTrue(dump.contains("start=       36864, size=       10240, type=e"), dump);
        assertTrue(dump.contains("label-id: 0xcafe0001"), dump);
    }

    @Test
    void whatSfdiskWrites_isRead() throws Exception {
        Path image = image();
        Path script = temporary.resolve("script");
        Files.writeString(
                script,
                "label: dos\nstart=2048, size=8192, type=c, bootable\nstart=10240, size=90112, type=5\n"
                        + "start=12288, size=8192, type=e\nstart=22528, size=8192, type=e\n");
        run("sh", "-c", "sfdisk --quiet " + image + " < " + script);
        memory.put(0, Files.readAllBytes(image));
        add(512);
        assertEquals(List.of("part0", "part0p1", "part0p5", "part0p6"), names());
        Files.writeString(script, "label: gpt\nsize=8192, name=\"one\"\nsize=8192, name=\"two\"\n");
        run("sh", "-c", "sfdisk --quiet " + image + " < " + script);
        memory.put(0, Files.readAllBytes(image));
        Gendisk disk = table.find("part0");
        table.partitions().lookAgain(disk);
        assertEquals(List.of("part0", "part0p1", "part0p2"), names());
        assertEquals("two", table.partitions().read(disk).partitions().get(1).name());
    }

    private Path image() throws IOException {
        Path image = temporary.resolve("image");
        Files.write(image, memory.array());
        return image;
    }

    private static String run(String... command) throws Exception {
        Path program = List.of("/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/").stream()
                .map(folder -> Path.of(folder + (command[0].equals("sh") ? "sfdisk" : command[0])))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeTrue(program != null, "skipped: " + command[0] + " is not installed (Debian packages fdisk, gdisk)");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
        if (!command[0].equals("sh")) {
            command[0] = program.toString();
        }
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, process.exitValue(), output);
        return output;
    }
}
