package org.unplug.block.internal.genhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.unplug.block.Bio;
import org.unplug.block.BlockException;
import org.unplug.block.BlockStatus;
import org.unplug.block.DiskHandle;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.spi.DiskSpec;
import org.unplug.block.spi.QueueLimits;
import org.unplug.block.spi.Request;
import org.unplug.block.testing.FlatBlockLayer;
import org.unplug.block.testing.ScriptedDriver;
import org.unplug.block.testing.ScriptedDriver.Reply;

/** From submit to end: limits, order, batches, answers, the caller's mistakes. */
class RequestPathTest extends VirtualDiskTest {

    // ---- split

    @Test
    void split_bySectorsSegmentsAndBlocks_movesEachByteToItsPlace() throws IOException {
        for (int seed = 0; seed < 60; seed++) {
            splitOnce(seed);
        }
    }

    private static void splitOnce(int seed) throws IOException {
        Random random = new Random(seed);
        int block = 512 << random.nextInt(4);
        int capacityBlocks = 64;
        int maxSegments = 1 + random.nextInt(6);
        QueueLimits limits = QueueLimits.DEFAULT
                .withLogicalBlockBytes(block)
                .withMaxSectors(block / 512 * (1 + random.nextInt(5)) + random.nextInt(3))
                .withMaxSegments(maxSegments)
                .withQueueDepth(1 + random.nextInt(4));
        int bytes = capacityBlocks * block;
        ScriptedDriver driver = new ScriptedDriver(bytes / 512);
        driver.script = r -> {
            assertTrue(r.sectors() <= limits.maxSectors(), () -> r + " is too long, seed " + seed);
            assertTrue(r.segmentCount() <= Math.max(1, maxSegments), () -> r + " has too many buffers, seed " + seed);
            assertEquals(0, r.sectors() * 512 % block, () -> r + " is no whole blocks, seed " + seed);
            return Reply.INLINE;
        };
        try (org.unplug.block.testing.VirtualClockwork clockwork =
                new org.unplug.block.testing.VirtualClockwork(seed)) {
            FlatBlockLayer layer = new FlatBlockLayer(clockwork);
            layer.add(DiskSpec.of("ram", bytes / 512).withLimits(limits), driver);
            DiskHandle handle = layer.open("ram0");
            byte[] model = new byte[bytes];
            for (int round = 0; round < 6; round++) {
                int count = 1 + random.nextInt(capacityBlocks);
                int at = random.nextInt(capacityBlocks - count + 1);
                byte[] data = new byte[count * block];
                random.nextBytes(data);
                System.arraycopy(data, 0, model, at * block, data.length);
                ByteBuffer[] out = layout(random, data.length, maxSegments, block);
                int from = 0;
                for (ByteBuffer buffer : out) {
                    buffer.duplicate().put(data, from, buffer.remaining());
                    from += buffer.remaining();
                }
                Bio bio = handle.newBio().write((long) at * block / 512, out);
                handle.submit(bio);
                clockwork.settle();
                assertEquals(BlockStatus.OK, bio.status(), "seed " + seed);
                ByteBuffer[] in = layout(random, data.length, maxSegments, block);
                handle.submit(bio.read((long) at * block / 512, in));
                clockwork.settle();
                ByteBuffer flat = ByteBuffer.allocate(data.length);
                for (ByteBuffer buffer : in) {
                    flat.put(buffer.duplicate());
                }
                assertArrayEquals(data, flat.array(), "seed " + seed);
            }
            assertArrayEquals(model, driver.content(), "seed " + seed);
            assertEquals(List.of(), layer.faults);
        }
    }

    /** Few buffers of any length, or many of whole blocks; each with room before and after, some empty. */
    private static ByteBuffer[] layout(Random random, int bytes, int maxSegments, int block) {
        boolean many = random.nextBoolean();
        List<ByteBuffer> buffers = new ArrayList<>();
        int left = bytes;
        while (left > 0) {
            int unit = many ? block : 1;
            int length = (buffers.size() == maxSegments - 1 && !many)
                    ? left
                    : Math.min(left, (1 + random.nextInt(Math.max(1, left / unit))) * unit);
            int before = random.nextInt(8);
            ByteBuffer room = ByteBuffer.allocate(before + length + random.nextInt(8));
            room.position(before).limit(before + length);
            buffers.add(room);
            left -= length;
            if (many && random.nextInt(5) == 0) {
                buffers.add(ByteBuffer.allocate(0));
            }
        }
        return buffers.toArray(ByteBuffer[]::new);
    }

    // ---- tags and room

    /** Writes that nothing merges. */
    private static List<Counted> apart(DiskHandle handle, int count) {
        List<Counted> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(write(handle, 2L * i));
        }
        return all;
    }

    @Test
    void tagsRunOut_theRestWaitsInOrder_andNoneIsLost() throws IOException {
        add(depth(2));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        List<Counted> all = apart(handle, 20);
        assertEquals(2, driver.held.size());
        while (!driver.held.isEmpty()) {
            driver.finishNext();
            assertTrue(driver.held.size() <= 2);
        }
        for (int i = 0; i < 20; i++) {
            assertEquals("WRITE " + 2 * i + "+1", driver.requests().get(i));
            assertEquals(1, all.get(i).ends);
        }
    }

    @Test
    void noTwoRequestsInTheDriver_bearTheSameTag() throws IOException {
        add(depth(70));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        for (int i = 0; i < 100; i++) {
            handle.submit(handle.newBio().read(i % SECTORS, sectors(1)));
        }
        assertEquals(70, driver.held.stream().map(Request::tag).distinct().count());
        driver.held.forEach(r -> assertTrue(r.tag() >= 0 && r.tag() < 70));
    }

    @Test
    void busyDriver_getsItAgain_afterACompletion_aRestart_orSomeMilliseconds() throws IOException {
        add(depth(4));
        DiskHandle handle = open();
        driver.script = r -> driver.held.size() < 1 ? Reply.HOLD : Reply.BUSY;
        List<Counted> all = apart(handle, 3);
        assertEquals(List.of("WRITE 0+1"), driver.requests());
        driver.finishNext();
        assertEquals(List.of("WRITE 0+1", "WRITE 2+1"), driver.requests());
        driver.script = r -> Reply.INLINE;
        layer.find("ram0").restartQueue();
        assertEquals(BlockStatus.OK, all.get(2).bio.status());
        driver.finishAll();

        boolean[] room = new boolean[1];
        driver.script = r -> room[0] ? Reply.INLINE : Reply.BUSY;
        Counted late = write(handle, 9);
        clockwork.sleepMs(100);
        assertNull(late.bio.status());
        room[0] = true;
        clockwork.sleepMs(10);
        assertEquals(BlockStatus.OK, late.bio.status());
        all.forEach(c -> assertEquals(1, c.ends));
    }

    @Test
    void restartFromInsideADecliningCall_doesNotRecurse() throws IOException {
        add(depth(64));
        Gendisk disk = layer.find("ram0");
        DiskHandle handle = open();
        boolean[] room = new boolean[1];
        int[] deepest = new int[1];
        driver.script = r -> room[0] ? Reply.INLINE : Reply.BUSY;
        List<Counted> all = writes(handle, 60);
        int[] countdown = {200};
        driver.whenQueued = () -> {
            deepest[0] = Math.max(deepest[0], driver.inside.get());
            if (countdown[0]-- > 0) {
                disk.restartQueue();
            } else {
                room[0] = true;
            }
        };
        clockwork.sleepMs(2_000);
        assertEquals(1, deepest[0]);
        all.forEach(c -> assertEquals(BlockStatus.OK, c.bio.status()));
    }

    @Test
    void inlineCompletion_doesNotDeepenTheStack() throws IOException {
        add(spec());
        ScriptedDriver plain = driver;
        DiskHandle handle = open();
        int[] left = {1_000_000};
        plain.log.clear();
        org.unplug.block.spi.DiskDriver quick = r -> {
            r.complete(BlockStatus.OK);
            return true;
        };
        Gendisk disk = layer.add(spec(), quick);
        DiskHandle fast = layer.open(disk.info().name());
        Bio bio = fast.newBio().read(0, sectors(1)).onEnd(b -> {
            if (left[0]-- > 0) {
                fast.submit(b);
            }
        });
        fast.submit(bio);
        assertEquals(-1, left[0]);
        handle.close();
    }

    // ---- batches, FUA, flush

    @Test
    void batch_isSeenByTheDriverAsOne() throws IOException {
        add(spec());
        DiskHandle handle = open();
        Bio[] bios = new Bio[5];
        for (int i = 0; i < bios.length; i++) {
            bios[i] = handle.newBio().read(i, sectors(1));
        }
        handle.submit(bios, 1, 4);
        assertEquals(List.of("READ 1+1", "READ 2+1", "READ 3+1", "commit"), driver.log);
        assertNull(bios[0].status());
        assertNull(bios[4].status());
    }

    @Test
    void batch_ofWhichOneIsMalformed_isNotSubmittedAtAll() throws IOException {
        add(spec());
        DiskHandle handle = open();
        Bio good = handle.newBio().read(0, sectors(1));
        Bio bad = handle.newBio().read(SECTORS, sectors(1));
        assertThrows(IllegalArgumentException.class, () -> handle.submit(new Bio[] {good, bad}, 0, 2));
        assertThrows(IllegalStateException.class, () -> handle.submit(new Bio[] {good, good}, 0, 2));
        assertEquals(List.of(), driver.requests());
        handle.submit(good);
        assertEquals(BlockStatus.OK, good.status());
    }

    @Test
    void fua_whereTheDriverLacksIt_isAWriteAndThenAFlush() throws IOException {
        add(cached().withLimits(cached().limits().withMaxSectors(2)));
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Counted counted = new Counted(handle.newBio().write(0, filled(4, 3)).fua(true));
        handle.submit(counted.bio);
        assertEquals(List.of("WRITE 0+2", "WRITE 2+2"), driver.requests());
        driver.finishNext();
        assertEquals(2, driver.requests().size(), "no flush before all of it is written");
        driver.finishNext();
        assertEquals("FLUSH", driver.requests().get(2));
        assertNull(counted.bio.status());
        driver.finishAll();
        assertEquals(BlockStatus.OK, counted.bio.status());
        assertEquals(1, counted.ends);
    }

    @Test
    void fua_whereTheDriverHasIt_isPassedOn_andWhereThereIsNoCacheNothingIsNeeded() throws IOException {
        layer.add(spec().withLimits(QueueLimits.DEFAULT.withWriteCache(true, true)), driver);
        clockwork.settle();
        driver.log.clear();
        DiskHandle handle = open();
        handle.submit(handle.newBio().write(0, filled(1, 3)).fua(true));
        assertEquals(List.of("WRITE 0+1 FUA"), driver.requests());

        layer.add(spec(), driver);
        clockwork.settle();
        driver.log.clear();
        DiskHandle plain = layer.open("ram1");
        plain.submit(plain.newBio().write(0, filled(1, 3)).fua(true));
        plain.flush();
        assertEquals(List.of("WRITE 0+1"), driver.requests());
    }

    @Test
    void whatTheDriverHasNot_isAnsweredWithoutIt() throws IOException {
        add(spec());
        DiskHandle handle = open();
        Bio discard = handle.newBio().discard(0, 1);
        Bio zeroes = handle.newBio().writeZeroes(0, 1);
        handle.submit(discard);
        handle.submit(zeroes);
        assertEquals(BlockStatus.NOTSUPP, discard.status());
        assertEquals(BlockStatus.NOTSUPP, zeroes.status());
        assertEquals(List.of(), driver.requests());
    }

    // ---- a driver's mistakes

    @Test
    void driverThatThrows_failsThatRequestOnly() throws IOException {
        add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.THROW);
        assertEquals(
                BlockStatus.IOERR,
                assertThrows(BlockException.class, () -> handle.read(0, sectors(1)))
                        .status());
        driver.reply(Reply.INLINE);
        handle.read(0, sectors(1));
        assertTrue(layer.faults.get(0).contains("threw from queueRequest"));
    }

    @Test
    void contractBreaches_areReported_andEndEachBioOnce() throws IOException {
        for (Reply reply : List.of(Reply.TWICE, Reply.COMPLETE_AND_THROW, Reply.COMPLETE_AND_BUSY)) {
            Gendisk disk = layer.add(depth(2), driver);
            clockwork.settle();
            layer.faults.clear();
            DiskHandle handle = layer.open(disk.info().name());
            driver.reply(reply);
            List<Counted> all = writes(handle, 5);
            driver.reply(Reply.INLINE);
            all.addAll(writes(handle, 5));
            clockwork.sleepMs(100);
            all.forEach(c -> assertEquals(1, c.ends, () -> reply + " " + c.bio));
            assertEquals(5, layer.faults.size(), () -> reply + " " + layer.faults);
            assertEquals(0, layer.list().get(layer.list().size() - 1).inFlight());
        }
    }

    // ---- the caller's mistakes

    @Test
    void mistakes_throwWithADiagnosis() throws IOException {
        add(spec().withLimits(QueueLimits.DEFAULT.withLogicalBlockBytes(1024)));
        DiskHandle handle = open();
        Bio bio = handle.newBio();
        refused("reaches past the end of ram0 (64 sectors)", () -> handle.submit(bio.read(63, sectors(2))));
        refused("reaches past the end", () -> handle.submit(bio.read(-2, sectors(2))));
        refused("not aligned to the 1024 byte blocks", () -> handle.submit(bio.read(1, sectors(2))));
        refused("not aligned", () -> handle.submit(bio.read(0, sectors(1))));
        refused("must be a positive multiple of 512", () -> bio.read(0, ByteBuffer.allocate(700)));
        refused("must be a positive multiple of 512", () -> bio.read(0, ByteBuffer.allocate(0)));
        refused("must be positive", () -> bio.discard(0, 0));
        refused("read-only", () -> handle.submit(bio.read(0, sectors(2).asReadOnlyBuffer())));
        refused("was not made by this handle", () -> open().submit(bio));
        ByteBuffer changed = sectors(2);
        bio.read(0, changed);
        changed.get();
        refused("they have changed since it was set", () -> handle.submit(bio));
        DiskHandle reader = layer.open("ram0", Holder.named("reader"), OpenMode.READ);
        refused("was opened for reading", () -> reader.submit(reader.newBio().write(0, sectors(2))));
        assertEquals(List.of(), driver.requests());
        assertEquals(0, layer.list().get(0).inFlight());
    }

    private static void refused(String diagnosis, org.junit.jupiter.api.function.Executable mistake) {
        String message = assertThrows(IllegalArgumentException.class, mistake).getMessage();
        assertTrue(message.contains(diagnosis), message);
    }

    @Test
    void bioUnderWay_cannotBeSetNorSubmitted() throws IOException {
        add(spec());
        DiskHandle handle = open();
        driver.reply(Reply.HOLD);
        Bio bio = handle.newBio().read(0, sectors(1));
        handle.submit(bio);
        assertThrows(IllegalStateException.class, () -> handle.submit(bio));
        assertThrows(IllegalStateException.class, bio::flush);
        driver.finishAll();
        handle.submit(bio.flush());
    }

    // ---- blocking helpers

    @Test
    void blockingHelper_fromInsideAnEndAction_andFromInsideADriver_works() throws IOException {
        add(spec());
        Gendisk upper = layer.add(spec(), new org.unplug.block.spi.DiskDriver() {
            private final DiskHandle below = layer.open("ram0");

            @Override
            public boolean queueRequest(Request request) {
                try {
                    below.read(request.sector(), request.segment(0).duplicate());
                    request.complete(BlockStatus.OK);
                } catch (IOException e) {
                    request.complete(BlockStatus.IOERR);
                }
                return true;
            }
        });
        clockwork.settle();
        Arrays.fill(driver.content(), (byte) 9);
        DiskHandle handle = layer.open(upper.info().name());
        ByteBuffer second = sectors(1);
        Bio bio = handle.newBio().read(0, sectors(1)).onEnd(b -> {
            try {
                handle.read(1, second);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        handle.submit(bio);
        clockwork.settle();
        assertEquals(9, second.get(0));
        assertEquals(List.of(), layer.faults);
    }

    @Test
    void endActionThatThrows_harmsNobodyElse() throws IOException {
        Gendisk disk = add(spec());
        DiskHandle handle = open();
        handle.submit(handle.newBio().read(0, sectors(1)).onEnd(b -> {
            throw new IllegalStateException("mine");
        }));
        handle.read(0, sectors(1));
        assertTrue(layer.faults.get(0).contains("an end action on ram0 threw"));
        assertEquals(0, layer.list().get(0).inFlight());
        assertTrue(disk.remove(org.unplug.block.Removal.ORDERLY).quiet());
    }

    @Test
    void readOnlyDisk_refusesToOpenForWriting() throws IOException {
        add(spec().withReadOnly(true));
        assertEquals(
                BlockStatus.PROTECTED,
                assertThrows(BlockException.class, this::open).status());
        layer.open("ram0", Holder.named("reader"), OpenMode.READ).read(0, sectors(1));
    }

    @Test
    void closedHandle_endsGone_whileAnotherOneWorks() throws IOException {
        add(spec());
        DiskHandle handle = open();
        DiskHandle other = open();
        handle.close();
        assertEquals(BlockStatus.GONE, write(handle, 1).bio.status());
        other.write(1, filled(1, 1));
    }
}
