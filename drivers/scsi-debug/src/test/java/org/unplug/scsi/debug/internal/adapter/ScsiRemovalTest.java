package org.unplug.scsi.debug.internal.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.unplug.block.Bio;
import org.unplug.block.DiskHandle;
import org.unplug.block.testing.AdapterRemovalContract;
import org.unplug.block.testing.AdapterStack;
import org.unplug.block.testing.AdapterStack.Tally;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.ref.Clockwork;
import org.unplug.scsi.debug.LunSpec;
import org.unplug.scsi.debug.ScsiDebugCounters;
import org.unplug.scsi.spi.ScsiHost;
import org.unplug.scsi.testing.AdapterKit;
import org.unplug.scsi.testing.ScsiStack;

/** The removal tests that every bus core passes, for a unit behind the debug adapter. */
@Timeout(1200)
class ScsiRemovalTest extends AdapterRemovalContract {

    private static final int UNIT_BYTES = 4 << 20;
    private static final int MANY = 4096;
    private static final long NEVER_MICROS = 3_600_000_000L;

    @TempDir
    Path directory;

    private DebugKit kit;

    @Override
    protected AdapterStack assemble(FlatBlockLayer over, Clockwork clock) throws IOException {
        Path place = Files.createTempDirectory(directory, "bay");
        return new ScsiStack(over, clock, () -> {
            kit = new DebugKit(clock, place);
            return kit;
        });
    }

    /** R4 and R8 with every command that an adapter can have in flight. */
    @Test
    void removeHost_withFourThousandCommandsInFlight_isBoundedEndsEachOnce_andKeepsWhatWasFlushed() throws Exception {
        stack.insert(1);
        until("the disk", () -> stack.disk() != null);
        assertTrue(layer.settle(20_000));
        String disk = stack.disk();
        DiskHandle handle = layer.open(disk);
        byte[] flushed = new byte[64 << 10];
        Arrays.fill(flushed, (byte) 0x5A);
        handle.write(0, ByteBuffer.wrap(flushed));
        handle.flush();
        kit.adapter.added(0, 0, NEVER_MICROS);
        AtomicInteger ended = new AtomicInteger();
        Bio[] bios = new Bio[MANY];
        for (int i = 0; i < MANY; i++) {
            ByteBuffer data = ByteBuffer.allocate(512).put(0, (byte) i);
            bios[i] = handle.newBio().write(1024 + i, data).onEnd(bio -> ended.incrementAndGet());
        }
        handle.submit(bios, 0, MANY);
        until("all are inside the adapter", () -> {
            Tally tally = stack.tally();
            return tally.commands() - tally.completed() >= MANY;
        });
        long began = clockwork.nanoTime();
        assertTrue(stack.unregister(), "nobody is inside the adapter");
        long tookMs = (clockwork.nanoTime() - began) / 1_000_000;
        assertTrue(tookMs <= stack.deadlineMs(), "took " + tookMs + " ms of " + stack.deadlineMs());
        until("each ends", () -> ended.get() >= MANY);
        assertEquals(MANY, ended.get(), "and once");
        handle.close();
        assertTrue(Arrays.equals(flushed, stack.peek(1, 0, flushed.length)));
        Tally tally = stack.tally();
        assertEquals(0, tally.insideAtStop(), tally::toString);
        assertEquals(0, tally.afterStop(), tally::toString);
    }

    private static final class DebugKit implements AdapterKit {
        private static final Settings SETTINGS = new Settings("contract", MANY, MANY, 1, 0, 1);

        private final DebugAdapter adapter;
        private final Bay bay;
        private final Path place;

        DebugKit(Clockwork clock, Path place) {
            this.place = place;
            adapter = new DebugAdapter(SETTINGS, clock);
            bay = new Bay(adapter, clock, line -> {}, remembered -> {});
        }

        private Path image(int number) {
            return place.resolve("unit" + number + ".img");
        }

        @Override
        public ScsiHost host() {
            return adapter;
        }

        @Override
        public void insert(int number) throws IOException {
            if (Files.notExists(image(number))) {
                Files.write(image(number), new byte[UNIT_BYTES]);
            }
            bay.insert(LunSpec.image(image(number).toString()).at(0, 0).withSerial("7"));
        }

        @Override
        public void yank() {
            bay.yank(0, 0);
        }

        @Override
        public byte[] peek(int number, int offsetBytes, int bytes) throws IOException {
            return Arrays.copyOfRange(Files.readAllBytes(image(number)), offsetBytes, offsetBytes + bytes);
        }

        @Override
        public void unregistered() {
            bay.close();
        }

        @Override
        public Tally tally() {
            ScsiDebugCounters counters = adapter.counters();
            return new Tally(
                    counters.callsInside(),
                    counters.callsInsideAtStop(),
                    counters.callsAfterStop(),
                    counters.commands(),
                    counters.completed());
        }
    }
}
