package org.unplug.fs.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.unplug.block.BioOp;
import org.unplug.block.Holder;
import org.unplug.block.OpenMode;
import org.unplug.block.Removal;
import org.unplug.fs.CacheUse;
import org.unplug.fs.Mount;
import org.unplug.fs.internal.pagecache.PageCache;
import org.unplug.fs.internal.pagecache.PagePool;
import org.unplug.fs.spi.Volume.Stage;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;

/** The limit of all page caches together, and how they make room for each other. */
@Timeout(120)
class AllCachesTest {
    private static final int MIB = 1 << 20;
    private static final int DISK = 16 * MIB;
    private static final Holder NOBODY = new Holder() {
        @Override
        public String holderName() {
            return "test";
        }

        @Override
        public void sync(long timeoutMs) {}

        @Override
        public void markDead(Removal kind) {}
    };

    private final SystemClockwork clockwork = Clockwork.system("test");
    private final PagePool pool = new PagePool(8L * MIB, 32L * MIB);

    @AfterEach
    void close() {
        clockwork.close();
    }

    private PageCache cache(FakeDisk disk) throws IOException {
        return new PageCache(
                disk.open(disk.name, 0, NOBODY, OpenMode.EXCLUSIVE), false, 32L * MIB, pool, clockwork, line -> {});
    }

    private static void readAll(PageCache cache) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(256 << 10);
        for (long at = 0; at < DISK; at += into.capacity()) {
            cache.read(at, into.clear());
        }
    }

    private static void write(PageCache cache, int from, int to) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(256 << 10);
        for (long at = from; at < to; at += bytes.capacity()) {
            cache.write(at, bytes.clear(), Stage.DATA, true, cache.errors());
        }
    }

    @Test
    void cachesTogether_stayWithinTheLimit_andEachGetsItsShareOfIt() throws IOException {
        PageCache one = cache(new FakeDisk("one", DISK));
        PageCache other = cache(new FakeDisk("other", DISK));
        readAll(one);
        assertEquals(8 * MIB, one.bytesHeld(), "what the other does not need");
        readAll(other);
        assertEquals(8 * MIB, pool.bytes());
        assertEquals(4 * MIB, other.bytesHeld());
        assertEquals(4 * MIB, one.bytesHeld());
        readAll(one);
        assertEquals(8 * MIB, pool.bytes());
        one.end(false);
        assertEquals(other.bytesHeld(), pool.bytes());
        readAll(other);
        assertEquals(8 * MIB, other.bytesHeld(), "what nobody else needs");
        other.end(true);
        assertEquals(0, pool.bytes());
    }

    @Test
    void manyCaches_haveAMibibyteEachWhateverTheOthersHave() throws IOException {
        PageCache[] caches = new PageCache[12];
        for (int i = 0; i < caches.length; i++) {
            caches[i] = cache(new FakeDisk("disk" + i, DISK));
            readAll(caches[i]);
        }
        for (PageCache cache : caches) {
            assertTrue(cache.bytesHeld() >= MIB, cache.bytesHeld() + " bytes");
        }
        assertEquals(12 * MIB, pool.bytes(), "four more than the limit, of which each has its own");
        for (PageCache cache : caches) {
            cache.end(false);
        }
        assertEquals(0, pool.bytes());
    }

    @Test
    void writerOfADiskThatDoesNotAnswer_holdsNobodyElseUp() throws Exception {
        FakeDisk stuck = new FakeDisk("stuck", DISK);
        stuck.hold(bio -> bio.op() == BioOp.WRITE);
        PageCache slow = cache(stuck);
        PageCache fast = cache(new FakeDisk("fast", DISK));
        CompletableFuture<Void> writer = new CompletableFuture<>();
        clockwork.execute("writer", () -> {
            try {
                write(slow, 0, DISK);
                writer.complete(null);
            } catch (IOException e) {
                writer.completeExceptionally(e);
            }
        });
        stuck.awaitHeld();
        write(fast, 0, DISK);
        readAll(fast);
        fast.writeBack(Stage.DATA);
        assertTrue(!writer.isDone(), "the writer of the other disk did not wait");
        stuck.release();
        writer.get(60, TimeUnit.SECONDS);
        slow.writeBack(Stage.DATA);
        assertEquals(0, slow.dirtyBytes());
        assertTrue(pool.bytes() <= pool.limitBytes(), pool.bytes() + " bytes");
        slow.end(false);
        fast.end(false);
    }

    @Test
    void whenMuchIsDirtyInAllTogether_eachBeginsToWriteAtOnce() throws Exception {
        FakeDisk stuck = new FakeDisk("stuck", DISK);
        PageCache slow = cache(stuck);
        PageCache fast = cache(new FakeDisk("fast", DISK));
        write(fast, 0, MIB / 2);
        assertEquals(MIB / 2, fast.dirtyBytes(), "little is dirty: it may stay so");
        stuck.hold(bio -> bio.op() == BioOp.WRITE);
        // Half of the limit is on its way to a disk that does not answer, and a little more is dirty: less than its
        // share.
        write(slow, 0, 4 * MIB + MIB / 2);
        assertTrue(stuck.heldCount() > 0);
        write(fast, MIB, MIB + MIB / 2);
        assertEquals(0, fast.dirtyBytes());
        stuck.release();
        slow.writeBack(Stage.DATA);
        write(fast, 2 * MIB, 2 * MIB + MIB / 2);
        assertEquals(MIB / 2, fast.dirtyBytes(), "little is dirty again");
        slow.end(false);
        fast.end(false);
    }

    @Test
    void otherLimits_holdAtOnceForWhatIsIdle_andAreGrownIntoAgain() throws IOException {
        PageCache cache = cache(new FakeDisk("one", DISK));
        readAll(cache);
        assertEquals(8 * MIB, cache.bytesHeld());
        pool.limit(8L * MIB, 3L * MIB);
        assertEquals(3 * MIB, cache.bytesHeld(), "what each may have");
        assertEquals(3 * MIB, cache.limitBytes());
        pool.limit(2L * MIB, 3L * MIB);
        assertEquals(2 * MIB, cache.bytesHeld(), "what all may have");
        assertEquals(2 * MIB, pool.limitBytes());
        pool.limit(6L * MIB, 32L * MIB);
        readAll(cache);
        assertEquals(6 * MIB, cache.bytesHeld());
        cache.end(false);
        assertEquals(0, pool.bytes());
    }

    @Test
    void whatIsDirtyWhenTheLimitFalls_staysUntilItIsWritten() throws Exception {
        FakeDisk disk = new FakeDisk("one", DISK);
        PageCache cache = cache(disk);
        disk.hold(bio -> bio.op() == BioOp.WRITE);
        write(cache, 0, 4 * MIB - MIB / 2);
        assertTrue(cache.bytesHeld() >= 3 * MIB, "all is dirty or on its way");
        pool.limit(MIB, MIB);
        assertTrue(cache.bytesHeld() >= 3 * MIB, "and stays until it is written");
        disk.release();
        cache.writeBack(Stage.DATA);
        assertEquals(MIB, cache.bytesHeld());
        cache.end(false);
    }

    @Test
    void mountTellsWhatItsCacheHolds_andADeadOneHoldsNothing() throws IOException {
        try (Rig rig = Rig.formatted("fat16", 8 << 20)) {
            Mount mount = rig.mount();
            Files.write(rig.path("/file"), new byte[100_000]);
            CacheUse before = mount.cache();
            assertTrue(before.bytes() >= 100_000, before.toString());
            assertTrue(before.dirtyBytes() > 0, before.toString());
            assertEquals(before.bytes(), rig.table.cache().bytes());
            rig.table.sync();
            assertEquals(0, mount.cache().dirtyBytes());
            rig.disk.yankTellingFirst();
            assertEquals(0, mount.cache().bytes());
            assertEquals(0, rig.table.cache().bytes());
        }
    }
}
