package org.unplug.scsi.internal.eh;

import org.unplug.scsi.ScsiAddress;

/** The resets, from the least to the most, each with what it reaches. */
public enum Rung {
    DEVICE_RESET {
        @Override
        boolean reaches(ScsiAddress reset, ScsiAddress command) {
            return reset.equals(command);
        }
    },
    TARGET_RESET {
        @Override
        boolean reaches(ScsiAddress reset, ScsiAddress command) {
            return reset.channel() == command.channel() && reset.target() == command.target();
        }
    },
    BUS_RESET {
        @Override
        boolean reaches(ScsiAddress reset, ScsiAddress command) {
            return reset.channel() == command.channel();
        }
    },
    HOST_RESET {
        @Override
        boolean reaches(ScsiAddress reset, ScsiAddress command) {
            return true;
        }
    };

    /** Whether this reset of one command's unit, target, channel or host lets another command go. */
    abstract boolean reaches(ScsiAddress reset, ScsiAddress command);
}
