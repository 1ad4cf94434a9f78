package org.unplug.scsi;

import java.util.HashMap;
import java.util.Map;

/** Words for the additional sense codes that disks use (SPC-4, annex D). */
final class AdditionalSense {

    private static final Map<Integer, String> WORDS = new HashMap<>();

    private AdditionalSense() {}

    static {
        put(0x04, 0x00, "not ready, cause not reported");
        put(0x04, 0x01, "becoming ready");
        put(0x04, 0x02, "needs START UNIT");
        put(0x04, 0x03, "needs manual intervention");
        put(0x04, 0x04, "format in progress");
        put(0x08, 0x00, "communication failure");
        put(0x0C, 0x00, "write error");
        put(0x0C, 0x02, "write error, reallocation failed");
        put(0x10, 0x00, "ID CRC or ECC error");
        put(0x11, 0x00, "unrecovered read error");
        put(0x13, 0x00, "address mark not found");
        put(0x14, 0x00, "recorded entity not found");
        put(0x1A, 0x00, "parameter list length error");
        put(0x20, 0x00, "invalid command operation code");
        put(0x21, 0x00, "logical block address out of range");
        put(0x24, 0x00, "invalid field in CDB");
        put(0x25, 0x00, "logical unit not supported");
        put(0x26, 0x00, "invalid field in parameter list");
        put(0x27, 0x00, "write protected");
        put(0x27, 0x07, "space allocation failed");
        put(0x28, 0x00, "medium may have changed");
        put(0x29, 0x00, "power on or reset occurred");
        put(0x29, 0x01, "power on occurred");
        put(0x29, 0x02, "bus reset occurred");
        put(0x29, 0x03, "device reset occurred");
        put(0x2A, 0x01, "mode parameters changed");
        put(0x2A, 0x09, "capacity data has changed");
        put(0x2F, 0x00, "commands cleared by another initiator");
        put(0x31, 0x00, "medium format corrupted");
        put(0x38, 0x07, "thin provisioning soft threshold reached");
        put(0x3A, 0x00, "medium not present");
        put(0x3F, 0x03, "INQUIRY data has changed");
        put(0x3F, 0x0E, "REPORTED LUNS DATA HAS CHANGED");
        put(0x44, 0x00, "internal target failure");
        put(0x47, 0x00, "parity error");
        put(0x4B, 0x00, "data phase error");
        put(0x53, 0x02, "medium removal prevented");
        put(0x55, 0x00, "system resource failure");
    }

    private static void put(int asc, int ascq, String words) {
        WORDS.put(asc << 8 | ascq, words);
    }

    /** The words for the pair, or else for the code with qualifier 0, or empty. */
    static String text(int asc, int ascq) {
        String exact = WORDS.get(asc << 8 | ascq);
        return exact != null || asc == 0 ? (exact == null ? "" : exact) : WORDS.getOrDefault(asc << 8, "");
    }
}
