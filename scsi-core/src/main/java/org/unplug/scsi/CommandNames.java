package org.unplug.scsi;

import java.util.HashMap;
import java.util.Map;

/** The commands' names as the standards write them (SPC-4, SBC-3). */
final class CommandNames {

    private static final Map<Integer, String> BY_CODE = new HashMap<>();
    private static final Map<Integer, String> BY_ACTION = Map.of(
            Cdb.READ_32_ACTION, "READ(32)",
            Cdb.VERIFY_32_ACTION, "VERIFY(32)",
            Cdb.WRITE_32_ACTION, "WRITE(32)",
            Cdb.WRITE_SAME_32_ACTION, "WRITE SAME(32)");

    private CommandNames() {}

    static {
        put(Cdb.TEST_UNIT_READY, "TEST UNIT READY");
        put(Cdb.REQUEST_SENSE, "REQUEST SENSE");
        put(0x04, "FORMAT UNIT");
        put(Cdb.READ_6, "READ(6)");
        put(Cdb.WRITE_6, "WRITE(6)");
        put(Cdb.INQUIRY, "INQUIRY");
        put(0x15, "MODE SELECT(6)");
        put(0x16, "RESERVE(6)");
        put(0x17, "RELEASE(6)");
        put(Cdb.MODE_SENSE_6, "MODE SENSE(6)");
        put(Cdb.START_STOP_UNIT, "START STOP UNIT");
        put(0x1D, "SEND DIAGNOSTIC");
        put(Cdb.PREVENT_ALLOW_MEDIUM_REMOVAL, "PREVENT ALLOW MEDIUM REMOVAL");
        put(Cdb.READ_CAPACITY_10, "READ CAPACITY(10)");
        put(Cdb.READ_10, "READ(10)");
        put(Cdb.WRITE_10, "WRITE(10)");
        put(0x2E, "WRITE AND VERIFY(10)");
        put(Cdb.VERIFY_10, "VERIFY(10)");
        put(0x34, "PRE-FETCH(10)");
        put(Cdb.SYNCHRONIZE_CACHE_10, "SYNCHRONIZE CACHE(10)");
        put(Cdb.WRITE_SAME_10, "WRITE SAME(10)");
        put(Cdb.UNMAP, "UNMAP");
        put(0x48, "SANITIZE");
        put(0x4D, "LOG SENSE");
        put(0x55, "MODE SELECT(10)");
        put(Cdb.MODE_SENSE_10, "MODE SENSE(10)");
        put(0x5E, "PERSISTENT RESERVE IN");
        put(0x5F, "PERSISTENT RESERVE OUT");
        put(Cdb.VARIABLE_LENGTH, "variable length command");
        put(Cdb.READ_16, "READ(16)");
        put(0x89, "COMPARE AND WRITE");
        put(Cdb.WRITE_16, "WRITE(16)");
        put(0x8B, "ORWRITE(16)");
        put(0x8E, "WRITE AND VERIFY(16)");
        put(Cdb.VERIFY_16, "VERIFY(16)");
        put(0x90, "PRE-FETCH(16)");
        put(Cdb.SYNCHRONIZE_CACHE_16, "SYNCHRONIZE CACHE(16)");
        put(Cdb.WRITE_SAME_16, "WRITE SAME(16)");
        put(Cdb.SERVICE_ACTION_IN_16, "READ CAPACITY(16)");
        put(Cdb.REPORT_LUNS, "REPORT LUNS");
        put(Cdb.MAINTENANCE_IN, "REPORT SUPPORTED OPERATION CODES");
        put(0xA8, "READ(12)");
        put(0xAA, "WRITE(12)");
        put(0xAF, "VERIFY(12)");
    }

    private static void put(int opcode, String name) {
        BY_CODE.put(opcode, name);
    }

    static String of(int opcode) {
        String name = BY_CODE.get(opcode);
        return name != null ? name : String.format("command %02Xh", opcode);
    }

    static String ofAction(int serviceAction) {
        String name = BY_ACTION.get(serviceAction);
        return name != null ? name : String.format("command 7Fh/%04Xh", serviceAction);
    }

    /** Whether it has an address and a number of blocks where {@link Cdb#lba} and {@link Cdb#blocks} look for them. */
    static boolean isOnBlocks(int opcode) {
        return switch (opcode) {
            case Cdb.READ_6,
                    Cdb.WRITE_6,
                    Cdb.READ_10,
                    Cdb.WRITE_10,
                    Cdb.VERIFY_10,
                    Cdb.WRITE_SAME_10,
                    Cdb.READ_16,
                    Cdb.WRITE_16,
                    Cdb.VERIFY_16,
                    Cdb.WRITE_SAME_16,
                    Cdb.VARIABLE_LENGTH -> true;
            default -> false;
        };
    }
}
