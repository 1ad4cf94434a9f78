package org.unplug.block.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.GoneException;
import org.unplug.block.Removal;
import org.unplug.block.RemovalReport;
import org.unplug.block.spi.DiskDriver;
import org.unplug.block.spi.DiskRegistration;
import org.unplug.block.spi.DiskSpec;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** What every driver does right, asked through the real block layer. A driver's test extends this and says how it is made. */
public abstract class DiskDriverContract {

    /** A driver ready to be added, and what to add it as: 1 MiB or more, writable, content unimportant. */
    public record Candidate(DiskDriver driver, DiskSpec spec) {}

    protected final SystemClockwork clockwork = Clockwork.system("contract");
    protected final FlatBlockLayer layer = new FlatBlockLayer(clockwork);
    private DiskRegistration disk;
    private DiskHandle handle;

    protected abstract Candidate make() throws Exception;

    @BeforeEach
    void add() throws Exception {
        Candidate candidate = make();
        disk = layer.add(candidate.spec(), candidate.driver());
        assertTrue(layer.settle(10_000));
        handle = layer.open(disk.info().name());
    }

    @AfterEach
    void removeAll() {
        layer.close();
        clockwork.close();
        assertEquals(List.of(), layer.faults);
    }

    @Test
    void whatWasWritten_isReadBack_whereverItIsAndHoweverItIsCut() throws Exception {
        Random random = new Random(5);
        int block = disk.info().logicalBlockBytes();
        int blocks = (int) Math.min(disk.info().capacityBytes() / block, 4096);
        byte[] model = new byte[blocks * block];
        ByteBuffer zeroes = ByteBuffer.wrap(model);
        handle.write(0, zeroes.duplicate());
        for (int round = 0; round < 60; round++) {
            int at = random.nextInt(blocks);
            int count = 1 + random.nextInt(Math.min(64, blocks - at));
            byte[] data = new byte[count * block];
            random.nextBytes(data);
            System.arraycopy(data, 0, model, at * block, data.length);
            int cut = random.nextInt(data.length);
            ByteBuffer direct = ByteBuffer.allocateDirect(data.length - cut + 3).position(3);
            direct.put(data, cut, data.length - cut).position(3);
            perform(handle.newBio()
                    .write((long) at * block / 512, new ByteBuffer[] {ByteBuffer.wrap(data, 0, cut), direct}));
            assertEquals(3, direct.position(), "positions stay as they are");
        }
        byte[] back = new byte[model.length];
        handle.read(0, ByteBuffer.wrap(back));
        assertArrayEquals(model, back);
    }

    /** What a driver lends is what it reads, and stays what it was read as, or becomes what is written: never anything else. */
    @Test
    void whatIsLent_isWhatIsRead() throws Exception {
        int block = disk.info().logicalBlockBytes();
        byte[] data = new byte[(int) Math.min(disk.info().capacityBytes() / block, 2048) * block];
        new Random(7).nextBytes(data);
        handle.write(0, ByteBuffer.wrap(data));
        Random random = new Random(8);
        for (int round = 0; round < 60; round++) {
            int at = random.nextInt(data.length / block);
            int count = 1 + random.nextInt(Math.min(64, data.length / block - at));
            ByteBuffer into = ByteBuffer.allocate(count * block);
            Bio bio = handle.newBio().read((long) at * block / 512, into).mayBorrow(true);
            perform(bio);
            ByteBuffer loan = bio.takeLoan();
            assertEquals(ByteBuffer.wrap(data, at * block, count * block), loan == null ? into : loan);
        }
    }

    private void perform(Bio bio) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        handle.submit(bio.onEnd(b -> ended.countDown()));
        assertTrue(ended.await(10, TimeUnit.SECONDS));
        assertEquals(BlockStatus.OK, bio.status());
    }

    @Test
    void lastBlock_isThere() throws Exception {
        long last = disk.info().capacitySectors() - disk.info().logicalBlockBytes() / 512;
        byte[] data = new byte[disk.info().logicalBlockBytes()];
        new Random(1).nextBytes(data);
        handle.write(last, ByteBuffer.wrap(data));
        byte[] back = new byte[data.length];
        handle.read(last, ByteBuffer.wrap(back));
        assertArrayEquals(data, back);
    }

    @Test
    void flushAndForcedUnitAccess_succeed() throws Exception {
        handle.flush();
        perform(handle.newBio()
                .write(0, ByteBuffer.allocate(disk.info().logicalBlockBytes()))
                .fua(true));
    }

    @Test
    void writeZeroes_readBackAsZeroes_orAreNotHad() throws Exception {
        int block = disk.info().logicalBlockBytes();
        byte[] ones = new byte[block * 8];
        java.util.Arrays.fill(ones, (byte) 1);
        handle.write(0, ByteBuffer.wrap(ones));
        Bio bio = handle.newBio().writeZeroes(block / 512, 2L * block / 512);
        CountDownLatch ended = new CountDownLatch(1);
        handle.submit(bio.onEnd(b -> ended.countDown()));
        assertTrue(ended.await(10, TimeUnit.SECONDS));
        byte[] back = new byte[ones.length];
        handle.read(0, ByteBuffer.wrap(back));
        if (bio.status() == BlockStatus.OK) {
            java.util.Arrays.fill(ones, block, 3 * block, (byte) 0);
        } else {
            assertEquals(BlockStatus.NOTSUPP, bio.status());
        }
        assertArrayEquals(ones, back);
    }

    @Test
    void removal_underLoad_isQuietAndBounded_andEndsEachRequestOnce() throws Exception {
        for (Removal kind : Removal.values()) {
            AtomicInteger ends = new AtomicInteger();
            List<Bio> bios = new ArrayList<>();
            int block = disk.info().logicalBlockBytes();
            CountDownLatch some = new CountDownLatch(20);
            for (int i = 0; i < 400; i++) {
                Bio bio = handle.newBio().write((long) i % 8 * block / 512, ByteBuffer.allocate(block));
                bios.add(bio.onEnd(b -> {
                    ends.incrementAndGet();
                    some.countDown();
                }));
            }
            clockwork.execute("load", () -> bios.forEach(handle::submit));
            assertTrue(some.await(10, TimeUnit.SECONDS));
            RemovalReport report = disk.remove(kind);
            assertTrue(report.quiet(), report.summary());
            assertEquals(List.of(), report.laggards());
            assertThrows(GoneException.class, () -> handle.read(0, ByteBuffer.allocate(block)));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (ends.get() < bios.size() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertEquals(bios.size(), ends.get());
            bios.forEach(b -> assertTrue(b.status() == BlockStatus.OK || b.status() == BlockStatus.GONE));
            handle.close();
            Candidate next = make();
            disk = layer.add(next.spec(), next.driver());
            handle = layer.open(disk.info().name());
        }
    }
}
