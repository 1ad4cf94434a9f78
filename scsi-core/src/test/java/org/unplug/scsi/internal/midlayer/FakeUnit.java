package org.unplug.scsi.internal.midlayer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.unplug.scsi.Cdb;
import org.unplug.scsi.ScsiStatus;
import org.unplug.scsi.SenseData;
import org.unplug.scsi.SenseKey;
import org.unplug.scsi.spi.HostByte;
import org.unplug.scsi.spi.ScsiCommand;

/** A unit in memory, as old or as able as the test wants it. */
final class FakeUnit {

    private static final int BLOCK = 512;

    volatile byte[] bytes;
    volatile int level = 6;
    volatile boolean removable;
    volatile boolean medium = true;
    volatile boolean prevented;
    volatile boolean writeProtected;
    volatile boolean thin;
    volatile int provisioningWays = 0xE0;
    volatile int protection;
    volatile int rotation = 7200;
    volatile int maxTransferBlocks;
    volatile boolean sixOnly;
    volatile boolean writeSame;

    /** Told once each, before anything else. */
    final Queue<SenseData> attentions = new ConcurrentLinkedQueue<>();

    FakeUnit(int size) {
        bytes = new byte[size];
    }

    static void fail(ScsiCommand command, SenseData sense) {
        int length = sense.encodeFixed(command.sense());
        command.complete(HostByte.OK, ScsiStatus.CHECK_CONDITION, length, command.transferBytes());
    }

    private static void illegal(ScsiCommand command, int asc) {
        fail(command, SenseData.of(SenseKey.ILLEGAL_REQUEST, asc, 0));
    }

    static void reply(ScsiCommand command, byte[] data) {
        int length = Math.min(data.length, command.transferBytes());
        command.segment(0).duplicate().put(data, 0, length);
        command.complete(HostByte.OK, ScsiStatus.GOOD, 0, command.transferBytes() - length);
    }

    void serve(ScsiCommand command) {
        byte[] cdb = command.cdb();
        if (Cdb.opcode(cdb) == Cdb.INQUIRY) {
            inquiry(command);
            return;
        }
        SenseData attention = attentions.poll();
        if (attention != null) {
            fail(command, attention);
            return;
        }
        if (!medium && Cdb.opcode(cdb) != Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL) {
            fail(command, SenseData.of(SenseKey.NOT_READY, 0x3A, 0));
            return;
        }
        switch (Cdb.opcode(cdb)) {
            case Cdb.TEST_UNIT_READY, Cdb.SYNCHRONIZE_CACHE_10, Cdb.SYNCHRONIZE_CACHE_16 -> command.completeGood();
            case Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL -> {
                prevented = (cdb[4] & 1) != 0;
                command.completeGood();
            }
            case Cdb.START_STOP_UNIT -> startStop(command);
            case Cdb.READ_CAPACITY_10 ->
                reply(
                        command,
                        ByteBuffer.allocate(8)
                                .putInt(bytes.length / BLOCK - 1)
                                .putInt(BLOCK)
                                .array());
            case Cdb.SERVICE_ACTION_IN_16 -> capacity(command);
            case Cdb.MODE_SENSE_10 -> mode(command);
            case Cdb.MAINTENANCE_IN ->
                reply(command, new byte[] {0, (byte) (writeSame && asksForWriteSame(cdb) ? 3 : 1), 0, 0});
            case Cdb.READ_6, Cdb.WRITE_6 -> move(command, Cdb.opcode(cdb) == Cdb.WRITE_6);
            case Cdb.READ_10, Cdb.WRITE_10, Cdb.READ_16, Cdb.WRITE_16 -> {
                if (sixOnly || protection == 2) {
                    illegal(command, 0x20);
                } else {
                    move(command, Cdb.opcode(cdb) == Cdb.WRITE_10 || Cdb.opcode(cdb) == Cdb.WRITE_16);
                }
            }
            case Cdb.VARIABLE_LENGTH -> {
                if (Cdb.serviceAction(cdb) == Cdb.WRITE_SAME_32_ACTION) {
                    writeSame(command);
                } else {
                    move(command, Cdb.serviceAction(cdb) == Cdb.WRITE_32_ACTION);
                }
            }
            case Cdb.VERIFY_10 -> verify(command);
            case Cdb.UNMAP -> {
                ByteBuffer list = command.segment(0);
                zero(list.getLong(8), list.getInt(16));
                command.completeGood();
            }
            case Cdb.WRITE_SAME_16, Cdb.WRITE_SAME_10 -> {
                if (protection == 2) {
                    illegal(command, 0x20);
                } else {
                    writeSame(command);
                }
            }
            default -> illegal(command, 0x20);
        }
    }

    private void move(ScsiCommand command, boolean write) {
        long lba = Cdb.lba(command.cdb());
        int at = (int) lba * BLOCK;
        if (at + command.transferBytes() > bytes.length) {
            fail(command, SenseData.of(SenseKey.ILLEGAL_REQUEST, 0x21, 0).at(lba));
            return;
        }
        for (int i = 0; i < command.segmentCount(); i++) {
            ByteBuffer segment = command.segment(i).duplicate();
            int length = segment.remaining();
            if (write) {
                segment.get(bytes, at, length);
            } else {
                segment.put(bytes, at, length);
            }
            at += length;
        }
        command.completeGood();
    }

    private boolean asksForWriteSame(byte[] cdb) {
        return protection == 2
                ? cdb[2] == 2 && cdb[3] == Cdb.VARIABLE_LENGTH && Cdb.get16(cdb, 4) == Cdb.WRITE_SAME_32_ACTION
                : cdb[2] == 1 && (cdb[3] & 0xFF) == Cdb.WRITE_SAME_16;
    }

    private void writeSame(ScsiCommand command) {
        zero(Cdb.lba(command.cdb()), Cdb.blocks(command.cdb()));
        command.completeGood();
    }

    private void startStop(ScsiCommand command) {
        boolean ejects = (command.cdb()[4] & 3) == 2;
        if (ejects && prevented) {
            fail(command, SenseData.of(SenseKey.ILLEGAL_REQUEST, 0x53, 0x02));
        } else {
            command.completeGood();
        }
    }

    private void verify(ScsiCommand command) {
        int at = (int) Cdb.lba(command.cdb()) * BLOCK;
        boolean same = command.transferBytes() == 0
                || command.segment(0).equals(ByteBuffer.wrap(bytes, at, command.transferBytes()));
        if (same) {
            command.completeGood();
        } else {
            fail(command, SenseData.of(SenseKey.MISCOMPARE, 0x1D, 0));
        }
    }

    private void zero(long lba, long blocks) {
        for (int i = 0; i < blocks * BLOCK; i++) {
            bytes[(int) lba * BLOCK + i] = 0;
        }
    }

    private void capacity(ScsiCommand command) {
        if (level < 5) {
            illegal(command, 0x20);
            return;
        }
        byte[] data = ByteBuffer.allocate(32)
                .putLong(bytes.length / BLOCK - 1)
                .putInt(BLOCK)
                .array();
        data[12] = (byte) (protection == 0 ? 0 : protection - 1 << 1 | 1);
        data[14] = (byte) (thin ? 0xC0 : 0);
        reply(command, data);
    }

    private void mode(ScsiCommand command) {
        byte[] mode = new byte[28];
        mode[1] = 26;
        mode[3] = (byte) (0x10 | (writeProtected ? 0x80 : 0));
        mode[8] = 8;
        mode[9] = 18;
        mode[10] = 4;
        reply(command, mode);
    }

    private void inquiry(ScsiCommand command) {
        byte[] cdb = command.cdb();
        if (cdb[1] == 0) {
            reply(command, standard((byte) 0));
            return;
        }
        switch (cdb[2] & 0xFF) {
            case 0x00 ->
                reply(
                        command,
                        new byte[] {0, 0, 0, 6, 0, (byte) 0x80, (byte) 0x83, (byte) 0xB0, (byte) 0xB1, (byte) 0xB2});
            case 0x80 -> reply(command, new byte[] {0, (byte) 0x80, 0, 4, 'S', 'N', '4', '2'});
            case 0x83 -> {
                byte[] data = new byte[4 + 4 + 4 + 4 + 8];
                data[1] = (byte) 0x83;
                data[3] = 20;
                data[4] = 2;
                data[5] = 1;
                data[7] = 4;
                System.arraycopy("ACME".getBytes(StandardCharsets.US_ASCII), 0, data, 8, 4);
                data[12] = 1;
                data[13] = 3;
                data[15] = 8;
                data[16] = 0x50;
                data[23] = 0x07;
                reply(command, data);
            }
            case 0xB0 -> {
                byte[] page = page(0xB0, 64);
                ByteBuffer.wrap(page)
                        .putInt(8, maxTransferBlocks)
                        .putInt(20, thin ? 16 : 0)
                        .putInt(24, 1)
                        .putInt(28, 8)
                        .putLong(36, writeSame ? 32 : 0);
                reply(command, page);
            }
            case 0xB1 -> {
                byte[] page = page(0xB1, 64);
                ByteBuffer.wrap(page).putShort(4, (short) rotation);
                reply(command, page);
            }
            case 0xB2 -> {
                byte[] page = page(0xB2, 8);
                page[5] = (byte) (thin ? provisioningWays : 0);
                page[6] = (byte) (thin ? 2 : 0);
                reply(command, page);
            }
            default -> illegal(command, 0x24);
        }
    }

    private static byte[] page(int code, int length) {
        byte[] page = new byte[length];
        page[1] = (byte) code;
        page[3] = (byte) (length - 4);
        return page;
    }

    /** What INQUIRY answers; {@code first} is 7Fh where there is no unit. */
    byte[] standard(byte first) {
        byte[] data = new byte[36];
        data[0] = first;
        data[1] = (byte) (removable ? 0x80 : 0);
        data[2] = (byte) level;
        data[4] = 31;
        System.arraycopy("ACME    Spinner         2.0 ".getBytes(StandardCharsets.US_ASCII), 0, data, 8, 28);
        return data;
    }
}
