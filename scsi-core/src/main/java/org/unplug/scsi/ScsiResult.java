package org.unplug.scsi;

import java.util.Optional;

/**
 * How a command of {@link ScsiDevice#execute} ended.
 *
 * @param reached whether the unit answered; otherwise {@code status} means nothing
 * @param why what went wrong, in words; empty if nothing did
 * @param status the unit's status
 * @param sense what the unit said with CHECK CONDITION
 * @param movedBytes how many bytes of data were moved
 */
public record ScsiResult(boolean reached, String why, ScsiStatus status, Optional<SenseData> sense, int movedBytes) {

    /** Whether the unit did what it was told. */
    public boolean ok() {
        return reached && status == ScsiStatus.GOOD;
    }
}
