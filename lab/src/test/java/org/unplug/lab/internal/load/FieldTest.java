package org.unplug.lab.internal.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FieldTest {

    private static final int SLOT = 2;

    private final Field field = new Field(77, 8);

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(Field.SLOT_BYTES);
    }

    private ByteBuffer written(int slot, boolean ok) {
        ByteBuffer buffer = buffer();
        field.beginWrite(slot, buffer);
        field.endWrite(slot, ok);
        return buffer;
    }

    private static void assertFine(Field.Findings findings) {
        assertEquals(List.of(), findings.strays());
        assertEquals(List.of(), findings.losses());
    }

    @Test
    void stamp_readBack_isItself() {
        ByteBuffer buffer = ByteBuffer.allocate(1024);
        Stamp stamp = new Stamp(1, 2, 3, 4);
        stamp.write(buffer, 512);
        assertEquals(stamp, Stamp.read(buffer, 512));
        assertNull(Stamp.read(buffer, 0));
    }

    @Test
    void stamp_oneBitTurned_isNoStamp() {
        ByteBuffer buffer = ByteBuffer.allocate(512);
        new Stamp(1, 2, 3, 4).write(buffer, 0);
        buffer.put(300, (byte) (buffer.get(300) ^ 1));
        assertNull(Stamp.read(buffer, 0));
    }

    @Test
    void take_guard_isRefused() {
        assertFalse(field.take(1));
        assertTrue(field.take(SLOT));
        assertFalse(field.take(SLOT));
        field.giveBack(SLOT);
        assertTrue(field.take(SLOT));
    }

    @Test
    void check_latestWrite_isFine() {
        written(SLOT, true);
        assertFine(field.check(SLOT, written(SLOT, true)));
    }

    @Test
    void check_olderWrite_isALoss() {
        ByteBuffer old = written(SLOT, true);
        written(SLOT, true);
        assertEquals(Field.SLOT_SECTORS, field.check(SLOT, old).losses().size());
    }

    @Test
    void check_contentOfAnotherSlot_isAStray() {
        ByteBuffer other = written(4, true);
        written(SLOT, true);
        assertEquals(Field.SLOT_SECTORS, field.check(SLOT, other).strays().size());
    }

    @Test
    void check_contentOfAnotherDisk_isAStray() {
        ByteBuffer other = buffer();
        new Field(78, 8).original(SLOT, other);
        assertEquals(Field.SLOT_SECTORS, field.check(SLOT, other).strays().size());
    }

    @Test
    void check_writeThatWasNeverBegun_isAStray() {
        Field twin = new Field(77, 8);
        ByteBuffer future = buffer();
        for (int i = 0; i < 5; i++) {
            twin.beginWrite(SLOT, future);
        }
        assertEquals(Field.SLOT_SECTORS, field.check(SLOT, future).strays().size());
    }

    @Test
    void check_writeOfAnOldIncarnationUnderANewNumber_isAStray() {
        Field twin = new Field(77, 8);
        ByteBuffer old = buffer();
        twin.beginWrite(SLOT, old);
        field.epoch(9);
        written(SLOT, true);
        assertEquals(Field.SLOT_SECTORS, field.check(SLOT, old).strays().size());
    }

    @Test
    void settle_afterASurprise_acceptsAnythingSinceTheFlush() {
        ByteBuffer flushed = written(SLOT, true);
        field.flushed(field.acknowledged());
        written(SLOT, true);
        assertFine(field.settle(SLOT, flushed, false));
    }

    @Test
    void settle_afterASurprise_theFlushedMustBeThere() {
        ByteBuffer old = written(SLOT, true);
        written(SLOT, true);
        field.flushed(field.acknowledged());
        assertEquals(Field.SLOT_SECTORS, field.settle(SLOT, old, false).losses().size());
    }

    @Test
    void settle_inOrder_theAcknowledgedMustBeThere() {
        ByteBuffer old = written(SLOT, true);
        field.flushed(field.acknowledged());
        written(SLOT, true);
        assertEquals(Field.SLOT_SECTORS, field.settle(SLOT, old, true).losses().size());
    }

    @Test
    void settle_failedWrite_mayOrMayNotBeThere() {
        ByteBuffer before = written(SLOT, true);
        ByteBuffer failed = written(SLOT, false);
        ByteBuffer torn = buffer();
        torn.put(0, failed, 0, Stamp.BYTES).put(Stamp.BYTES, before, Stamp.BYTES, Field.SLOT_BYTES - Stamp.BYTES);
        assertFine(field.settle(SLOT, torn, true));
        assertFine(field.check(SLOT, torn));
    }

    @Test
    void settle_guardOverwritten_isAStray() {
        ByteBuffer elsewhere = written(SLOT, true);
        assertEquals(
                Field.SLOT_SECTORS, field.settle(3, elsewhere, true).strays().size());
    }
}
