package org.unplug.scsi.target;

/** Additional sense codes with their qualifiers (SPC-4, annex D): the code in the upper byte. */
final class Asc {

    static final int NONE = 0x0000;
    static final int BECOMING_READY = 0x0401;
    static final int START_UNIT_NEEDED = 0x0402;
    static final int SANITIZE_IN_PROGRESS = 0x041B;
    static final int WRITE_ERROR = 0x0C00;
    static final int UNRECOVERED_READ_ERROR = 0x1100;
    static final int PARAMETER_LIST_LENGTH = 0x1A00;
    static final int MISCOMPARE = 0x1D00;
    static final int INVALID_OPCODE = 0x2000;
    static final int LBA_OUT_OF_RANGE = 0x2100;
    static final int INVALID_FIELD_IN_CDB = 0x2400;
    static final int NO_SUCH_UNIT = 0x2500;
    static final int INVALID_FIELD_IN_PARAMETERS = 0x2600;
    static final int INVALID_RELEASE = 0x2604;
    static final int WRITE_PROTECTED = 0x2700;
    static final int SOFTWARE_WRITE_PROTECTED = 0x2702;
    static final int SPACE_ALLOCATION_FAILED = 0x2707;
    static final int SANITIZE_FAILED = 0x3103;
    static final int NO_MEDIUM = 0x3A00;
    static final int INTERNAL_FAILURE = 0x4400;
    static final int DATA_PHASE_ERROR = 0x4B00;
    static final int REMOVAL_PREVENTED = 0x5302;
    static final int INSUFFICIENT_RESERVATION_RESOURCES = 0x5502;

    private Asc() {}
}
