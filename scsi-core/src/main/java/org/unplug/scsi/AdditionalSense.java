package org.unplug.scsi;

import java.util.HashMap;
import java.util.Map;

/** Words for the additional sense codes that disks and their transports use (SPC-4, annex F). */
final class AdditionalSense {

    private static final Map<Integer, String> WORDS = new HashMap<>();

    private AdditionalSense() {}

    static {
        put(0x00, 0x06, "input/output process terminated");
        put(0x00, 0x16, "operation in progress");
        put(0x00, 0x1D, "ATA pass through information available");
        put(0x02, 0x00, "no seek complete");
        put(0x03, 0x00, "peripheral device write fault");
        put(0x04, 0x00, "not ready, cause not reported");
        put(0x04, 0x01, "becoming ready");
        put(0x04, 0x02, "needs START UNIT");
        put(0x04, 0x03, "needs manual intervention");
        put(0x04, 0x04, "format in progress");
        put(0x04, 0x05, "rebuild in progress");
        put(0x04, 0x06, "recalculation in progress");
        put(0x04, 0x07, "operation in progress");
        put(0x04, 0x08, "long write in progress");
        put(0x04, 0x09, "self-test in progress");
        put(0x04, 0x0A, "asymmetric access state transition");
        put(0x04, 0x0B, "target port in standby state");
        put(0x04, 0x0C, "target port in unavailable state");
        put(0x04, 0x11, "needs NOTIFY (ENABLE SPINUP)");
        put(0x04, 0x12, "offline");
        put(0x04, 0x14, "space allocation in progress");
        put(0x04, 0x1A, "START STOP UNIT in progress");
        put(0x04, 0x1B, "sanitize in progress");
        put(0x04, 0x1D, "configuration in progress");
        put(0x04, 0x24, "depopulation in progress");
        put(0x05, 0x00, "does not respond to selection");
        put(0x08, 0x00, "communication failure");
        put(0x08, 0x01, "communication time-out");
        put(0x08, 0x02, "communication parity error");
        put(0x0A, 0x00, "error log overflow");
        put(0x0B, 0x00, "warning");
        put(0x0B, 0x01, "warning, specified temperature exceeded");
        put(0x0B, 0x02, "warning, enclosure degraded");
        put(0x0C, 0x00, "write error");
        put(0x0C, 0x02, "write error, reallocation failed");
        put(0x0C, 0x03, "write error, reassignment recommended");
        put(0x0E, 0x00, "invalid information unit");
        put(0x10, 0x00, "ID CRC or ECC error");
        put(0x10, 0x01, "guard check failed");
        put(0x10, 0x02, "application tag check failed");
        put(0x10, 0x03, "reference tag check failed");
        put(0x11, 0x00, "unrecovered read error");
        put(0x11, 0x01, "read retries exhausted");
        put(0x11, 0x04, "unrecovered read error, reallocation failed");
        put(0x11, 0x0B, "unrecovered read error, reassignment recommended");
        put(0x11, 0x14, "read error, LBA marked bad by the application");
        put(0x12, 0x00, "address mark not found for the ID field");
        put(0x13, 0x00, "address mark not found");
        put(0x14, 0x00, "recorded entity not found");
        put(0x14, 0x01, "record not found");
        put(0x15, 0x00, "random positioning error");
        put(0x16, 0x00, "data synchronization mark error");
        put(0x17, 0x00, "recovered data with no error correction");
        put(0x17, 0x01, "recovered data with retries");
        put(0x18, 0x00, "recovered data with error correction");
        put(0x19, 0x00, "defect list error");
        put(0x1A, 0x00, "parameter list length error");
        put(0x1B, 0x00, "synchronous data transfer error");
        put(0x1C, 0x00, "defect list not found");
        put(0x1D, 0x00, "miscompare during verify");
        put(0x1E, 0x00, "recovered ID with ECC correction");
        put(0x1F, 0x00, "partial defect list transfer");
        put(0x20, 0x00, "invalid command operation code");
        put(0x20, 0x02, "access denied");
        put(0x21, 0x00, "logical block address out of range");
        put(0x21, 0x04, "unaligned write command");
        put(0x24, 0x00, "invalid field in CDB");
        put(0x25, 0x00, "logical unit not supported");
        put(0x26, 0x00, "invalid field in parameter list");
        put(0x26, 0x01, "parameter not supported");
        put(0x26, 0x02, "parameter value invalid");
        put(0x26, 0x04, "invalid release of a persistent reservation");
        put(0x27, 0x00, "write protected");
        put(0x27, 0x01, "hardware write protected");
        put(0x27, 0x02, "logical unit software write protected");
        put(0x27, 0x07, "space allocation failed");
        put(0x28, 0x00, "medium may have changed");
        put(0x28, 0x01, "import or export element accessed");
        put(0x29, 0x00, "power on or reset occurred");
        put(0x29, 0x01, "power on occurred");
        put(0x29, 0x02, "bus reset occurred");
        put(0x29, 0x03, "device reset occurred");
        put(0x29, 0x04, "device internal reset");
        put(0x29, 0x05, "transceiver mode changed to single-ended");
        put(0x29, 0x07, "nexus loss occurred");
        put(0x2A, 0x00, "parameters changed");
        put(0x2A, 0x01, "mode parameters changed");
        put(0x2A, 0x02, "log parameters changed");
        put(0x2A, 0x03, "reservations preempted");
        put(0x2A, 0x04, "reservations released");
        put(0x2A, 0x05, "registrations preempted");
        put(0x2A, 0x06, "asymmetric access state changed");
        put(0x2A, 0x09, "capacity data has changed");
        put(0x2C, 0x00, "command sequence error");
        put(0x2F, 0x00, "commands cleared by another initiator");
        put(0x30, 0x00, "incompatible medium installed");
        put(0x30, 0x01, "cannot read medium, unknown format");
        put(0x31, 0x00, "medium format corrupted");
        put(0x31, 0x01, "format command failed");
        put(0x32, 0x00, "no defect spare location available");
        put(0x35, 0x00, "enclosure services failure");
        put(0x37, 0x00, "rounded parameter");
        put(0x38, 0x07, "thin provisioning soft threshold reached");
        put(0x39, 0x00, "saving parameters not supported");
        put(0x3A, 0x00, "medium not present");
        put(0x3A, 0x01, "medium not present, tray closed");
        put(0x3A, 0x02, "medium not present, tray open");
        put(0x3E, 0x00, "has not self-configured yet");
        put(0x3E, 0x01, "logical unit failure");
        put(0x3E, 0x02, "time-out on logical unit");
        put(0x3F, 0x00, "target operating conditions have changed");
        put(0x3F, 0x01, "microcode has been changed");
        put(0x3F, 0x02, "changed operating definition");
        put(0x3F, 0x03, "INQUIRY data has changed");
        put(0x3F, 0x05, "device identifier changed");
        put(0x3F, 0x0E, "REPORTED LUNS DATA HAS CHANGED");
        put(0x3F, 0x11, "medium auxiliary memory accessible");
        put(0x40, 0x00, "RAM failure");
        put(0x43, 0x00, "message error");
        put(0x44, 0x00, "internal target failure");
        put(0x45, 0x00, "select or reselect failure");
        put(0x46, 0x00, "unsuccessful soft reset");
        put(0x47, 0x00, "parity error");
        put(0x47, 0x03, "information unit CRC error");
        put(0x48, 0x00, "initiator detected error message received");
        put(0x49, 0x00, "invalid message error");
        put(0x4A, 0x00, "command phase error");
        put(0x4B, 0x00, "data phase error");
        put(0x4C, 0x00, "failed self-configuration");
        put(0x4E, 0x00, "overlapped commands attempted");
        put(0x53, 0x00, "media load or eject failed");
        put(0x53, 0x02, "medium removal prevented");
        put(0x55, 0x00, "system resource failure");
        put(0x55, 0x01, "system buffer full");
        put(0x55, 0x03, "insufficient resources");
        put(0x55, 0x04, "insufficient registration resources");
        put(0x5A, 0x01, "operator medium removal request");
        put(0x5B, 0x00, "log exception");
        put(0x5D, 0x00, "failure prediction threshold exceeded");
        put(0x5E, 0x00, "low power condition on");
        put(0x65, 0x00, "voltage fault");
    }

    private static void put(int asc, int ascq, String words) {
        WORDS.put(asc << 8 | ascq, words);
    }

    /** The words for the pair, or else for the code with qualifier 0, or empty. */
    static String text(int asc, int ascq) {
        String exact = WORDS.get(asc << 8 | ascq);
        return exact != null ? exact : WORDS.getOrDefault(asc << 8, "");
    }
}
