package org.unplug.scsi.target;

import static org.unplug.scsi.target.Operation.Access.ANY;
import static org.unplug.scsi.target.Operation.Access.OWN;
import static org.unplug.scsi.target.Operation.Access.READ;
import static org.unplug.scsi.target.Operation.Access.WRITE;
import static org.unplug.scsi.target.Operation.Trait.IN_SANITIZE;
import static org.unplug.scsi.target.Operation.Trait.MEDIUM;
import static org.unplug.scsi.target.Operation.Trait.PAST_ATTENTION;
import static org.unplug.scsi.target.Operation.Trait.THIN;
import static org.unplug.scsi.target.Operation.Trait.WRITES;

import java.util.List;

/**
 * The commands of a direct access block device (SPC-4, SBC-3). Bits that are not had - protection information, anchored blocks,
 * linked commands - are left out of the usage masks, and so are refused with a pointer to them.
 */
final class Operations {

    private static final int CODES = 256;
    private static final int QUICK = 10;
    private static final int MOVES = 60;
    private static final int LONG = 3_600;

    private static final String LBA4 = "ffffffff";
    private static final String LBA8 = "ffffffffffffffff";
    /** What follows the address in the form of 32 bytes: reference tag, application tag and mask, and the length. */
    private static final String REST32 = "00000000 0000 0000 ffffffff";

    static final List<Operation> ALL = List.of(
            new Operation(0x00, -1, "TEST UNIT READY", "00 0000000000", ANY, QUICK, Readiness::test, MEDIUM),
            new Operation(
                    0x03,
                    -1,
                    "REQUEST SENSE",
                    "03 01 0000 ff 00",
                    ANY,
                    QUICK,
                    Readiness::requestSense,
                    PAST_ATTENTION,
                    IN_SANITIZE),
            new Operation(0x08, -1, "READ(6)", "08 1f ffff ff 00", READ, MOVES, Moves::read, MEDIUM),
            new Operation(0x0A, -1, "WRITE(6)", "0a 1f ffff ff 00", WRITE, MOVES, Moves::write, MEDIUM, WRITES),
            new Operation(
                    0x12, -1, "INQUIRY", "12 01 ff ffff 00", ANY, QUICK, Inquiry::inquiry, PAST_ATTENTION, IN_SANITIZE),
            new Operation(0x15, -1, "MODE SELECT(6)", "15 11 0000 ff 00", WRITE, QUICK, ModeCommands::select),
            new Operation(0x16, -1, "RESERVE(6)", "16 00 0000 00 00", OWN, QUICK, ReservationCommands::reserve6),
            new Operation(0x17, -1, "RELEASE(6)", "17 00 0000 00 00", OWN, QUICK, ReservationCommands::release6),
            new Operation(0x1A, -1, "MODE SENSE(6)", "1a 08 ff ff ff 00", READ, QUICK, ModeCommands::sense),
            new Operation(0x1B, -1, "START STOP UNIT", "1b 01 00 0f f7 00", OWN, MOVES, Readiness::startStop),
            new Operation(
                    0x1E, -1, "PREVENT ALLOW MEDIUM REMOVAL", "1e 00 0000 01 00", OWN, QUICK, Readiness::preventAllow),
            new Operation(
                    0x25, -1, "READ CAPACITY(10)", "25 00 00000000 0000 00 00", ANY, QUICK, Capacity::ten, MEDIUM),
            new Operation(0x28, -1, "READ(10)", "28 18" + LBA4 + "3f ffff 00", READ, MOVES, Moves::read, MEDIUM),
            new Operation(
                    0x2A, -1, "WRITE(10)", "2a 18" + LBA4 + "3f ffff 00", WRITE, MOVES, Moves::write, MEDIUM, WRITES),
            new Operation(
                    0x2E,
                    -1,
                    "WRITE AND VERIFY(10)",
                    "2e 16" + LBA4 + "3f ffff 00",
                    WRITE,
                    MOVES,
                    Compares::writeAndVerify,
                    MEDIUM,
                    WRITES),
            new Operation(0x2F, -1, "VERIFY(10)", "2f 16" + LBA4 + "3f ffff 00", READ, MOVES, Compares::verify, MEDIUM),
            new Operation(
                    0x34, -1, "PRE-FETCH(10)", "34 02" + LBA4 + "3f ffff 00", READ, MOVES, Moves::prefetch, MEDIUM),
            new Operation(
                    0x35,
                    -1,
                    "SYNCHRONIZE CACHE(10)",
                    "35 02" + LBA4 + "3f ffff 00",
                    WRITE,
                    MOVES,
                    Moves::synchronizeCache,
                    MEDIUM),
            new Operation(
                    0x37,
                    -1,
                    "READ DEFECT DATA(10)",
                    "37 00 1f 00000000 ffff 00",
                    READ,
                    QUICK,
                    Capacity::defects10,
                    MEDIUM),
            new Operation(
                    0x41,
                    -1,
                    "WRITE SAME(10)",
                    "41 08" + LBA4 + "3f ffff 00",
                    WRITE,
                    LONG,
                    Provisioning::writeSame,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x42,
                    -1,
                    "UNMAP",
                    "42 00 00000000 3f ffff 00",
                    WRITE,
                    LONG,
                    Provisioning::unmap,
                    MEDIUM,
                    WRITES,
                    THIN),
            new Operation(
                    0x48,
                    0x01,
                    "SANITIZE OVERWRITE",
                    "48 a1 0000000000 ffff 00",
                    WRITE,
                    LONG,
                    Sanitize::overwrite,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x48,
                    0x02,
                    "SANITIZE BLOCK ERASE",
                    "48 a2 0000000000 0000 00",
                    WRITE,
                    LONG,
                    Sanitize::blockErase,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x48,
                    0x1F,
                    "SANITIZE EXIT FAILURE MODE",
                    "48 bf 0000000000 0000 00",
                    WRITE,
                    QUICK,
                    Sanitize::exitFailureMode,
                    MEDIUM),
            new Operation(0x55, -1, "MODE SELECT(10)", "55 11 0000000000 ffff 00", WRITE, QUICK, ModeCommands::select),
            new Operation(0x5A, -1, "MODE SENSE(10)", "5a 18 ff ff 000000 ffff 00", READ, QUICK, ModeCommands::sense),
            in(0x00, "READ KEYS", ReservationCommands::readKeys),
            in(0x01, "READ RESERVATION", ReservationCommands::readReservation),
            in(0x02, "REPORT CAPABILITIES", ReservationCommands::reportCapabilities),
            in(0x03, "READ FULL STATUS", ReservationCommands::readFullStatus),
            out(0x00, "REGISTER", ReservationCommands::register),
            out(0x01, "RESERVE", ReservationCommands::reserve),
            out(0x02, "RELEASE", ReservationCommands::release),
            out(0x03, "CLEAR", ReservationCommands::clear),
            out(0x04, "PREEMPT", ReservationCommands::preempt),
            out(0x05, "PREEMPT AND ABORT", ReservationCommands::preempt),
            out(0x06, "REGISTER AND IGNORE EXISTING KEY", ReservationCommands::register),
            new Operation(
                    0x7F,
                    0x09,
                    "READ(32)",
                    "7f 00 00000000 3f 18 0009 18 00" + LBA8 + REST32,
                    READ,
                    MOVES,
                    Moves::read,
                    MEDIUM),
            new Operation(
                    0x7F,
                    0x0A,
                    "VERIFY(32)",
                    "7f 00 00000000 3f 18 000a 16 00" + LBA8 + REST32,
                    READ,
                    MOVES,
                    Compares::verify,
                    MEDIUM),
            new Operation(
                    0x7F,
                    0x0B,
                    "WRITE(32)",
                    "7f 00 00000000 3f 18 000b 18 00" + LBA8 + REST32,
                    WRITE,
                    MOVES,
                    Moves::write,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x7F,
                    0x0C,
                    "WRITE AND VERIFY(32)",
                    "7f 00 00000000 3f 18 000c 16 00" + LBA8 + REST32,
                    WRITE,
                    MOVES,
                    Compares::writeAndVerify,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x7F,
                    0x0D,
                    "WRITE SAME(32)",
                    "7f 00 00000000 3f 18 000d 09 00" + LBA8 + REST32,
                    WRITE,
                    LONG,
                    Provisioning::writeSame,
                    MEDIUM,
                    WRITES),
            new Operation(0x88, -1, "READ(16)", "88 18" + LBA8 + "ffffffff 3f 00", READ, MOVES, Moves::read, MEDIUM),
            new Operation(
                    0x89,
                    -1,
                    "COMPARE AND WRITE",
                    "89 18" + LBA8 + "000000 ff 3f 00",
                    WRITE,
                    MOVES,
                    Compares::compareAndWrite,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x8A,
                    -1,
                    "WRITE(16)",
                    "8a 18" + LBA8 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Moves::write,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x8B,
                    -1,
                    "ORWRITE",
                    "8b 18" + LBA8 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Compares::orWrite,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x8E,
                    -1,
                    "WRITE AND VERIFY(16)",
                    "8e 16" + LBA8 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Compares::writeAndVerify,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x8F, -1, "VERIFY(16)", "8f 16" + LBA8 + "ffffffff 3f 00", READ, MOVES, Compares::verify, MEDIUM),
            new Operation(
                    0x90, -1, "PRE-FETCH(16)", "90 02" + LBA8 + "ffffffff 3f 00", READ, MOVES, Moves::prefetch, MEDIUM),
            new Operation(
                    0x91,
                    -1,
                    "SYNCHRONIZE CACHE(16)",
                    "91 02" + LBA8 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Moves::synchronizeCache,
                    MEDIUM),
            new Operation(
                    0x93,
                    -1,
                    "WRITE SAME(16)",
                    "93 09" + LBA8 + "ffffffff 3f 00",
                    WRITE,
                    LONG,
                    Provisioning::writeSame,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0x9E,
                    0x10,
                    "READ CAPACITY(16)",
                    "9e 10 0000000000000000 ffffffff 00 00",
                    ANY,
                    QUICK,
                    Capacity::sixteen,
                    MEDIUM),
            new Operation(
                    0x9E,
                    0x12,
                    "GET LBA STATUS",
                    "9e 12" + LBA8 + "ffffffff 00 00",
                    READ,
                    QUICK,
                    Provisioning::getLbaStatus,
                    MEDIUM),
            new Operation(
                    0xA0,
                    -1,
                    "REPORT LUNS",
                    "a0 00 ff 000000 ffffffff 00 00",
                    ANY,
                    QUICK,
                    Capacity::reportLuns,
                    PAST_ATTENTION,
                    IN_SANITIZE),
            new Operation(
                    0xA3,
                    0x0C,
                    "REPORT SUPPORTED OPERATION CODES",
                    "a3 0c 87 ff ffff ffffffff 00 00",
                    ANY,
                    QUICK,
                    OpcodeReport::operations),
            new Operation(
                    0xA3,
                    0x0D,
                    "REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS",
                    "a3 0d 80 000000 ffffffff 00 00",
                    ANY,
                    QUICK,
                    OpcodeReport::functions),
            new Operation(0xA8, -1, "READ(12)", "a8 18" + LBA4 + "ffffffff 3f 00", READ, MOVES, Moves::read, MEDIUM),
            new Operation(
                    0xAA,
                    -1,
                    "WRITE(12)",
                    "aa 18" + LBA4 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Moves::write,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0xAE,
                    -1,
                    "WRITE AND VERIFY(12)",
                    "ae 16" + LBA4 + "ffffffff 3f 00",
                    WRITE,
                    MOVES,
                    Compares::writeAndVerify,
                    MEDIUM,
                    WRITES),
            new Operation(
                    0xAF, -1, "VERIFY(12)", "af 16" + LBA4 + "ffffffff 3f 00", READ, MOVES, Compares::verify, MEDIUM),
            new Operation(
                    0xB7,
                    -1,
                    "READ DEFECT DATA(12)",
                    "b7 1f 00000000 ffffffff 00 00",
                    READ,
                    QUICK,
                    Capacity::defects12,
                    MEDIUM));

    private static final Operation[] BY_CODE = new Operation[CODES];
    private static final Operation[][] BY_ACTION = new Operation[CODES][];

    static {
        for (Operation one : ALL) {
            if (one.action < 0) {
                BY_CODE[one.opcode] = one;
            } else {
                if (BY_ACTION[one.opcode] == null) {
                    BY_ACTION[one.opcode] = new Operation[32];
                }
                BY_ACTION[one.opcode][one.action] = one;
            }
        }
    }

    private Operations() {}

    private static Operation in(int action, String name, Operation.Handler handler) {
        String usage = String.format("5e %02x 0000000000 ffff 00", action);
        return new Operation(0x5E, action, "PERSISTENT RESERVE IN " + name, usage, ANY, QUICK, handler);
    }

    private static Operation out(int action, String name, Operation.Handler handler) {
        String usage = String.format("5f %02x ff 0000 ffffffff 00", action);
        return new Operation(0x5F, action, "PERSISTENT RESERVE OUT " + name, usage, OWN, QUICK, handler);
    }

    /** The command without service actions that has this code, or null. */
    static Operation byCode(int opcode) {
        return BY_CODE[opcode];
    }

    /** Whether a code stands for commands that are told apart by service actions. */
    static boolean hasActions(int opcode) {
        return BY_ACTION[opcode] != null;
    }

    /** The command with this code and service action, or null. */
    static Operation byAction(int opcode, int action) {
        Operation[] actions = BY_ACTION[opcode];
        return actions == null || action >= actions.length ? null : actions[action];
    }

    /** The service action in a descriptor whose code has some; a number that none has, if the descriptor is too short for it. */
    static int actionOf(byte[] cdb) {
        boolean isVariable = (cdb[0] & 0xFF) == 0x7F;
        if (cdb.length < (isVariable ? 10 : 2)) {
            return Integer.MAX_VALUE;
        }
        return isVariable ? Bytes.get16(cdb, 8) : cdb[1] & 0x1F;
    }
}
