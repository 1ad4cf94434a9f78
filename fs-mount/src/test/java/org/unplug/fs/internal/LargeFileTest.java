package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.fs.FormatOptions;

/** Files and volumes whose places do not fit into 32 bits, on disks that keep only what was written. */
class LargeFileTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    private static Rig formatted(SparseStore store, FormatOptions options) throws IOException {
        Rig rig = new Rig(new FakeDisk("fake0", store, 512));
        rig.table.format("fake0", options);
        return rig;
    }

    /** Skips the rest where the judge is not installed. */
    private void judge(SparseStore store, String program) throws IOException {
        Peers.need(program);
        Path image = folder.resolve("image");
        store.writeTo(image);
        Peers.must(program, "-n", image.toString());
    }

    /** What lies between was never written by anybody, and is zero. */
    @Test
    void exfat_fileBeyond4GiB_isReadAsItWasWritten() throws IOException {
        SparseStore store = new SparseStore(48 * GIB);
        byte[] begin = Workload.noise(1, 300_000);
        byte[] end = Workload.noise(2, 300_000);
        long at = 4 * GIB + 12_345;
        try (Rig rig = formatted(store, FormatOptions.of("exfat"))) {
            rig.mount();
            try (FileChannel channel = create(rig.path("/large"))) {
                channel.write(ByteBuffer.wrap(begin));
                channel.write(ByteBuffer.wrap(end), at);
                assertEquals(at + end.length, channel.size());
            }
            Files.write(rig.path("/behind it"), begin);
            assertTrue(rig.unmount().clean());
            rig.mount();
            assertEquals(at + end.length, Files.size(rig.path("/large")));
            try (FileChannel channel = FileChannel.open(rig.path("/large"))) {
                assertArrayEquals(begin, read(channel, 0, begin.length));
                assertArrayEquals(new byte[20_000], read(channel, 0xFFFF_FFFFL - 10_000, 20_000));
                assertArrayEquals(end, read(channel, at, end.length + 1));
            }
            assertArrayEquals(begin, Files.readAllBytes(rig.path("/behind it")));
            assertEquals(List.of(), rig.log);
            assertTrue(rig.unmount().clean());
            assertEquals(List.of(), rig.table.check("fake0", false).findings());
        }
        judge(store, "fsck.exfat");
    }

    /** Its chain is made by hand: writing 4 GiB takes its time. */
    @Test
    void fat32_fileOf4GiBLess1_isWholeAndTakesNotAByteMore() throws IOException {
        SparseStore store = new SparseStore(6 * GIB);
        int cluster = 32 << 10;
        try (Rig rig = formatted(store, FormatOptions.of("fat32").withClusterBytes(cluster))) {
            rig.mount();
            Files.write(rig.path("/LARGE"), new byte[] {1});
            rig.unmount();
            lengthen(store, cluster, 0xFFFF_FFFAL);
            rig.table.check("fake0", true);
            rig.mount();
            assertEquals(0xFFFF_FFFAL, Files.size(rig.path("/large")));
            try (FileChannel channel = FileChannel.open(rig.path("/large"), StandardOpenOption.APPEND)) {
                assertEquals(5, channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6, 7})));
                assertEquals(0xFFFF_FFFFL, channel.size());
                FileSystemException large =
                        assertThrows(FileSystemException.class, () -> channel.write(ByteBuffer.allocate(1)));
                assertEquals("/LARGE: file too large: FAT holds 4 GiB - 1 byte in a file", large.getMessage());
            }
            assertTrue(rig.unmount().clean());
            rig.mount();
            try (FileChannel channel =
                    FileChannel.open(rig.path("/large"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                assertArrayEquals(new byte[] {1}, read(channel, 0, 1));
                assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5}, read(channel, 0xFFFF_FFF9L, 10));
                assertEquals(List.of(), rig.log);
                rig.table.sync();
                // fsck.fat counts the bytes of a chain in 32 bits: of 4 GiB none are left.
                channel.truncate(0xFFFF_FFFFL - cluster);
            }
            assertTrue(rig.unmount().clean());
            assertEquals(List.of(), rig.table.check("fake0", false).findings());
        }
        judge(store, "fsck.fat");
    }

    /** Gives the only file of a new FAT32 volume neighbouring clusters for a size. */
    private static void lengthen(SparseStore store, int cluster, long size) {
        ByteBuffer boot = get(store, 0, 512);
        long fat = boot.getShort(14) * 512L;
        long fatBytes = boot.getInt(36) * 512L;
        long root = fat + 2 * fatBytes;
        ByteBuffer slot = get(store, root, 512);
        int at = 0;
        while (slot.get(at) != 'L') {
            at += 32;
        }
        int first = slot.getShort(at + 26);
        int clusters = (int) ((size + cluster - 1) / cluster);
        ByteBuffer chain = ByteBuffer.allocate(clusters * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i < clusters; i++) {
            chain.putInt(first + i);
        }
        chain.putInt(0x0FFF_FFFF).flip();
        store.put(fat + first * 4L, chain.duplicate());
        store.put(fat + fatBytes + first * 4L, chain);
        slot.putInt(at + 28, (int) size);
        store.put(root, slot);
    }

    private static ByteBuffer get(SparseStore store, long at, int bytes) {
        ByteBuffer into = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        store.get(at, into);
        return into.flip();
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static byte[] read(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(length);
        while (into.hasRemaining() && channel.read(into, at + into.position()) >= 0) {
            // On.
        }
        return Arrays.copyOf(into.array(), into.position());
    }
}
