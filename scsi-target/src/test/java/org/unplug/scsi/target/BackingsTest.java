package org.unplug.scsi.target;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.block.BlockStatus;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

@Timeout(60)
class BackingsTest {

    @TempDir
    Path folder;

    private static Io io(long offset, byte[] data) {
        return new Io(null).of(offset, data.length, new ByteBuffer[] {ByteBuffer.wrap(data)}, 1);
    }

    private static byte[] filled(int bytes, int value) {
        byte[] data = new byte[bytes];
        Arrays.fill(data, (byte) value);
        return data;
    }

    private static byte[] read(Backing from, long offset, int bytes) {
        byte[] data = new byte[bytes];
        assertEquals(BlockStatus.OK, from.read(io(offset, data)));
        return data;
    }

    @Test
    void memory_readsZeroesWhereNothingIs_andKnowsWhatIsMapped() {
        RamBacking ram = new RamBacking(1L << 40);
        long border = (1L << 28) - 512;
        ram.write(io(border, filled(1024, 7)), false);
        assertArrayEquals(filled(1024, 7), read(ram, border, 1024));
        assertArrayEquals(filled(512, 0), read(ram, border + 1024, 512));
        assertEquals(-border, ram.mapped(0, 1L << 40));
        assertEquals(1024, ram.mapped(border, 1L << 40));
        assertEquals(-512, ram.mapped(border + 1024, 512));
        ram.discard(new Io(null).range(border, 512));
        assertArrayEquals(filled(512, 0), read(ram, border, 512));
        assertEquals(-border - 512, ram.mapped(0, 1L << 40));
        assertEquals(512, ram.mapped(border + 512, 1L << 40));
    }

    @Test
    void memory_thatIsUnmappedBesideAWrite_losesNothing() throws Exception {
        RamBacking ram = new RamBacking(1 << 18);
        try (SystemClockwork clockwork = Clockwork.system("ram")) {
            CompletableFuture<Void> unmapper = new CompletableFuture<>();
            clockwork.execute("unmap", () -> {
                for (int i = 0; i < 20_000; i++) {
                    ram.discard(new Io(null).range(512, 512));
                }
                unmapper.complete(null);
            });
            for (int i = 0; i < 20_000; i++) {
                byte[] data = filled(512, i);
                ram.write(io(0, data), false);
                assertArrayEquals(data, read(ram, 0, 512));
                ram.discard(new Io(null).range(0, 512));
            }
            unmapper.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void volatileCache_losesWhatWasNotSynchronized_andNothingElse() {
        RamBacking below = new RamBacking(1 << 20);
        VolatileCache cache = new VolatileCache(below, 512);
        cache.write(io(512, filled(512, 1)), false);
        assertEquals(BlockStatus.OK, cache.sync(new Io(null).range(0, 0)));
        cache.write(io(1024, filled(512, 2)), false);
        cache.write(io(2048, filled(100, 3)), false);
        assertArrayEquals(filled(512, 2), read(cache, 1024, 512));
        assertArrayEquals(filled(100, 3), read(cache, 2048, 100));
        assertArrayEquals(filled(412, 0), read(cache, 2148, 412));
        assertEquals(1024, cache.unwrittenBytes());
        assertArrayEquals(filled(512, 1), read(below, 512, 512));
        assertArrayEquals(filled(512, 0), read(below, 1024, 512));
        assertEquals(512, cache.mapped(512, 1 << 19));
        assertEquals(512, cache.mapped(1024, 1 << 19), "what is cached is mapped too");
        assertEquals(-512, cache.mapped(1536, 1 << 19), "up to what is cached next");
        cache.write(io(4096, filled(512, 4)), true);
        assertEquals(0, cache.unwrittenBytes());
        assertArrayEquals(filled(512, 4), read(below, 4096, 512));
    }

    @Test
    void volatileCache_underADiscard_forgets() {
        RamBacking below = new RamBacking(1 << 20);
        VolatileCache cache = new VolatileCache(below, 512);
        cache.write(io(0, filled(1024, 9)), false);
        assertEquals(BlockStatus.OK, cache.discard(new Io(null).range(512, 512)));
        assertArrayEquals(filled(512, 9), read(cache, 0, 512));
        assertArrayEquals(filled(512, 0), read(cache, 512, 512));
        assertEquals(512, cache.unwrittenBytes());
        assertThrows(IllegalArgumentException.class, () -> new VolatileCache(new Bench.Slow(), 512));
    }

    @Test
    void file_keepsItsBlocks_andCannotPunchHoles() throws IOException {
        Path image = folder.resolve("unit.img");
        Files.write(image, new byte[4096]);
        FileBacking file = FileBacking.open(image, 0, 512, false);
        assertEquals(BlockStatus.OK, file.write(io(512, filled(512, 5)), true));
        assertArrayEquals(filled(512, 5), read(file, 512, 512));
        assertEquals(BlockStatus.NOTSUPP, file.discard(new Io(null).range(0, 512)));
        String said = assertThrows(IOException.class, () -> FileBacking.open(image, 0, 512, false))
                .getMessage();
        assertTrue(said.contains("is in use"), said);
        file.cutPower();
        assertEquals(BlockStatus.MEDIUM, file.read(io(0, new byte[512])));
        assertArrayEquals(filled(512, 5), Arrays.copyOfRange(Files.readAllBytes(image), 512, 1024));
    }
}
