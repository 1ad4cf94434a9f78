package org.unplug.scsi.debug.internal.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.unplug.ref.Clockwork;
import org.unplug.ref.SystemClockwork;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;

class LogicalUnitTest {

    private static final int BLOCKS = 64;

    private final SystemClockwork clockwork = Clockwork.system("test");
    private final TargetDevice target = new TargetDevice();
    private final RamStore store = new RamStore(BLOCKS * 512);
    private final LogicalUnit unit = unit(store, false, true);
    private final Answer answer = new Answer();

    private LogicalUnit unit(Store on, boolean readOnly, boolean writeCache) {
        LogicalUnit made = new LogicalUnit(
                target, new Identity("SN1", 0x3000_0000_0000_0001L, true), on, 512, readOnly, writeCache);
        target.add(target.units().size(), made);
        Order order = new Order(0);
        Cdb.testUnitReady(order.cdb);
        made.execute(order, new Answer());
        return made;
    }

    @AfterEach
    void close() {
        clockwork.close();
    }

    /** A command with two segments, so that borders between them are met. */
    private static final class Order implements Transfer {
        final byte[] cdb = new byte[16];
        final byte[] sense = new byte[96];
        final ByteBuffer[] segments;

        Order(int bytes) {
            int first = bytes / 1024 * 512;
            segments = bytes == 0
                    ? new ByteBuffer[0]
                    : new ByteBuffer[] {
                        ByteBuffer.allocate(first + 3).position(3), ByteBuffer.allocateDirect(bytes - first)
                    };
        }

        @Override
        public byte[] cdb() {
            return cdb;
        }

        @Override
        public int cdbLength() {
            return Cdb.lengthOf(Cdb.opcode(cdb));
        }

        @Override
        public int segmentCount() {
            return segments.length;
        }

        @Override
        public ByteBuffer segment(int index) {
            return segments[index];
        }

        @Override
        public int transferBytes() {
            int bytes = 0;
            for (ByteBuffer segment : segments) {
                bytes += segment.remaining();
            }
            return bytes;
        }

        @Override
        public byte[] sense() {
            return sense;
        }

        byte at(int index) {
            int first = segments[0].remaining();
            return index < first
                    ? segments[0].get(segments[0].position() + index)
                    : segments[1].get(segments[1].position() + index - first);
        }

        void fill(int value) {
            for (ByteBuffer segment : segments) {
                for (int i = segment.position(); i < segment.limit(); i++) {
                    segment.put(i, (byte) value);
                }
            }
        }
    }

    private interface Build {
        int build(byte[] cdb);
    }

    private Order run(LogicalUnit on, int bytes, Build build) {
        Order order = new Order(bytes);
        build.build(order.cdb);
        assertTrue(on.execute(order, answer));
        return order;
    }

    private Order good(int bytes, Build build) {
        Order order = run(unit, bytes, build);
        assertEquals(ScsiStatus.GOOD, answer.status());
        return order;
    }

    private SenseData bad(LogicalUnit on, int bytes, Build build) {
        Order order = run(on, bytes, build);
        assertEquals(ScsiStatus.CHECK_CONDITION, answer.status());
        assertEquals(order.transferBytes(), answer.residualBytes());
        return SenseData.decode(order.sense, answer.senseBytes()).orElseThrow();
    }

    private void write(LogicalUnit on, long lba, int value, boolean fua) {
        Order order = new Order(512);
        order.fill(value);
        Cdb.write(order.cdb, lba, 1, fua);
        on.execute(order, answer);
        assertEquals(ScsiStatus.GOOD, answer.status());
    }

    private static int byteOf(Store on, long lba) throws IOException {
        ByteBuffer one = ByteBuffer.allocate(512);
        on.read(lba * 512, one);
        return one.get(0);
    }

    @Test
    void block_comesBackAsWrittenInTenAndSixteenBytes() {
        Order write = new Order(2048);
        write.fill(0x5A);
        Cdb.write(write.cdb, 60, 4, false);
        unit.execute(write, answer);
        assertEquals(0x5A, good(2048, cdb -> Cdb.read(cdb, 60, 4, false)).at(2047));
        Order sixteen = good(512, cdb -> {
            cdb[0] = (byte) Cdb.READ_16;
            cdb[9] = 63;
            cdb[13] = 1;
            return 16;
        });
        assertEquals(0x5A, sixteen.at(511));
        assertEquals(3, write.segments[0].position(), "a segment keeps its position");
    }

    @Test
    void reach_pastTheEnd_isRefusedWithTheBlock() {
        SenseData sense = bad(unit, 1024, cdb -> Cdb.read(cdb, BLOCKS - 1, 2, false));
        assertEquals(SenseKey.ILLEGAL_REQUEST, sense.key());
        assertTrue(sense.is(0x21, 0));
        assertEquals(OptionalLong.of(BLOCKS), sense.information());
        assertTrue(bad(unit, 512, cdb -> Cdb.read(cdb, -1L, 1, false)).is(0x21, 0));
    }

    @Test
    void unknownCommand_isRefused() {
        SenseData sense = bad(unit, 0, cdb -> {
            cdb[0] = 0x42;
            return 10;
        });
        assertEquals(SenseKey.ILLEGAL_REQUEST, sense.key());
        assertTrue(sense.is(0x20, 0));
    }

    @Test
    void readOnlyUnit_refusesWritesAndSaysSo() {
        LogicalUnit locked = unit(store, true, false);
        assertEquals(
                SenseKey.DATA_PROTECT,
                bad(locked, 512, cdb -> Cdb.write(cdb, 0, 1, false)).key());
        Order mode = run(locked, 192, cdb -> Cdb.modeSense6(cdb, 0x3F, 192));
        assertEquals(0x80, mode.at(2) & 0x80);
    }

    @Test
    void pages_nameTheUnit() {
        assertEquals(6, good(36, cdb -> Cdb.inquiry(cdb, 36)).at(2));
        Order list = good(64, cdb -> Cdb.inquiryPage(cdb, 0, 64));
        assertEquals(4, list.at(3));
        Order serial = good(64, cdb -> Cdb.inquiryPage(cdb, 0x80, 64));
        assertEquals('S', serial.at(4));
        assertEquals(64 - 7, answer.residualBytes());
        Order id = good(64, cdb -> Cdb.inquiryPage(cdb, 0x83, 64));
        assertEquals(0x03, id.at(5));
        assertEquals(0x30, id.at(8));
        Order limits = good(64, cdb -> Cdb.inquiryPage(cdb, 0xB0, 64));
        assertEquals(LogicalUnit.MAX_BLOCKS >> 8, limits.at(10));
        assertTrue(bad(unit, 64, cdb -> Cdb.inquiryPage(cdb, 0xC7, 64)).is(0x24, 0));
    }

    @Test
    void capacity_isTheLastBlock() {
        assertEquals(BLOCKS - 1, good(8, Cdb::readCapacity10).at(3));
        assertEquals(BLOCKS - 1, good(32, cdb -> Cdb.readCapacity16(cdb, 32)).at(7));
        assertEquals(2, good(32, cdb -> Cdb.readCapacity16(cdb, 32)).at(10), "512 bytes a block");
        LogicalUnit empty = unit(new RamStore(0), false, false);
        assertEquals(-1, run(empty, 32, cdb -> Cdb.readCapacity16(cdb, 32)).at(0), "a unit without blocks");
    }

    @Test
    void cachingPage_tellsOfTheWriteCache() {
        assertEquals(0x04, good(64, cdb -> Cdb.modeSense10(cdb, 8, 64)).at(8 + 2) & 4);
        assertEquals(0x04, good(64, cdb -> Cdb.modeSense6(cdb, 8, 64)).at(4 + 2) & 4);
        assertEquals(0x10, good(64, cdb -> Cdb.modeSense10(cdb, 8, 64)).at(3) & 0x10, "FUA is had");
        assertTrue(bad(unit, 64, cdb -> Cdb.modeSense6(cdb, 0x1C, 64)).is(0x24, 0));
    }

    @Test
    void volatileCache_losesWhatWasNotSynchronizedAndNothingElse() throws IOException {
        RamStore below = new RamStore(BLOCKS * 512);
        // The power cut would clear memory too; what is asked for is what reached it before.
        VolatileCache cache = new VolatileCache(below, 512);
        LogicalUnit cached = unit(cache, false, true);
        write(cached, 1, 11, false);
        run(cached, 0, cdb -> Cdb.synchronizeCache(cdb, false));
        write(cached, 2, 22, false);
        assertEquals(22, byteOf(cache, 2), "it reads what it took");
        assertEquals(512, cached.unwrittenBytes());
        assertEquals(11, byteOf(below, 1));
        assertEquals(0, byteOf(below, 2));
        write(cached, 3, 33, true);
        assertEquals(33, byteOf(below, 3), "FUA bypasses the cache");
        write(cached, 4, 44, false);
        run(cached, 0, cdb -> {
            int length = Cdb.synchronizeCache(cdb, true);
            assertEquals(16, length);
            return length;
        });
        assertEquals(0, cached.unwrittenBytes());
        assertEquals(44, byteOf(below, 4));
    }

    @Test
    void newUnit_saysPowerOnOnce() {
        LogicalUnit fresh = new LogicalUnit(target, new Identity("N", 1, false), store, 512, false, false);
        assertTrue(bad(fresh, 0, Cdb::testUnitReady).is(0x29, 0));
        run(fresh, 0, Cdb::testUnitReady);
        assertEquals(ScsiStatus.GOOD, answer.status());
    }

    @Test
    void unitPutInBeside_isToldAndClearedByReportLuns() {
        unit(store, false, false);
        good(36, cdb -> Cdb.inquiry(cdb, 36));
        assertTrue(bad(unit, 0, Cdb::testUnitReady).is(0x3F, 0x0E));
        unit(store, false, false);
        assertEquals(3 * 8, good(64, cdb -> Cdb.reportLuns(cdb, 64)).at(3));
        good(0, Cdb::testUnitReady);
    }

    @Test
    void requestSense_takesTheAttentionAsData() {
        unit.reset();
        Order sense = good(18, cdb -> Cdb.requestSense(cdb, 18));
        assertEquals(0x06, sense.at(2));
        assertEquals(0x29, sense.at(12));
        good(0, Cdb::testUnitReady);
    }

    @Test
    void ejectedUnit_hasNoMediumUntilItIsLoaded() {
        good(0, cdb -> Cdb.preventRemoval(cdb, true));
        assertTrue(bad(unit, 0, cdb -> Cdb.startStop(cdb, false, true)).is(0x53, 0x02));
        good(0, cdb -> Cdb.preventRemoval(cdb, false));
        good(0, cdb -> Cdb.startStop(cdb, false, true));
        assertFalse(unit.isLoaded());
        assertTrue(bad(unit, 512, cdb -> Cdb.read(cdb, 0, 1, false)).is(0x3A, 0));
        good(0, cdb -> Cdb.startStop(cdb, true, true));
        good(512, cdb -> Cdb.read(cdb, 0, 1, false));
        good(0, cdb -> Cdb.startStop(cdb, false, false));
        assertTrue(bad(unit, 0, Cdb::testUnitReady).is(0x04, 0x02));
    }

    @Test
    void powerCut_executesNothingAnyMore() {
        assertTrue(unit.cutPower(clockwork, 1_000));
        assertFalse(unit.execute(new Order(0), answer));
    }

    @Test
    void unitThatIsNotThere_answersAsTheStandardSays() {
        Order inquiry = new Order(36);
        Cdb.inquiry(inquiry.cdb, 36);
        target.executeNowhere(inquiry, answer);
        assertEquals(0x7F, inquiry.at(0));
        Order ready = new Order(0);
        target.executeNowhere(ready, answer);
        assertTrue(
                SenseData.decode(ready.sense, answer.senseBytes()).orElseThrow().is(0x25, 0));
    }
}
