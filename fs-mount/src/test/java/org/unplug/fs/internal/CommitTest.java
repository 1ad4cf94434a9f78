package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A commit that comes in the middle of an operation of somebody else. */
class CommitTest {

    @ParameterizedTest
    @CsvSource({"fat16, 20", "fat32, 40", "exfat, 20"})
    void commitBetweenAFilesFirstClusterAndItsFirstByte_namesNoCluster(String type, int mib) throws IOException {
        try (Rig rig = Rig.formatted(type, (long) mib << 20)) {
            rig.mount();
            AtomicReference<byte[]> between = new AtomicReference<>();
            try (FileChannel channel =
                    FileChannel.open(rig.path("/new.txt"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                // A write asks for the time when it has its room and before it says how long the file is now.
                rig.time = () -> {
                    Instant now = rig.now;
                    rig.time = () -> now;
                    sync(rig);
                    between.set(rig.disk.bytes.clone());
                    return now;
                };
                channel.write(ByteBuffer.wrap(new byte[] {1}));
            }
            byte[] image = between.get();
            assertNotNull(image, "the write did not ask for the time");
            assertEquals(0, size(type, image));
            assertEquals(0, firstCluster(type, image));
            assertFalse(Remains.judge(type, image, "between"));
            assertTrue(rig.unmount().clean());
            assertEquals(1, size(type, rig.disk.bytes));
            assertTrue(firstCluster(type, rig.disk.bytes) >= 2);
            Peers.check(rig.disk, "after");
            rig.mount();
            assertEquals(1, Files.size(rig.path("/new.txt")));
        }
    }

    private static void sync(Rig rig) {
        try {
            rig.table.sync();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static int firstCluster(String type, byte[] image) {
        ByteBuffer entry = entry(type, image);
        return type.equals("exfat") ? entry.getInt(20) : entry.getShort(26) & 0xFFFF | entry.getShort(20) << 16;
    }

    private static long size(String type, byte[] image) {
        ByteBuffer entry = entry(type, image);
        return type.equals("exfat") ? entry.getLong(24) : entry.getInt(28);
    }

    /** The one that says where the file is: of exFAT the one before its name. */
    private static ByteBuffer entry(String type, byte[] image) {
        boolean exfat = type.equals("exfat");
        byte[] name = exfat
                ? "new.txt".getBytes(StandardCharsets.UTF_16LE)
                : "NEW     TXT".getBytes(StandardCharsets.US_ASCII);
        int before = exfat ? 2 : 0;
        for (int at = 0; at + 32 <= image.length; at += 32) {
            if (Arrays.equals(name, 0, name.length, image, at + before, at + before + name.length)) {
                return ByteBuffer.wrap(image, exfat ? at - 32 : at, 32).slice().order(ByteOrder.LITTLE_ENDIAN);
            }
        }
        throw new AssertionError("no entry of the file");
    }
}
