package org.unplug.scsi.debug.internal.target;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.unplug.ref.Clockwork;
import org.unplug.ref.Gate;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;

/**
 * A direct access block device (SBC-3): executes one command at a time for each thread that calls. What moves data allocates
 * nothing.
 */
public final class LogicalUnit {

    /** Most blocks of one command: 1 MiB of the least. */
    static final int MAX_BLOCKS = 2048;

    private static final int CACHING_PAGE = 0x08;
    private static final int ALL_PAGES = 0x3F;
    private static final int WCE = 0x04;
    private static final int WRITE_PROTECT = 0x80;
    private static final int DPOFUA = 0x10;
    private static final int CHANGEABLE = 1;
    private static final int SAVED = 3;
    private static final int SERIAL_PAGES_BIT = 0x01;

    private final TargetDevice target;
    private final Identity identity;
    private final Store store;
    private final int blockBytes;
    private final long blocks;
    private final boolean readOnly;
    private final boolean writeCache;
    private final Gate gate = new Gate();

    // Guarded by this, but for the glimpses.
    private final Set<UnitAttention> attentions = EnumSet.of(UnitAttention.POWER_ON);
    private volatile boolean attention = true;
    private volatile boolean loaded = true;
    private volatile boolean started = true;
    private volatile boolean removalPrevented;

    public LogicalUnit(
            TargetDevice target, Identity identity, Store store, int blockBytes, boolean readOnly, boolean writeCache) {
        this.target = target;
        this.identity = identity;
        this.store = store;
        this.blockBytes = blockBytes;
        this.blocks = store.bytes() / blockBytes;
        this.readOnly = readOnly;
        this.writeCache = writeCache;
    }

    public boolean isLoaded() {
        return loaded;
    }

    public long bytes() {
        return blocks * blockBytes;
    }

    public long unwrittenBytes() {
        return store.unwrittenBytes();
    }

    synchronized void attention(UnitAttention what) {
        attentions.add(what);
        attention = true;
    }

    /** A reset of the unit: its next command tells. */
    public void reset() {
        attention(UnitAttention.DEVICE_RESET);
    }

    /** The power is cut: no command executes any more. Returns when none does, and its store is let go; false if one got stuck in its store. */
    public boolean cutPower(Clockwork clockwork, long timeoutMs) {
        gate.kill();
        boolean quiet = gate.awaitDrained(clockwork, clockwork.nanoTime() + timeoutMs * 1_000_000, () -> 0);
        store.cutPower();
        return quiet;
    }

    /** Executes a command; false if the power was cut, and nothing was done. */
    public boolean execute(Transfer transfer, Answer answer) {
        if (!gate.enter()) {
            return false;
        }
        try {
            dispatch(transfer, answer);
        } finally {
            gate.exit();
        }
        return true;
    }

    private void dispatch(Transfer transfer, Answer answer) {
        byte[] cdb = transfer.cdb();
        int opcode = Cdb.opcode(cdb);
        if (attention && tellsAttention(opcode) && tellAttention(transfer, answer)) {
            return;
        }
        switch (opcode) {
            case Cdb.READ_10, Cdb.READ_16 -> move(transfer, answer, false);
            case Cdb.WRITE_10, Cdb.WRITE_16 -> move(transfer, answer, true);
            case Cdb.SYNCHRONIZE_CACHE_10, Cdb.SYNCHRONIZE_CACHE_16 -> synchronizeCache(transfer, answer);
            case Cdb.TEST_UNIT_READY -> {
                if (ready(transfer, answer)) {
                    answer.good();
                }
            }
            case Cdb.INQUIRY -> inquiry(transfer, answer);
            case Cdb.REPORT_LUNS -> {
                tookNote(UnitAttention.LUNS_CHANGED);
                target.reportLuns(transfer, answer);
            }
            case Cdb.REQUEST_SENSE -> requestSense(transfer, answer);
            case Cdb.READ_CAPACITY_10 -> readCapacity10(transfer, answer);
            case Cdb.SERVICE_ACTION_IN_16 -> {
                if ((cdb[1] & 0x1F) == Cdb.READ_CAPACITY_16_ACTION) {
                    readCapacity16(transfer, answer);
                } else {
                    answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x24, 0x00);
                }
            }
            case Cdb.MODE_SENSE_6 -> modeSense(transfer, answer, false);
            case Cdb.MODE_SENSE_10 -> modeSense(transfer, answer, true);
            case Cdb.START_STOP_UNIT -> startStop(transfer, answer);
            case Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL -> {
                removalPrevented = (cdb[4] & 1) != 0;
                answer.good();
            }
            default -> answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x20, 0x00);
        }
    }

    /** INQUIRY, REPORT LUNS and REQUEST SENSE are answered in spite of it (SPC-4, 5.14). */
    private static boolean tellsAttention(int opcode) {
        return opcode != Cdb.INQUIRY && opcode != Cdb.REPORT_LUNS && opcode != Cdb.REQUEST_SENSE;
    }

    private boolean tellAttention(Transfer transfer, Answer answer) {
        UnitAttention first = takeAttention();
        if (first != null) {
            answer.check(transfer, first.sense());
        }
        return first != null;
    }

    private synchronized UnitAttention takeAttention() {
        UnitAttention first =
                attentions.isEmpty() ? null : attentions.iterator().next();
        attentions.remove(first);
        attention = !attentions.isEmpty();
        return first;
    }

    private synchronized void tookNote(UnitAttention what) {
        attentions.remove(what);
        attention = !attentions.isEmpty();
    }

    private boolean ready(Transfer transfer, Answer answer) {
        if (!loaded) {
            answer.check(transfer, SenseKey.NOT_READY, 0x3A, 0x00);
        } else if (!started) {
            answer.check(transfer, SenseKey.NOT_READY, 0x04, 0x02);
        }
        return loaded && started;
    }

    private void move(Transfer transfer, Answer answer, boolean write) {
        if (!ready(transfer, answer)) {
            return;
        }
        byte[] cdb = transfer.cdb();
        long lba = Cdb.lba(cdb);
        long count = Cdb.blocks(cdb);
        if (lba < 0 || lba > blocks || count > blocks - lba) {
            answer.check(
                    transfer, SenseData.of(SenseKey.ILLEGAL_REQUEST, 0x21, 0x00).at(Math.max(lba, blocks)));
        } else if (count > MAX_BLOCKS || count * blockBytes != transfer.transferBytes()) {
            answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x24, 0x00);
        } else if (write && readOnly) {
            answer.check(transfer, SenseKey.DATA_PROTECT, 0x27, 0x00);
        } else {
            move(transfer, answer, write, lba * blockBytes, !writeCache || Cdb.fua(cdb));
        }
    }

    private void move(Transfer transfer, Answer answer, boolean write, long offsetBytes, boolean durable) {
        long offset = offsetBytes;
        try {
            for (int i = 0; i < transfer.segmentCount(); i++) {
                ByteBuffer segment = transfer.segment(i);
                if (write) {
                    store.write(offset, segment);
                } else {
                    store.read(offset, segment);
                }
                offset += segment.remaining();
            }
            if (write && durable) {
                store.sync();
            }
            answer.good();
        } catch (IOException e) {
            answer.check(transfer, failure(write, e).at(offset / blockBytes));
        }
    }

    private static SenseData failure(boolean write, IOException e) {
        String message = String.valueOf(e.getMessage());
        if (write && (message.contains("No space") || message.contains("not enough space"))) {
            return SenseData.of(SenseKey.DATA_PROTECT, 0x27, 0x07);
        }
        return SenseData.of(SenseKey.MEDIUM_ERROR, write ? 0x0C : 0x11, 0x00);
    }

    private void synchronizeCache(Transfer transfer, Answer answer) {
        if (!ready(transfer, answer)) {
            return;
        }
        long lba = Cdb.lba(transfer.cdb());
        long count = Cdb.blocks(transfer.cdb());
        if (lba < 0 || lba > blocks || count > blocks - lba) {
            answer.check(
                    transfer, SenseData.of(SenseKey.ILLEGAL_REQUEST, 0x21, 0x00).at(Math.max(lba, blocks)));
            return;
        }
        try {
            store.sync();
            answer.good();
        } catch (IOException e) {
            answer.check(transfer, failure(true, e));
        }
    }

    private void inquiry(Transfer transfer, Answer answer) {
        byte[] cdb = transfer.cdb();
        boolean vital = (cdb[1] & SERIAL_PAGES_BIT) != 0;
        byte[] data = vital
                ? InquiryData.page(cdb[2] & 0xFF, identity, MAX_BLOCKS)
                : cdb[2] == 0 ? InquiryData.standard(identity) : null;
        if (data == null) {
            answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x24, 0x00);
        } else {
            answer.data(transfer, data, Cdb.get16(cdb, 3));
        }
    }

    /** Gives the attention that waits, or what hinders, as data. */
    private void requestSense(Transfer transfer, Answer answer) {
        UnitAttention first = takeAttention();
        SenseData sense = first != null
                ? first.sense()
                : !loaded
                        ? SenseData.of(SenseKey.NOT_READY, 0x3A, 0x00)
                        : !started
                                ? SenseData.of(SenseKey.NOT_READY, 0x04, 0x02)
                                : SenseData.of(SenseKey.NO_SENSE, 0, 0);
        byte[] data = new byte[SenseData.FIXED_BYTES];
        sense.encodeFixed(data);
        answer.data(transfer, data, transfer.cdb()[4] & 0xFF);
    }

    private void readCapacity10(Transfer transfer, Answer answer) {
        if (!ready(transfer, answer)) {
            return;
        }
        long last = blocks == 0 || blocks - 1 > 0xFFFF_FFFEL ? 0xFFFF_FFFFL : blocks - 1;
        answer.data(
                transfer,
                ByteBuffer.allocate(8).putInt((int) last).putInt(blockBytes).array(),
                8);
    }

    /** A unit without blocks names -1 as its last. */
    private void readCapacity16(Transfer transfer, Answer answer) {
        if (!ready(transfer, answer)) {
            return;
        }
        byte[] data =
                ByteBuffer.allocate(32).putLong(blocks - 1).putInt(blockBytes).array();
        answer.data(transfer, data, Cdb.get32(transfer.cdb(), 10) & Integer.MAX_VALUE);
    }

    /** The header, no block descriptor, and the caching page where it is asked for. */
    private void modeSense(Transfer transfer, Answer answer, boolean ten) {
        byte[] cdb = transfer.cdb();
        int page = cdb[2] & 0x3F;
        int control = cdb[2] >> 6 & 3;
        if (page != CACHING_PAGE && page != ALL_PAGES || control == SAVED) {
            answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x24, 0x00);
            return;
        }
        byte[] caching = new byte[20];
        caching[0] = CACHING_PAGE;
        caching[1] = (byte) (caching.length - 2);
        caching[2] = (byte) (writeCache && control != CHANGEABLE ? WCE : 0);
        byte specific = (byte) ((readOnly ? WRITE_PROTECT : 0) | DPOFUA);
        ByteBuffer data = ByteBuffer.allocate((ten ? 8 : 4) + caching.length);
        if (ten) {
            data.putShort((short) (data.capacity() - 2))
                    .put((byte) 0)
                    .put(specific)
                    .putInt(0);
        } else {
            data.put((byte) (data.capacity() - 1)).put((byte) 0).put(specific).put((byte) 0);
        }
        data.put(caching);
        answer.data(transfer, data.array(), ten ? Cdb.get16(cdb, 7) : cdb[4] & 0xFF);
    }

    private void startStop(Transfer transfer, Answer answer) {
        int what = transfer.cdb()[4];
        boolean start = (what & 1) != 0;
        boolean loadEject = (what & 2) != 0;
        if (loadEject && !start && removalPrevented) {
            answer.check(transfer, SenseKey.ILLEGAL_REQUEST, 0x53, 0x02);
            return;
        }
        try {
            if (!start && loaded) {
                store.sync();
            }
        } catch (IOException e) {
            answer.check(transfer, failure(true, e));
            return;
        }
        started = start;
        loaded = loadEject ? start : loaded;
        answer.good();
    }
}
